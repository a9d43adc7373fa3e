# SPDX-License-Identifier: GPL-2.0
"""How connections end by FINs."""
import pytest

import agree
import ends

PATHS = {
    "first": ("established fin_wait1 fin_wait2 time_wait", "local"),
    "second": ("established close_wait last_ack close", "remote"),
}


def _check(end, capture, order):
    states, closer = PATHS[order]
    life, flow = end.life(), end.flow(capture)
    assert life.path().endswith(states), life
    assert (life.outcome, life.closer) == ("closed", closer), life
    assert (life.local, life.remote) == (end.local, end.remote)
    agree.all_of(life, flow)


@pytest.mark.parametrize("sent", [(0, 0), (1, 0), (0, 1), (100_000, 50_000)],
                         ids=str)
@pytest.mark.parametrize("closer", ["client", "server"])
@pytest.mark.parametrize("where", ["link", "loopback"])
def test_close(link, captures, books, family, where, closer, sent):
    """Either end closes first, with and without data, over a wire and lo."""
    if where == "link":
        capture = captures(link.client)
        connection = ends.connect(link, family)
    else:
        capture = captures(link.client, "lo")
        connection = ends.connect_loopback(link.client, family)
    connection.send("client", b"c" * sent[0])
    connection.send("server", b"s" * sent[1])
    one, other = connection.end(closer)
    one.close()
    other.close()
    _check(one, capture, "first")
    _check(other, capture, "second")
    client, server = (e.life() for e in (connection.client, connection.server))
    assert (client.role, server.role) == ("active", "passive")
    assert (client.bytes_sent, client.bytes_received) == sent
    assert (server.bytes_sent, server.bytes_received) == sent[::-1]
    connection.close()
