# SPDX-License-Identifier: GPL-2.0
"""Closed with something left: a FIN behind data that has no room, data that nobody read.

The state says that the FIN is out; the wire that it is not.
"""
import os
import socket

import pytest

import agree
import ends
import kernel
import life
from hosts import CLIENT, SERVER
from wire import ACK, FIN, PSH, RST

WRITTEN = b"x" * 5000
TCP_REPAIR, TCP_REPAIR_QUEUE, TCP_QUEUE_SEQ = 19, 20, 21
IPPROTO_MPTCP = 262


def _shut(ghost):
    """The ghost has no room for more than it heard."""
    ghost.follow()
    ghost.send(ACK, window=0)
    ends.settle()


def _fin(ghost, **more):
    ghost.send(FIN | ACK, **more)
    ghost.seq += 1
    ends.settle()


def _write_and_close(end):
    """Nothing of it is sent: there is no room."""
    end.socket.setblocking(False)
    assert end.socket.send(WRITTEN) == len(WRITTEN)
    end.close()


def _never_left(end, capture):
    """No FIN of this end was on the wire; its flow."""
    flow = end.flow(capture)
    assert not any(s.has(FIN) for s in flow.sent), flow
    return flow


@pytest.fixture
def shut(link, captures, family):
    """A connection to a ghost without room, the ghost, and the capture."""
    capture = captures(link.client)
    end, ghost = ends.call_ghost(link, family, capture)
    _shut(ghost)
    yield end, ghost, capture
    ghost.close()


def _reset(ghost):
    ghost.follow()
    ghost.send(RST | ACK)
    ends.settle()


def test_reset_after_the_peers_fin(books, shut):
    """LAST_ACK with the FIN unsent, and a RST: data was lost."""
    end, ghost, capture = shut
    _fin(ghost, window=0)
    _write_and_close(end)
    assert end.life().state == "last_ack"
    _reset(ghost)
    it = end.life()
    assert (it.outcome, it.closer) == ("reset_remote", "remote"), it
    agree.resets(it, _never_left(end, capture))


def test_aborted_after_the_peers_fin(books, shut):
    """The same, and this end gives up: its RST is noted."""
    end, ghost, capture = shut
    _fin(ghost, window=0)
    end.socket.setblocking(False)
    end.socket.send(WRITTEN)
    end.socket.shutdown(socket.SHUT_WR)
    assert end.life().state == "last_ack"
    end.reset()
    it = end.life()
    assert (it.outcome, it.closer) == ("reset_local", "remote"), it
    agree.resets(it, _never_left(end, capture))


def test_reset(books, shut):
    """FIN_WAIT1 with the FIN unsent, and a RST: this end did not close first."""
    end, ghost, capture = shut
    _write_and_close(end)
    assert end.life().state == "fin_wait1"
    _reset(ghost)
    it = end.life()
    assert (it.outcome, it.closer) == ("reset_remote", "remote"), it
    _never_left(end, capture)


def test_peers_fin_first(link, books, shut):
    """FIN_WAIT1 with the FIN unsent, and the peer's comes: nothing crossed."""
    end, ghost, capture = shut
    _write_and_close(end)
    _fin(ghost, window=0)
    it = end.life()
    assert (it.state, it.closer) == ("closing", "remote"), it
    _never_left(end, capture)
    for _ in range(10):         # room again
        ghost.follow()
        ghost.send(ACK)
        ends.settle()
    it, flow = end.life(), end.flow(capture)
    assert (it.outcome, it.closer) == ("closed", "remote"), it
    for agrees in (agree.closer, agree.numbers, agree.resets, agree.figures):
        agrees(it, flow)


@pytest.mark.parametrize("first", ["fin_wait1", "last_ack"])
def test_unread_at_close(link, books, captures, family, first):
    """Data was there unread, and half of the connection closed: close() sends a RST."""
    capture = captures(link.client)
    end, ghost = ends.call_ghost(link, family, capture)
    ghost.follow()
    ghost.send(PSH | ACK, b"unread")
    ghost.seq += 6
    ends.settle()
    if first == "last_ack":
        _fin(ghost)
    end.shutdown()
    assert end.life().state == first
    if first == "fin_wait1":
        _fin(ghost)         # it acknowledges nothing: CLOSING
    end.close()
    it, flow = end.life(), end.flow(capture)
    assert any(s.has(RST) for s in flow.sent), flow
    assert it.outcome == "reset_local" and "rst_sent" in it.flags, it
    agree.resets(it, flow)
    ghost.close()


def test_restored(link, books, family):
    """A socket restored by TCP_REPAIR: who opened it is not known."""
    listener = ends.listen(link.server, family)
    sock = link.client.socket(family)
    sock.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, 1)
    for queue, seq in ((1, 1000), (2, 2000)):
        sock.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR_QUEUE, queue)
        sock.setsockopt(socket.IPPROTO_TCP, TCP_QUEUE_SEQ, seq)
    sock.bind((CLIENT[family], 0))
    sock.connect(listener.getsockname()[:2])
    end = ends.End(link.client, sock)
    it = end.life()
    assert (it.state, it.role) == ("established", None), it
    assert "adopted" in it.flags
    sock.close()        # in repair: without a word
    listener.close()


@pytest.mark.skipif(kernel.IS_DEBUG or not os.path.exists("/proc/sys/net/mptcp"),
                    reason="this kernel was built without MPTCP, or without its IPv6")
def test_plain_client_of_mptcp(link, books, family):
    """A listener of MPTCP, and a client of TCP alone: the connection is none of MPTCP."""
    listener = link.server.socket(family, protocol=IPPROTO_MPTCP)
    listener.bind((SERVER[family], 0))
    listener.listen()
    connection = ends.Connection(link.client, link.server, family, listener=listener)
    for moment in ("open", "over"):
        for end in (connection.client, connection.server):
            assert "mptcp" not in end.life().flags, (moment, end.life())
        connection.client.close()
        connection.server.close()
    connection.close()


def test_connects_again_farther_away(link, books, family):
    """The least RTT is of this connection, not of the one before."""
    listener = ends.listen(link.server, family)
    caller = ends.call(link.client, listener.getsockname()[:2], family)
    end = ends.End(link.client, caller)
    accepted = ends.accept(listener)
    end.disconnect()
    ends.settle()
    with link.delayed(50):
        caller.connect(listener.getsockname()[:2])
        again = ends.accept(listener)
        caller.sendall(b"x")
        again.recv(1)
        ends.settle(1)
        caller.close()
        again.close()
        ends.settle(1)
    it, = [it for it in life.live(link.client) + life.history(link.client)
           if it.remote == end.remote and it.handshake_us > 90_000]
    assert it.srtt_us > 90_000 and it.min_rtt_us is None, it
    accepted.close()
    listener.close()
