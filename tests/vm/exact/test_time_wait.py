# SPDX-License-Identifier: GPL-2.0
"""TIME_WAIT: how it begins, how long it lasts, and everything that ends it."""
import pytest

import agree
import ends
import genl
import kernel
import life
import wire
from wire import ACK, FIN, RST, SYN

LENGTH_US = 60_000_000
TIMER_US = 3_000_000        # the kernel's timer may be that late
OWN_PORT = 15001


def _closed(connection, first="client"):
    """Close a connection, FIRST end first, which is in TIME_WAIT then."""
    one, other = connection.end(first)
    one.close()
    other.close()
    it = one.life()
    assert (it.state, it.outcome) == ("time_wait", "closed"), it
    assert it.time_wait_end is None, it
    return one


def _ended(end, how):
    """The life, whose TIME_WAIT must have ended so."""
    it = end.life()
    assert it.path().endswith("time_wait close"), it
    assert (it.outcome, it.time_wait_end) == ("closed", how), it
    return it


@pytest.mark.parametrize("closer", ["client", "server"])
def test_expired(link, captures, books, family, closer):
    """It lasts for 60 seconds and is told at its begin and at its end."""
    ends.settle(65)     # no other one ends between two readings of counters
    capture = captures(link.client)
    connection = ends.connect(link, family)
    end, _ = connection.end(closer)
    before = life.summary(end.host), kernel.nstat(end.host)
    _closed(connection, closer)
    assert life.summary(end.host)["time_wait"] == before[0]["time_wait"] + 1
    ends.settle(65)
    it = _ended(end, "expired")
    assert LENGTH_US <= it.states["time_wait"] < LENGTH_US + TIMER_US, it
    agree.all_of(it, end.flow(capture))
    after = life.summary(end.host), kernel.nstat(end.host)
    assert after[0]["time_wait_begun"] - before[0]["time_wait_begun"] == 1
    assert after[0]["time_wait_ended"] - before[0]["time_wait_ended"] == sum(
        after[1][name] - before[1][name] for name in
        ("TcpExtTW", "TcpExtTWKilled", "TcpExtTWRecycled"))
    connection.close()


def test_asked_for(link, spec, books, family):
    """It is found by its id alone, in its own namespace."""
    connection = ends.connect(link, family)
    end = _closed(connection)
    with link.client.inside():
        reader = genl.Client(spec)
    with link.server.inside():
        stranger = genl.Client(spec)
    it = reader.life(end.id)
    assert (it["id"], it["local_port"], it["state"]) == \
        (end.id, end.local[1], "time_wait"), it
    with pytest.raises(genl.Refused):
        stranger.life(end.id)
    reader.close()
    stranger.close()
    connection.close()


def test_told_twice(link, spec, books, family):
    """Readers are told of it where it begins, and what is new when it is over."""
    with link.client.inside():
        reader = genl.Client(spec)
    reader.join()

    def told():
        return [event for event in reader.told() if event["id"] == number]
    connection = ends.connect(link, family)
    number = connection.client.id
    connection.client.close()
    connection.server.close()
    begun, = told()
    ends.settle(65)
    ended, = told()
    reader.close()
    assert begun["id"] == ended["id"] == number
    assert (begun["state"], ended["state"]) == ("time_wait", "close")
    assert ended["seq"] > begun["seq"] == ended["first_seq"]
    assert begun["time_wait_end"] == "none"
    timeline = begun["timeline"] + ended["timeline"]
    assert life.from_netlink(dict(begun, **dict(ended, timeline=timeline))) == \
        connection.client.life()
    connection.close()


def _into_time_wait(link, family, capture):
    """The server's end of a connection in TIME_WAIT, the ghost there, the listener."""
    listener = ends.listen(link.server, family)
    ghost = ends.ghost_caller(link, family, capture, listener)
    ghost.handshake()
    ends.settle()
    end = ends.End(link.server, ends.accept(listener))
    end.close()
    ghost.follow()
    ghost.send(FIN | ACK)
    ghost.seq += 1
    ends.settle()
    assert end.life().state == "time_wait"
    return end, ghost, listener


def test_told_twice_with_more(link, spec, captures, books, family):
    """All that happened since it began is told with its end, and only that."""
    with link.server.inside():
        reader = genl.Client(spec)
    reader.join()
    end, ghost, listener = _into_time_wait(link, family, captures(link.server))
    ends.settle(10)
    ghost.send(FIN | ACK, seq=ghost.seq - 1)
    ends.settle(65)
    begun, ended = [event for event in reader.told() if event["id"] == end.id]
    assert [entry["event"] for entry in ended["timeline"]] == ["time_wait_restart", "close"]
    timeline = begun["timeline"] + ended["timeline"]
    assert life.from_netlink(dict(begun, **dict(ended, timeline=timeline))) == end.life()
    for it in (reader, ghost, listener):
        it.close()


@pytest.fixture
def ghostly(link, captures, family):
    """The server's end of a connection in TIME_WAIT, and the ghost there."""
    capture = captures(link.server)
    end, ghost, listener = _into_time_wait(link, family, capture)
    yield end, ghost, capture
    ghost.close()
    listener.close()


def test_restarted(spec, books, ghostly):
    """The peer sends its FIN again: TIME_WAIT begins anew, and it shows."""
    end, ghost, capture = ghostly
    with end.host.inside():
        reader = genl.Client(spec)
    reader.join()
    ends.settle(10)
    ghost.send(FIN | ACK, seq=ghost.seq - 1)
    ends.settle(10)
    ghost.send(FIN | ACK, seq=ghost.seq - 1)
    ends.settle(65)
    it = _ended(end, "expired")
    flow = end.flow(capture)
    again = wire.repeated(flow.received)
    assert len(again) == 2
    assert [abs(us - again[0].time_us) < agree.TOLERANCE_US
            for us in it.times("time_wait_restart")] == [True], it
    last_us = it.opened_at_us + it.duration_us - again[1].time_us
    assert LENGTH_US <= last_us < LENGTH_US + TIMER_US, it
    agree.times(it, flow)
    # Nobody was there to be told when it began, so its end tells all.
    told, = [life.from_netlink(event) for event in reader.told() if event["id"] == it.id]
    assert told == it
    reader.close()


def test_reset(books, ghostly):
    """A RST ends it at once, as net.ipv4.tcp_rfc1337 is 0."""
    end, ghost, capture = ghostly
    assert end.host.get_sysctl("tcp_rfc1337") == "0"
    ghost.send(RST, ack=0)
    ends.settle()
    it = _ended(end, "reset")
    rst = wire.first(end.flow(capture).received, RST)
    assert abs(it.at("close") - rst.time_us) < agree.TOLERANCE_US
    assert it.closer == "local"


def test_reopened_by_ghost(link, books, ghostly):
    """A new SYN with a later sequence number takes the port pair."""
    end, ghost, capture = ghostly
    ghost.seq += 100_000
    ghost.send(SYN, ack=0)
    ends.settle()
    it = _ended(end, "reopened")
    syn = end.flow(capture).received[-1]
    assert abs(it.at("close") - syn.time_us) < agree.TOLERANCE_US
    second = life.by_ports(link.server, end.local[1], end.remote[1])[-1]
    assert second.state == "syn_recv" and second.id != end.id, second
    assert second.isn_remote == syn.seq
    assert (it.next_id, second.previous_id) == (second.id, it.id), second


def test_reopened(link, books, family):
    """A client that closed second calls again from the same port."""
    listener = ends.listen(link.server, family)
    first = ends.Connection(link.client, link.server, family,
                            listener=listener)
    _closed(first, "server")
    second = ends.Connection(link.client, link.server, family,
                             port=first.client.local[1], listener=listener)
    it = _ended(first.server, "reopened")
    assert second.server.life().state == "established"
    again = second.server.life()
    assert it.at("close") <= again.at("syn_recv")
    assert (it.next_id, again.previous_id) == (again.id, it.id), again
    assert (it.previous_id, again.next_id) == (None, None), again
    assert second.client.life().previous_id is None
    # A third one follows the second.
    _closed(second, "server")
    third = ends.Connection(link.client, link.server, family,
                            port=first.client.local[1], listener=listener)
    it = _ended(second.server, "reopened")
    assert (it.previous_id, it.next_id) == (first.server.id, third.server.id)
    third.close()


def test_reopened_by_cookie(link, books, family):
    """The same with SYN cookies on; kernels differ in sending one here."""
    before = kernel.nstat(link.server)["TcpExtSyncookiesRecv"]
    listener = ends.listen(link.server, family)
    first = ends.Connection(link.client, link.server, family,
                            listener=listener)
    _closed(first, "server")
    with link.server.sysctls(tcp_syncookies=2):
        second = ends.Connection(link.client, link.server, family,
                                 port=first.client.local[1], listener=listener)
    it, again = _ended(first.server, "reopened"), second.server.life()
    taken = kernel.nstat(link.server)["TcpExtSyncookiesRecv"] - before
    assert ("cookie" in again.flags) == taken, again
    assert (it.next_id, again.previous_id) == (again.id, it.id), again
    second.close()


def test_reused(link, captures, books, family):
    """tcp_tw_reuse: a connect() of this end takes the port pair."""
    listener = ends.listen(link.server, family)
    with link.client.sysctls(tcp_tw_reuse=1):
        first = ends.Connection(link.client, link.server, family,
                                port=OWN_PORT, listener=listener)
        _closed(first)
        ends.settle(2)
        capture = captures(link.client)
        second = ends.Connection(link.client, link.server, family,
                                 port=OWN_PORT, listener=listener)
    it = _ended(first.client, "reused")
    syn = wire.first(second.client.flow(capture).sent, SYN)
    assert abs(it.at("close") - syn.time_us) < agree.TOLERANCE_US
    again = second.client.life()
    assert again.state == "established" and again.id != first.client.id
    assert again.isn_local == syn.seq
    assert (it.next_id, again.previous_id) == (again.id, it.id), again
    second.close()


def test_overflow(link, captures, books, family):
    """The kernel has no room for a TIME_WAIT, so there is none."""
    capture = captures(link.client)
    before = life.summary(link.client), kernel.nstat(link.client)
    with link.client.sysctls(tcp_max_tw_buckets=0):
        connection = ends.connect(link, family)
        connection.client.shutdown()
        connection.server.close()
        connection.client.close()
    it = connection.client.life()
    assert it.path().endswith("fin_wait1 fin_wait2 close"), it
    assert (it.outcome, it.time_wait_end) == ("closed", "overflow"), it
    agree.all_of(it, connection.client.flow(capture))
    after = life.summary(link.client), kernel.nstat(link.client)
    assert after[0]["time_wait_overflows"] - before[0]["time_wait_overflows"] \
        == after[1]["TcpExtTCPTimeWaitOverflow"] \
        - before[1]["TcpExtTCPTimeWaitOverflow"] == 1
    connection.close()


def test_overflow_of_an_orphan(link, captures, books, family):
    """The same for a socket that nobody holds: its FIN_WAIT2 is cut short."""
    capture = captures(link.client)
    before = life.summary(link.client), kernel.nstat(link.client)
    with link.client.sysctls(tcp_max_tw_buckets=0):
        connection = ends.connect(link, family)
        connection.client.close()
        connection.server.close()
    it, flow = connection.client.life(), connection.client.flow(capture)
    assert it.path().endswith("fin_wait1 fin_wait2 close"), it
    assert (it.outcome, it.closer) == ("orphan_killed", "local"), it
    assert it.time_wait_end == "overflow" and not it.flags, it
    agree.times(it, flow)
    after = life.summary(link.client), kernel.nstat(link.client)
    assert after[0]["time_wait_overflows"] - before[0]["time_wait_overflows"] \
        == after[1]["TcpExtTCPTimeWaitOverflow"] \
        - before[1]["TcpExtTCPTimeWaitOverflow"] == 1
    connection.close()


def test_one_cookie_twice(link, books, family):
    """A socket is in TIME_WAIT twice: two lives, each with its own end."""
    listener = ends.listen(link.server, family)
    connection = ends.Connection(link.client, link.server, family,
                                 listener=listener)
    number, ports = connection.client.id, []
    for _ in range(2):
        connection.client.shutdown()
        connection.server.close()
        ports.append(connection.client.local[1])
        connection.client.disconnect()
        connection = ends.Connection(link.client, link.server, family,
                                     listener=listener,
                                     caller=connection.client.socket)
    lives = life.by_id(link.client, number)
    assert sorted((it.local[1], it.state) for it in lives) == sorted(
        [(port, "time_wait") for port in ports]
        + [(connection.client.local[1], "established")]), lives
    ends.settle(65)
    lives = life.by_id(link.client, number)
    waited = [it for it in lives if it.state == "close"]
    assert sorted(it.local[1] for it in waited) == sorted(ports), lives
    for it in waited:
        assert (it.outcome, it.time_wait_end) == ("closed", "expired"), it
        assert LENGTH_US <= it.states["time_wait"] < LENGTH_US + TIMER_US, it
    connection.close()
