# SPDX-License-Identifier: GPL-2.0
"""MPTCP: its subflows are TCP connections, its own sockets are none."""
import pytest

import ends
import kernel
import life
from hosts import CLIENT, SERVER

IPPROTO_MPTCP = 262
SECOND = {4: "10.1.0.2", 6: "fd00:1::2"}
WIDTH = {4: 24, 6: 64}


@pytest.fixture
def second_address(link, family):
    """The client may open a second subflow from another address of its own.

    Nothing else uses that: it is deprecated.
    """
    name = f"{SECOND[family]}/{WIDTH[family]}"
    link.client.run("ip", "address", "add", name, "dev", "eth0",
                    "preferred_lft", "0", *["nodad"] * (family == 6))
    for host in (link.client, link.server):
        host.run("ip", "mptcp", "limits", "set", "subflow", "2",
                 "add_addr_accepted", "2")
    link.client.run("ip", "mptcp", "endpoint", "add", SECOND[family],
                    "dev", "eth0", "subflow")
    yield
    link.client.run("ip", "mptcp", "endpoint", "flush")
    link.client.run("ip", "address", "del", name, "dev", "eth0")


@pytest.mark.skipif(kernel.IS_5_10, reason="5.10 has no `ip mptcp limits`")
def test_join(link, captures, books, family, second_address):
    """Two subflows: two lives at each end, and nothing is missed."""
    capture = captures(link.client)
    before = {host: (life.summary(host), life.health(host)[0])
              for host in (link.client, link.server)}
    listener = link.server.socket(family, protocol=IPPROTO_MPTCP)
    listener.bind((SERVER[family], 0))
    listener.listen()
    port = listener.getsockname()[1]
    caller = link.client.socket(family, protocol=IPPROTO_MPTCP)
    caller.connect((SERVER[family], port))
    accepted = ends.accept(listener)
    caller.sendall(b"question")
    assert accepted.recv(100) == b"question"
    accepted.sendall(b"answer")
    assert caller.recv(100) == b"answer"
    ends.settle(1)
    links = {s.source for s in capture.segments() if s.target[1] == port}
    assert {address for address, _ in links} == \
        {CLIENT[family], SECOND[family]}, links
    ids = {}
    for host in (link.client, link.server):
        here = [it for it in life.live(host)
                if port in (it.local[1], it.remote[1])]
        assert len(here) == 2, here
        ids[host] = {it.id for it in here}
        for it in here:
            assert it.state == "established" and it.handshake_us
            assert "adopted" not in it.flags, it
        after = life.summary(host), life.health(host)[0]
        assert after[0]["opened"] - before[host][0]["opened"] == 2
        assert after[0]["half_open_failed"] \
            == before[host][0]["half_open_failed"]
        assert after[1]["handshakes_missed"] \
            == before[host][1]["handshakes_missed"]
    caller.close()
    accepted.close()
    ends.settle(1)
    for host in (link.client, link.server):
        ended = [it for it in life.history(host) + life.live(host)
                 if it.id in ids[host]]
        assert len(ended) == 2
        assert {it.outcome for it in ended} == {"closed"}, ended
        assert all("mptcp" in it.flags and "unaccepted" not in it.flags
                   for it in ended), ended
    listener.close()
