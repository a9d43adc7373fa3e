# SPDX-License-Identifier: GPL-2.0
"""How a server takes connections in: cookies, late data, shared ports."""
import socket

import pytest

import agree
import ends
import kernel
import life
import wire
from hosts import SERVER
from wire import ACK, RST

TCP_DEFER_ACCEPT = 9


def test_cookie_invalid(link, captures, books, family):
    """An ACK of no cookie that was sent is reset, and is no connection."""
    capture = captures(link.server)
    before = life.summary(link.server), kernel.nstat(link.server)
    listener = ends.listen(link.server, family)
    with link.server.sysctls(tcp_syncookies=2):
        ghost = ends.ghost_caller(link, family, capture, listener)
        ghost.syn()
        ghost.send(ACK, ack=ghost.ack + 12345)
        ends.settle()
    after = life.summary(link.server), kernel.nstat(link.server)
    assert after[1]["TcpExtSyncookiesFailed"] \
        == before[1]["TcpExtSyncookiesFailed"] + 1
    assert wire.first(ghost.heard(), RST)
    for name in ("opened", "syncookies_validated", "live"):
        assert after[0][name] == before[0][name], name
    assert not life.by_ports(link.server, ghost.target[1], ghost.source[1])
    ghost.close()
    listener.close()


def test_defer_accept(link, captures, books, family):
    """TCP_DEFER_ACCEPT: half open until there is data."""
    capture = captures(link.server)
    listener = ends.listen(link.server, family)
    listener.setsockopt(socket.IPPROTO_TCP, TCP_DEFER_ACCEPT, 10)
    ghost = ends.ghost_caller(link, family, capture, listener)
    ghost.handshake()
    ends.settle(0.2)
    it, = life.by_ports(link.server, ghost.target[1], ghost.source[1])
    assert it.state == "syn_recv" and it.timeline == [(0, "syn_recv")], it
    ghost.send(ACK, b"at last")
    ends.settle()
    server = ends.End(link.server, ends.accept(listener))
    assert server.socket.recv(100) == b"at last"
    it, flow = server.life(), server.flow(capture)
    assert it.state == "established" and it.owner == "accept", it
    data = next(s for s in flow.received if s.payload)
    assert abs(it.at("established") - data.time_us) < agree.TOLERANCE_US, it
    assert it.handshake_us > 200_000, it
    agree.numbers(it, flow)
    server.reset()
    ghost.close()
    listener.close()


def test_defer_accept_expired(link, captures, books, family):
    """The data never comes: the client thinks that it is connected."""
    capture = captures(link.server)
    before = kernel.nstat(link.server)
    listener = ends.listen(link.server, family)
    listener.setsockopt(socket.IPPROTO_TCP, TCP_DEFER_ACCEPT, 1)
    ghost = ends.ghost_caller(link, family, capture, listener)
    with link.server.sysctls(tcp_synack_retries=1):
        ghost.handshake()
        ends.settle(30)
    it, = life.by_ports(link.server, ghost.target[1], ghost.source[1])
    assert (it.outcome, it.closer) == ("half_open_expired", "none"), it
    agree.numbers(it, capture.flow(ghost.target, ghost.source))
    after = kernel.nstat(link.server)
    assert after["TcpPassiveOpens"] == before["TcpPassiveOpens"]
    ghost.close()
    listener.close()


@pytest.fixture
def group(link, family):
    """Two listeners that share a port."""
    port, listeners = 0, []
    for _ in range(2):
        listener = link.server.socket(family)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.bind((SERVER[family], port))
        listener.listen()
        listener.setblocking(False)
        port = listener.getsockname()[1]
        listeners.append(listener)
    yield listeners
    for listener in listeners:
        listener.close()


def _chosen(ghost, listener):
    """Does this listener, of the group, take what the ghost sends?

    A connection of the same address and port before shows it.
    """
    ghost.handshake()
    ends.settle()
    try:
        taken, _ = listener.accept()
    except BlockingIOError:
        return False
    ends.reset_at_close(taken)
    taken.close()
    return True


@pytest.fixture
def chosen(link, captures, family, group):
    """A ghost, the listener that it gets, the other one, and a capture."""
    capture = captures(link.server)
    ghost = ends.ghost_caller(link, family, capture, group[0])
    one, other = group
    if not _chosen(ghost, one):
        one, other = other, one
        taken, _ = one.accept()
        ends.reset_at_close(taken)
        taken.close()
    ends.settle()
    ghost.seq += 1_000_000
    yield ghost, one, other, capture
    ghost.close()


def _latest(link, ghost):
    return max(life.by_ports(link.server, ghost.target[1], ghost.source[1]),
               key=lambda it: it.opened_at_us)


MIGRATES = pytest.mark.skipif(kernel.IS_5_10,
                              reason="5.14 brought tcp_migrate_req")


@MIGRATES
def test_migrated(link, books, chosen):
    """A half-open connection goes to the other listener (tcp_migrate_req)."""
    ghost, one, other, capture = chosen
    with link.server.sysctls(tcp_migrate_req=1):
        ghost.syn()
        half = _latest(link, ghost)
        assert half.state == "syn_recv", half
        one.close()
        ghost.send(ACK)
        ends.settle()
        server = ends.End(link.server, ends.accept(other))
    it = server.life()
    assert it.id == half.id, "it is one life"
    assert it.state == "established" and it.flags == ("migrated",), it
    assert it.owner == "accept" and it.at("accepted"), it
    flow = server.flow(capture).since(half.opened_at_us - 1000)
    agree.numbers(it, flow)
    agree.times(it, flow)
    server.reset()


@MIGRATES
def test_migrated_by_timer(link, books, chosen):
    """The same found out when the SYN-ACK is sent again."""
    ghost, one, other, _ = chosen
    with link.server.sysctls(tcp_migrate_req=1):
        ghost.syn()
        one.close()
        half = _latest(link, ghost)
        ends.settle(1.5)
        it = _latest(link, ghost)
        assert (it.id, it.state) == (half.id, "syn_recv"), it
        assert it.flags == ("migrated",) and it.synack_retransmits == 1, it
        ghost.send(ACK)
        ends.settle()
        server = ends.End(link.server, ends.accept(other))
    assert server.id == half.id and server.life().owner == "accept"
    server.reset()


@MIGRATES
def test_migrated_child(link, books, chosen):
    """An established connection goes to the other listener, unaccepted."""
    ghost, one, other, _ = chosen
    with link.server.sysctls(tcp_migrate_req=1):
        ghost.handshake()
        ends.settle()
        child = _latest(link, ghost)
        assert child.state == "established" and child.owner is None, child
        one.close()
        ends.settle()
        server = ends.End(link.server, ends.accept(other))
    it = server.life()
    assert it.id == child.id and it.state == "established", it
    assert it.flags == ("migrated",) and it.owner == "accept", it
    server.reset()


def test_not_migrated(link, books, chosen):
    """Without it the half-open connection ends with its listener."""
    ghost, one, other, _ = chosen
    ghost.syn()
    half = _latest(link, ghost)
    one.close()
    ghost.send(ACK)
    ends.settle()
    it = _latest(link, ghost)
    assert (it.id, it.outcome, it.closer) == \
        (half.id, "listener_closed", "local"), it
    with pytest.raises(BlockingIOError):
        other.accept()
