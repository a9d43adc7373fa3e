# SPDX-License-Identifier: GPL-2.0
"""Five times as many connections open at once as there is room for.

AMOUNT connections, with room for a fifth of them.
"""
import resource

import pytest

import ends
import kernel
import life
import sizes
import soaking

AMOUNT = soaking.amount(1000)
ROOM = max(64, AMOUNT // 5)


@pytest.fixture(autouse=True)
def _many_files():
    """This process has both ends of all of them."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    many = 2 * AMOUNT + 1024
    resource.setrlimit(resource.RLIMIT_NOFILE, (many, max(many, before[1])))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def _open(link, count):
    """That many connections of a host to itself; ends, in pairs."""
    listener = ends.listen(link.client, 4, "127.0.0.1", backlog=64)
    pairs = []
    for _ in range(count):
        caller = link.client.socket(4)
        caller.connect(listener.getsockname())
        pairs.append((caller, ends.accept(listener)))
    listener.close()
    return pairs


def _reset(pairs):
    for caller, accepted in pairs:
        ends.reset_at_close(caller)
        caller.close()
        accepted.close()
    ends.settle()


def test_cap(link, loads):
    """The books are exact when it is full, as it empties, and when it has room."""
    ends.settle(70)
    parameters = {"max_lives": ROOM, "history": 4 * AMOUNT + 64}
    loads(**parameters)
    most = sizes.expected(parameters, ROOM)
    before = kernel.nstat(link.client)
    assert life.summary(link.client)["live"] == 0
    pairs = _open(link, AMOUNT)
    ends.settle()
    full, now = life.summary(link.client), kernel.nstat(link.client)
    # Each connection has two ends here.
    assert (full["opened"], full["live"], full["lost"]) == \
        (2 * AMOUNT, ROOM, 2 * AMOUNT - ROOM)
    assert full["opened_active"] == full["opened_passive"] == AMOUNT == \
        now["TcpActiveOpens"] - before["TcpActiveOpens"] == \
        now["TcpPassiveOpens"] - before["TcpPassiveOpens"]
    assert full["memory_bytes"] == most
    shown = life.live(link.client)
    assert len({it.id for it in shown}) == len(shown) == ROOM
    # Room for ten ends: new ones take it at once.
    first = {it.id for it in shown}
    known = [pair for pair in pairs if ends.cookie(pair[0]) in first
             and ends.cookie(pair[1]) in first][:5]
    assert len(known) == 5
    _reset(known)
    assert life.summary(link.client)["live"] == ROOM - 10
    new = _open(link, 5)
    ends.settle()
    for end in (end for pair in new for end in pair):
        assert life.the_life(link.client, ends.cookie(end)).state == \
            "established"
    totals = life.summary(link.client)
    assert (totals["live"], totals["opened"]) == (ROOM, 2 * AMOUNT + 10)
    _reset([pair for pair in pairs if pair not in known] + new)
    empty = life.summary(link.client)
    assert (empty["live"], empty["closed"], empty["lost"]) == \
        (0, ROOM + 10, totals["lost"])
    connection = ends.connect_loopback(link.client, 4)
    connection.client.reset()
    it = connection.client.life()
    assert (it.outcome, it.flags) == ("reset_local", ("rst_sent",)), it
    assert life.summary(link.client)["lost"] == totals["lost"]
    assert life.summary(link.client)["memory_bytes"] == most
    connection.close()
    soaking.done(AMOUNT, "connections")
