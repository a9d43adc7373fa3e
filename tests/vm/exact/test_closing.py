# SPDX-License-Identifier: GPL-2.0
"""The slow ways of closing: half, both at once, and without the other end."""
import socket

import pytest

import agree
import ends
import kernel
import wire
from wire import ACK, FIN, RST

TCP_LINGER2 = 8
HELD = 2.0      # seconds


@pytest.mark.parametrize("name", ["client", "server"])
def test_half_close(link, captures, books, family, name):
    """One end shuts down its sending; the other sends on for a while.

    The first end's socket changes no more but by the last FIN, so `ss` shows
    to the last figure what the life must have.
    """
    capture = captures(link.client)
    connection = ends.connect(link, family)
    connection.send("client", b"c" * 2000)
    one, other = connection.end(name)
    one.shutdown()
    ends.settle(HELD)
    connection.send("server" if name == "client" else "client", b"x" * 30_000)
    shown = kernel.ss(one.host)[one.id]
    assert shown["state"] == "FIN-WAIT-2"
    other.close()
    for end, states in ((one, "fin_wait1 fin_wait2 time_wait"),
                        (other, "close_wait last_ack close")):
        it = end.life()
        assert it.path().endswith("established " + states), it
        assert it.outcome == "closed", it
        agree.all_of(it, end.flow(capture))
    it = one.life()
    assert it.states["fin_wait2"] >= HELD * 10**6
    assert other.life().states["close_wait"] >= HELD * 10**6
    for figure in ("srtt_us", "min_rtt_us", "cwnd", "bytes_sent",
                   "bytes_received"):
        assert getattr(it, figure) == shown.get(figure, 0), figure
    assert it.ssthresh == shown.get("ssthresh")
    assert it.segments_sent == shown["segs_out"] + 1     # ACK of the FIN
    assert it.segments_received == shown["segs_in"] + 1  # the FIN
    connection.close()


def test_simultaneous_close(link, captures, books, family):
    """The FINs cross on a slow wire: both ends go through CLOSING."""
    one_side = captures(link.client), captures(link.server)
    with link.delayed(100):
        connection = ends.connect(link, family)
        ends.settle(0.5)
        connection.client.socket.close()
        connection.server.socket.close()
        ends.settle(1)
    for end, capture in zip((connection.client, connection.server), one_side):
        flow, it = end.flow(capture), end.life()
        ours, theirs = (wire.first(s, FIN) for s in (flow.sent, flow.received))
        assert ours.end() != theirs.ack, "the FINs did not cross"
        assert it.path().endswith("established fin_wait1 closing time_wait")
        assert (it.outcome, it.closer) == ("closed", "both"), it
        agree.numbers(it, flow)
        agree.times(it, flow)
        agree.figures(it, flow)
    connection.close()


def test_fin_wait2_timeout(link, captures, books, family):
    """The other end never closes, and nobody waits for it any more."""
    capture = captures(link.client)
    with link.client.sysctls(tcp_fin_timeout=3):
        connection = ends.connect(link, family)
        connection.client.close()
        ends.settle(8)
    it, flow = connection.client.life(), connection.client.flow(capture)
    assert it.path().endswith("fin_wait1 fin_wait2 close"), it
    assert (it.outcome, it.closer) == ("fin_wait2_timeout", "local"), it
    assert 3_000_000 <= it.states["fin_wait2"] < 3_500_000, it
    agree.all_of(it, flow)
    # The other end learns of it when it closes at last.
    connection.server.close()
    it = connection.server.life()
    assert (it.outcome, it.closer) == ("reset_remote", "remote"), it
    agree.all_of(it, connection.server.flow(capture))
    connection.close()


def test_orphan_closes(link, captures, books, family):
    """An orphan in FIN_WAIT2 gets its FIN in time: TIME_WAIT begins there."""
    capture = captures(link.client)
    connection = ends.connect(link, family)
    connection.client.close(HELD)
    it = connection.client.life()
    assert (it.state, it.outcome) == ("fin_wait2", "open"), it
    assert it.closer == "local"
    connection.server.close()
    it = connection.client.life()
    assert it.path().endswith("fin_wait1 fin_wait2 time_wait"), it
    assert it.outcome == "closed" and it.time_wait_end != "overflow", it
    assert it.states["fin_wait2"] > 0.9 * HELD * 10**6
    agree.all_of(it, connection.client.flow(capture))
    connection.close()


def test_orphan_killed(link, captures, books, family):
    """A negative TCP_LINGER2 lets no orphan wait in FIN_WAIT2."""
    capture = captures(link.client)
    connection = ends.connect(link, family)
    connection.client.socket.setsockopt(socket.IPPROTO_TCP, TCP_LINGER2, -1)
    connection.client.close()
    it = connection.client.life()
    assert (it.outcome, it.closer) == ("orphan_killed", "local"), it
    agree.times(it, connection.client.flow(capture))
    agree.numbers(it, connection.client.flow(capture))
    connection.close()



def test_data_after_close(link, captures, books, family):
    """Data comes when the application is gone: it is answered by a RST."""
    capture = captures(link.client)
    connection = ends.connect(link, family)
    connection.client.close()
    connection.server.socket.sendall(b"too late")
    ends.settle()
    it, flow = connection.client.life(), connection.client.flow(capture)
    assert (it.outcome, it.closer) == ("data_after_close", "local"), it
    agree.numbers(it, flow)
    agree.times(it, flow)
    agree.closer(it, flow)
    assert connection.server.life().outcome == "reset_remote"
    connection.close()


@pytest.mark.parametrize("path", ["fin_wait1", "fin_wait1 fin_wait2"])
def test_data_in_fin_wait1(link, captures, books, family, path):
    """The same in FIN_WAIT1, where the kernel still has a full socket.

    Alone, and in the segment that acknowledges the FIN.
    """
    capture = captures(link.client)
    client, ghost = ends.call_ghost(link, family, capture)
    client.close()
    if path.endswith("2"):
        ghost.follow()
    ghost.send(ACK, b"too late")
    ends.settle()
    it, flow = client.life(), client.flow(capture)
    assert it.path().endswith(f"established {path} close"), it
    ghost.close()
    if kernel.IS_5_10 and path == "fin_wait1":
        assert (it.outcome, it.closer) == ("reset_remote", "local"), it
        return
    assert (it.outcome, it.closer) == ("data_after_close", "local"), it
    assert it.at("late_data"), it
    assert it.flags == ("rst_sent",), it
    agree.numbers(it, flow)
    agree.times(it, flow)
    agree.resets(it, flow)


def test_reset_in_fin_wait2(link, captures, books, family):
    """An orphan in FIN_WAIT2 is reset."""
    capture = captures(link.client)
    client, ghost = ends.call_ghost(link, family, capture)
    client.close()
    ghost.follow()
    ghost.send(ACK)
    ends.settle()
    assert client.life().state == "fin_wait2"
    ghost.send(RST, ack=0)
    ends.settle()
    it = client.life()
    assert (it.state, it.outcome, it.closer) == \
        ("close", "reset_remote", "local"), it
    agree.times(it, client.flow(capture))
    ghost.close()
