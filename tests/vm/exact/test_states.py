# SPDX-License-Identifier: GPL-2.0
"""Resets in every state, long and short waits for a FIN, orphans, sequence
numbers that wrap.

The other end is a ghost where it must do what no kernel does.
"""
import pathlib
import socket
import time

import pytest

import agree
import ends
import kernel
import life
import wire
from wire import ACK, FIN, RST, SEQUENCES, SYN

TCP_LINGER2 = 8
MAX_ORPHANS = pathlib.Path("/proc/sys/net/ipv4/tcp_max_orphans")


def _established(client, ghost):
    pass


def _fin_wait1(client, ghost):
    client.shutdown()


def _fin_wait2(client, ghost):
    client.shutdown()
    ghost.follow()
    ghost.send(ACK)


def _close_wait(client, ghost):
    ghost.send(FIN | ACK)
    ghost.seq += 1


def _last_ack(client, ghost):
    _close_wait(client, ghost)
    ends.settle()
    client.shutdown()


def _closing(client, ghost):
    client.shutdown()
    _close_wait(client, ghost)      # does not acknowledge the client's FIN


STATES = {
    "established": (_established, "reset_remote", "remote"),
    "fin_wait1": (_fin_wait1, "reset_remote", "local"),
    "fin_wait2": (_fin_wait2, "reset_remote", "local"),
    "close_wait": (_close_wait, "reset_remote", "remote"),
    "last_ack": (_last_ack, "reset_remote", "remote"),
    "closing": (_closing, "reset_remote", "both"),
}


@pytest.mark.parametrize("state", sorted(STATES))
def test_reset_received(link, captures, books, family, state):
    """A RST ends the connection, whatever state it is in."""
    reach, outcome, closer = STATES[state]
    capture = captures(link.client)
    client, ghost = ends.call_ghost(link, family, capture)
    reach(client, ghost)
    ends.settle()
    assert client.life().state == state
    before = kernel.nstat(link.client)["TcpEstabResets"]
    ghost.send(RST | ACK)
    ends.settle()
    it, flow = client.life(), client.flow(capture)
    assert it.path().endswith(f"{state} close"), it
    assert (it.outcome, it.closer) == (outcome, closer), it
    grown = kernel.nstat(link.client)["TcpEstabResets"] - before
    assert grown == (state in ("established", "close_wait"))
    agree.numbers(it, flow)
    agree.times(it, flow)
    agree.resets(it, flow)
    ghost.close()
    client.close()


def test_fin_with_ack(link, captures, books, family):
    """The peer's FIN comes in the segment that acknowledges ours."""
    capture = captures(link.client)
    client, ghost = ends.call_ghost(link, family, capture)
    client.close()
    ghost.follow()
    ghost.send(FIN | ACK)
    ends.settle()
    it, flow = client.life(), client.flow(capture)
    assert it.state == "time_wait" and it.closer == "local", it
    assert "closing" not in it.path() and it.states.get("fin_wait2", 0) < 1000
    last = wire.first(flow.received, FIN)
    assert abs(it.at("time_wait") - last.time_us) < agree.TOLERANCE_US, it
    agree.numbers(it, flow)
    agree.times(it, flow)
    ghost.close()


@pytest.mark.parametrize("seconds, waits", [(5, 5), (100, 80)])
def test_linger2(link, captures, books, family, seconds, waits):
    """An orphan waits for its FIN as TCP_LINGER2 says.

    At once as a timewait_sock, or first as a socket for what is more than the
    60 seconds of TIME_WAIT; then the kernel lets it wait for as long again.  Its
    timer wheel may be late by an eighth of each wait.
    """
    at_most = waits * 9 / 8 + 1
    capture = captures(link.client)
    with link.client.sysctls(tcp_fin_timeout=120):
        client, ghost = ends.call_ghost(link, family, capture)
        client.socket.setsockopt(socket.IPPROTO_TCP, TCP_LINGER2, seconds)
        before = life.summary(link.client), kernel.time_waits(link.client)
        client.close()
        ghost.follow()
        ghost.send(ACK)
        ends.settle(1)
        it = client.life()
        assert it.state == "fin_wait2", it
        now = kernel.time_waits(link.client)
        assert now - before[1] == (seconds < 60)
        ends.settle(at_most + 1)
    it, flow = client.life(), client.flow(capture)
    assert it.path().endswith("fin_wait1 fin_wait2 close"), it
    assert (it.outcome, it.closer) == ("fin_wait2_timeout", "local"), it
    waited = it.states["fin_wait2"]
    assert waits * 10**6 <= waited < at_most * 10**6, it
    assert life.summary(link.client)["time_wait_begun"] \
        == before[0]["time_wait_begun"]
    agree.all_of(it, flow)
    ghost.close()


def _count_orphans():
    """Have the kernel count them, ten times a second while it is not idle."""
    end = time.monotonic() + 0.15
    while time.monotonic() < end:
        pass


def test_too_many_orphans(link, captures, books, family):
    """tcp_max_orphans: the kernel resets what nobody holds any more."""
    capture = captures(link.client)
    listener = ends.listen(link.server, family)
    connections = [ends.Connection(link.client, link.server, family,
                                   listener=listener) for _ in range(3)]
    one = connections[-1].client
    most = MAX_ORPHANS.read_text("ascii")
    with link.dropping(f"tcp sport {listener.getsockname()[1]}"):
        for connection in connections[:-1]:
            connection.client.socket.close()
        _count_orphans()
        before = kernel.nstat(link.client)
        MAX_ORPHANS.write_text("0", "ascii")
        one.close(0.01)
        now = kernel.nstat(link.client)
        it, flow = one.life(), one.flow(capture)
        ends.settle(5)
        MAX_ORPHANS.write_text(most, "ascii")
    assert (it.outcome, it.closer) == ("orphan_killed", "local"), it
    assert now["TcpExtTCPAbortOnMemory"] > before["TcpExtTCPAbortOnMemory"]
    agree.numbers(it, flow)
    agree.times(it, flow)
    agree.resets(it, flow)
    # The others are when their FINs are to be sent again.
    for connection in connections[:-1]:
        it = connection.client.life()
        assert (it.outcome, it.closer) == ("orphan_killed", "local"), it
        agree.resets(it, connection.client.flow(capture))
    for connection in connections:
        connection.server.reset()
    listener.close()


def test_wrapping_remote(link, captures, books, family):
    """The peer's sequence numbers wrap in the middle of its data."""
    capture = captures(link.server)
    listener = ends.listen(link.server, family)
    ghost = ends.ghost_caller(link, family, capture, listener)
    ghost.seq = SEQUENCES - 1500
    ghost.handshake()
    ends.settle()
    server = ends.End(link.server, ends.accept(listener))
    for _ in range(3):
        ghost.send(ACK, bytes(1000))
        ghost.seq = (ghost.seq + 1000) % SEQUENCES
    ends.settle()
    assert len(server.socket.recv(5000)) == 3000
    ghost.follow()
    ghost.send(FIN | ACK)
    ends.settle()
    server.close()
    ghost.seq += 1
    ghost.follow()
    ghost.send(ACK)
    ends.settle()
    it, flow = server.life(), server.flow(capture)
    assert it.outcome == "closed" and it.bytes_received == 3000, it
    assert it.isn_remote == SEQUENCES - 1500
    agree.all_of(it, flow)
    ghost.close()
    listener.close()


# The kernel's initial sequence numbers between one pair of ends grow by one in
# that many seconds (RFC 6528).
SECONDS_A_NUMBER = 64e-9
WRAPPING_BYTES = 400_000
WRAPPING_PORT = 15002


def _connect_from_one_port(link, family, captures, listener):
    """A connection, its own segments, and its first sequence number."""
    capture = captures(link.client)
    connection = ends.Connection(link.client, link.server, family,
                                 port=WRAPPING_PORT, listener=listener)
    syn = wire.first(connection.client.flow(capture).sent, SYN)
    return connection, capture, syn


def _connect_with_high_numbers(link, family, captures, listener):
    """A connection that begins about half of WRAPPING_BYTES below 2^32."""
    early = 0       # numbers that pass between sleep and SYN
    for _ in range(20):    # where this machine is busy the clock leaps
        connection, capture, syn = _connect_from_one_port(
            link, family, captures, listener)
        off = (syn.seq + WRAPPING_BYTES // 2) % SEQUENCES
        if off > SEQUENCES // 2:
            off -= SEQUENCES
        if abs(off) < WRAPPING_BYTES // 2:
            return connection, capture
        connection.client.reset()
        connection.server.close()
        if abs(off) < 10 * WRAPPING_BYTES:
            early += off
        numbers = (-WRAPPING_BYTES // 2 - early - syn.seq) % SEQUENCES
        left = numbers * SECONDS_A_NUMBER - (time.time() - syn.time_us / 1e6)
        left %= SEQUENCES * SECONDS_A_NUMBER
        end = time.monotonic() + left
        # select(), which is sleep() before Python 3.11, may be a thousandth late
        ends.settle(max(left - 1, 0))
        ends.settle(max(end - time.monotonic(), 0))
    pytest.fail("no connection began where it was aimed at")


def test_wrapping_local(link, captures, books, family):
    """Our sequence numbers wrap in the middle of our data."""
    listener = ends.listen(link.server, family)
    connection, capture = _connect_with_high_numbers(link, family, captures,
                                                     listener)
    connection.send("client", bytes(WRAPPING_BYTES))
    connection.client.close()
    connection.server.close()
    it, flow = connection.client.life(), connection.client.flow(capture)
    assert it.isn_local > SEQUENCES - WRAPPING_BYTES, it
    assert wire.first(flow.sent, FIN).seq < WRAPPING_BYTES
    assert it.outcome == "closed" and it.bytes_sent == WRAPPING_BYTES, it
    agree.all_of(it, flow)
    assert connection.server.life().bytes_received == WRAPPING_BYTES
    connection.close()
