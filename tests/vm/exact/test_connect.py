# SPDX-License-Identifier: GPL-2.0
"""Attempts to connect: those that fail, and the rare ways to succeed."""
import errno
import socket

import pytest

import agree
import ends
import genl
import kernel
import life
import wire
from hosts import LOOPBACK, SERVER, UNREACHABLE
from wire import ACK, RST, SYN

TCP_FASTOPEN, TCP_FASTOPEN_CONNECT = 23, 30
MSG_FASTOPEN = 0x20000000


def _failed(host, number, capture, outcome, closer):
    """The life of an attempt that must have failed so."""
    it = life.the_life(host, number)
    assert (it.outcome, it.closer) == (outcome, closer), it
    assert it.role == "active" and it.path() == "syn_sent close", it
    assert it.handshake_us is None and it.isn_remote is None, it
    flow = capture.flow(it.local, it.remote)
    agree.numbers(it, flow)
    agree.times(it, flow)
    return it


def test_timeout(link, captures, books, family):
    """Nobody answers the SYN and its one repetition."""
    capture = captures(link.client)
    before = life.summary(link.client)
    caller = link.client.socket(family)
    number = ends.cookie(caller)
    with link.client.sysctls(tcp_syn_retries=1, **kernel.BACKOFF):
        with pytest.raises(TimeoutError):
            caller.connect(ends.ghost_name(family))
    caller.close()
    it = _failed(link.client, number, capture, "connect_timeout", "none")
    assert it.syn_retransmits == 1
    after = life.summary(link.client)
    assert after["syn_retransmits"] - before["syn_retransmits"] == 1
    assert after["established"] == before["established"]


def test_aborted(link, captures, books, family):
    """The application closes before anybody answered."""
    capture = captures(link.client)
    caller, ghost = ends.half_call_ghost(link, family, capture)
    number = ends.cookie(caller)
    ends.settle(0.2)
    caller.close()
    it = _failed(link.client, number, capture, "connect_aborted", "local")
    assert 200_000 <= it.duration_us < 300_000
    ghost.close()


def test_unreachable(link, captures, books, family):
    """An ICMP error answers the SYN."""
    capture = captures(link.client)
    caller = link.client.socket(family)
    number = ends.cookie(caller)
    with link.delayed(10):
        with pytest.raises(OSError) as error:
            caller.connect(ends.ghost_name(family, UNREACHABLE))
    caller.close()
    assert error.value.errno in (errno.EHOSTUNREACH, errno.EACCES)
    _failed(link.client, number, capture, "unreachable", "none")


def _pair_of_callers(link, family):
    """A socket of each host, bound, and the names they are bound to."""
    pair = []
    for host, address in ((link.client, ends.CLIENT), (link.server, SERVER)):
        caller = host.socket(family)
        caller.setblocking(False)
        caller.bind((address[family], 0))
        pair.append(caller)
    return pair, [caller.getsockname()[:2] for caller in pair]


def test_simultaneous_open(link, captures, books, family):
    """Both ends call and the SYNs cross (RFC 9293 figure 7)."""
    both = captures(link.client), captures(link.server)
    with link.delayed(100):
        callers, names = _pair_of_callers(link, family)
        callers[0].connect_ex(names[1])
        callers[1].connect_ex(names[0])
        ends.settle(1)
        two = [ends.End(host, caller) for host, caller in
               zip((link.client, link.server), callers)]
        for end in two:
            end.socket.setblocking(True)
        two[0].close(1)
        two[1].close(1)
    for end, capture in zip(two, both):
        it, flow = end.life(), end.flow(capture)
        assert it.role == "simultaneous", it
        assert it.path().startswith("syn_sent syn_recv established"), it
        assert it.outcome == "closed"
        assert wire.first(flow.received, SYN, without=ACK)
        agree.numbers(it, flow)
        agree.times(it, flow)
        agree.closer(it, flow)
    totals = [life.summary(host) for host in (link.client, link.server)]
    for now, before in zip(totals, books):
        assert now["opened_active"] - before["opened_active"] == 1
        assert now["established"] - before["established"] == 1
        assert now["half_open_begun"] == before["half_open_begun"]


def _fastopen_listener(link, family):
    listener = ends.listen(link.server, family)
    listener.setsockopt(socket.IPPROTO_TCP, TCP_FASTOPEN, 16)
    return listener


@pytest.fixture
def fastopen(link):
    """TCP Fast Open on both hosts without cookies."""
    with link.client.sysctls(tcp_fastopen=0x5), \
            link.server.sysctls(tcp_fastopen=0x202):
        yield


def test_fastopen(link, captures, books, family, fastopen):
    """Data comes with the SYN (RFC 7413)."""
    capture = captures(link.client)
    before = kernel.nstat(link.server)
    listener = _fastopen_listener(link, family)
    caller = link.client.socket(family)
    caller.sendto(b"early", MSG_FASTOPEN, listener.getsockname()[:2])
    client = ends.End(link.client, caller)
    server = ends.End(link.server, ends.accept(listener))
    assert server.socket.recv(100) == b"early"
    server.socket.sendall(b"reply")
    assert client.socket.recv(100) == b"reply"
    client.close()
    server.close()
    assert kernel.nstat(link.server)["TcpExtTCPFastOpenPassive"] \
        == before["TcpExtTCPFastOpenPassive"] + 1
    flow = client.flow(capture)
    assert wire.first(flow.sent, SYN).payload == 5
    it = server.life()
    assert "fastopen" in it.flags and it.role == "passive", it
    assert it.path() == "syn_recv established close_wait last_ack close", it
    assert (it.bytes_sent, it.bytes_received) == (5, 5), it
    agree.all_of(it, server.flow(capture))
    it = client.life()
    assert (it.bytes_sent, it.bytes_received) == (5, 5), it
    agree.numbers(it, flow)
    agree.times(it, flow)
    listener.close()


def test_fastopen_reset(link, captures, books, family, fastopen):
    """The peer resets before the handshake of a Fast Open is over."""
    capture = captures(link.server)
    listener = _fastopen_listener(link, family)
    ghost = ends.ghost_caller(link, family, capture, listener)
    # Option 34, Fast Open, with a cookie that is not asked for.
    ghost.send(SYN, b"early", ack=0, options=b"\x22\x0a12345678\1\1")
    ends.settle()
    ghost.seq += 6
    ghost.send(RST, ack=0)
    ends.settle()
    it, = life.by_ports(link.server, ghost.target[1], ghost.source[1])
    assert (it.outcome, it.closer) == ("half_open_reset", "remote"), it
    assert "fastopen" in it.flags and "rst_received" in it.flags, it
    agree.times(it, capture.flow(ghost.target, ghost.source))
    ghost.close()
    listener.close()


def test_fastopen_closed_early(link, captures, books, family, fastopen):
    """The server is done before the handshake is: it is one life still."""
    capture = captures(link.server)
    before = life.summary(link.server)
    listener = _fastopen_listener(link, family)
    ghost = ends.ghost_caller(link, family, capture, listener)
    ghost.send(SYN, b"early", ack=0, options=b"\x22\x0a12345678\1\1")
    ends.settle()
    server = ends.accept(listener)
    assert server.recv(100) == b"early"
    server.close()
    ends.settle(4)
    it, = life.by_ports(link.server, ghost.target[1], ghost.source[1])
    assert it.path() == "syn_recv fin_wait1", it
    flow = capture.flow(ghost.target, ghost.source)
    synacks = [s for s in flow.sent if s.has(SYN)]
    assert it.synack_retransmits == len(synacks) - 1 > 0, it
    after = life.summary(link.server)
    assert after["opened"] - before["opened"] == 1
    assert after["half_open_begun"] - before["half_open_begun"] == 1
    ghost.seq += 6
    ghost.send(RST, ack=0)
    ends.settle()
    it, = life.by_ports(link.server, ghost.target[1], ghost.source[1])
    assert (it.state, it.outcome) == ("close", "reset_remote"), it
    assert "unaccepted" not in it.flags, it
    ghost.close()
    listener.close()


def test_cookies(link, captures, books, family):
    """SYN cookies: every connection comes out of one."""
    capture = captures(link.server)
    before = life.summary(link.server), kernel.nstat(link.server)
    with link.server.sysctls(tcp_syncookies=2):
        connections = [ends.connect(link, family) for _ in range(5)]
    after = life.summary(link.server), kernel.nstat(link.server)
    for ours, theirs in (("syncookies_sent", "TcpExtSyncookiesSent"),
                         ("syncookies_validated", "TcpExtSyncookiesRecv"),
                         ("opened_passive", "TcpPassiveOpens")):
        assert after[0][ours] - before[0][ours] \
            == after[1][theirs] - before[1][theirs] == 5
    for connection in connections:
        connection.send("client", b"crumbs")
        connection.client.close()
        connection.server.close()
        it = connection.server.life()
        assert it.flags == ("cookie",) and it.handshake_us is None, it
        assert it.path() == "syn_recv established close_wait last_ack close"
        flow = connection.server.flow(capture)
        assert it.isn_local == wire.isn(flow.sent)
        assert it.isn_remote == wire.isn(flow.received)
        agree.figures(it, flow)
        assert it.owner == "accept"
        connection.close()


def test_cookie_never_answered(link, captures, books, family):
    """A SYN that a cookie answered leaves no record."""
    capture = captures(link.server)
    before = life.summary(link.server)
    listener = ends.listen(link.server, family)
    with link.server.sysctls(tcp_syncookies=2):
        ghost = ends.ghost_caller(link, family, capture, listener)
        ghost.syn()
        ends.settle()
    after = life.summary(link.server)
    assert after["syncookies_sent"] == before["syncookies_sent"] + 1
    assert after["opened"] == before["opened"]
    assert not life.by_ports(link.server, ghost.target[1], ghost.source[1])
    ghost.close()
    listener.close()


def test_connect_again(link, captures, books, family):
    """connect(AF_UNSPEC) ends a connection; the socket makes another."""
    capture = captures(link.client)
    listener = ends.listen(link.server, family)
    connection = ends.Connection(link.client, link.server, family,
                                 listener=listener)
    client, number = connection.client, connection.client.id
    client.disconnect()
    ends.settle()
    client.socket.connect(listener.getsockname()[:2])
    assert ends.cookie(client.socket) == number
    second = ends.End(link.client, client.socket)
    second.close()
    lives = life.by_id(link.client, number)
    assert [it.outcome for it in lives] == ["reset_local", "open"], lives
    assert [it.local for it in lives] == [client.local, second.local]
    for it, end in zip(lives, (client, second)):
        agree.numbers(it, end.flow(capture))
        agree.times(it, end.flow(capture))
    assert lives[0].closer == "local" and lives[0].state == "close"
    connection.close()


def test_dual_stack(link, captures, spec, books):
    """An IPv4 client of an IPv6 listener: the family is that of the packets."""
    capture = captures(link.server)
    listener = link.server.socket(6)
    listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    listener.bind(("::", 0))
    listener.listen()
    port = listener.getsockname()[1]
    client = ends.End(link.client,
                      ends.call(link.client, (SERVER[4], port), 4))
    server = ends.End(link.server, ends.accept(listener))
    assert server.local[0] == f"::ffff:{SERVER[4]}"
    client.close()
    server.close()
    for end, (local, remote) in ((client, (client.local, client.remote)),
                                 (server, (client.remote, client.local))):
        it = end.life()
        assert (it.local, it.remote) == (local, remote), it
        agree.all_of(it, capture.flow(local, remote))
    with link.server.inside():
        reader = genl.Client(spec)
    assert [record["family"] for record in reader.lives("history")
            if record["id"] == server.id] == [4]
    reader.close()
    listener.close()


def test_bound_to_any(link, captures, books, family):
    """A connection to an own address over lo has it at both ends."""
    capture = captures(link.client, "lo")
    connection = ends.connect_loopback(link.client, family)
    connection.client.close()
    connection.server.close()
    for end in (connection.client, connection.server):
        it = end.life()
        assert it.local[0] == it.remote[0] == LOOPBACK[family]
        agree.all_of(it, end.flow(capture))
    connection.close()
