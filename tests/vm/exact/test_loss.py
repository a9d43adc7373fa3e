# SPDX-License-Identifier: GPL-2.0
"""Loss on the wire: retransmissions, and the timers that give up."""
import socket

import pytest

import agree
import ends
import kernel
import life
import wire

TCP_USER_TIMEOUT = 18
BYTES = 400_000


def _transfer(connection, name, size):
    """Send SIZE bytes while the other end reads, one turn at a time."""
    sender, receiver = connection.end(name)
    data, done = b"x" * size, 0
    sender.socket.setblocking(False)
    receiver.socket.setblocking(False)
    got = 0
    while got < size:
        try:
            done += sender.socket.send(data[done:done + 65536])
        except BlockingIOError:
            pass
        try:
            got += len(receiver.socket.recv(65536))
        except BlockingIOError:
            ends.settle(0.01)
    sender.socket.setblocking(True)
    receiver.socket.setblocking(True)
    ends.settle()


@pytest.mark.skipif(kernel.IS_DEBUG,
                    reason="a debug kernel's nftables have no numgen")
@pytest.mark.parametrize("name", ["client", "server"])
def test_retransmits(link, captures, books, family, name):
    """Every seventh segment of data is lost, and one FIN."""
    capture = captures(getattr(link, name))
    host = getattr(link, name)
    before = life.summary(host), kernel.nstat(host)
    connection = ends.connect(link, family)
    sender, receiver = connection.end(name)
    rule = f"tcp sport {sender.local[1]} meta length > 600 " \
        "numgen inc mod 7 == 3"
    with link.dropping(rule):
        _transfer(connection, name, BYTES)
    fin = f"tcp sport {sender.local[1]} tcp flags & fin == fin " \
        "numgen inc mod 2 == 0"
    with link.dropping(fin):
        sender.close(2)
    receiver.close()
    it, flow = sender.life(), sender.flow(capture)
    assert it.retransmits >= BYTES // 1448 // 7
    assert it.bytes_sent == BYTES
    agree.all_of(it, flow)
    assert receiver.life().bytes_received == BYTES
    assert receiver.life().outcome == "closed"
    after = life.summary(host), kernel.nstat(host)
    assert after[0]["retransmits"] - before[0]["retransmits"] \
        == after[1]["TcpRetransSegs"] - before[1]["TcpRetransSegs"] \
        == it.retransmits
    connection.close()


def test_live_figures(link, captures, books, family):
    """A live connection shows its retransmissions as they happen."""
    capture = captures(link.client)
    connection = ends.connect(link, family)
    sender = connection.client
    with link.dropping(f"tcp sport {sender.local[1]}") as end:
        sender.socket.sendall(b"lost twice at least")
        ends.settle(2)
        before = len(wire.repeated(sender.flow(capture).sent))
        it = sender.life()
        again = wire.repeated(sender.flow(capture).sent)
        assert 2 <= before <= it.retransmits <= len(again), it
        assert it.outcome == "open" and it.bytes_sent is None, it
        agree.times(it, sender.flow(capture))
        end()
    connection.close()


def _user_timeout(link, sock):
    sock.setsockopt(socket.IPPROTO_TCP, TCP_USER_TIMEOUT, 3000)


def _few_retries(link, sock):
    link.client.set_sysctl("tcp_retries2", 3)


def _timed_out(end, capture, outcome):
    it, flow = end.life(), end.flow(capture)
    assert (it.state, it.outcome, it.closer) == ("close", outcome, "none"), it
    agree.numbers(it, flow)
    agree.times(it, flow)
    agree.figures(it, flow)
    return it


@pytest.mark.parametrize("limit", [_user_timeout, _few_retries],
                         ids=["user-timeout", "retries2"])
def test_retransmit_timeout(link, captures, books, family, limit):
    """Data stays unacknowledged until the kernel gives up."""
    capture = captures(link.client)
    with link.client.sysctls(tcp_retries2=15):
        connection = ends.connect(link, family)
        client = connection.client
        limit(link, client.socket)
        with link.dropping(f"tcp sport {client.local[1]}"):
            client.socket.sendall(b"never arrives")
            with pytest.raises(TimeoutError):
                client.socket.recv(1)
        it = _timed_out(client, capture, "retransmit_timeout")
    assert it.retransmits >= 2 and it.path().endswith("established close")
    connection.close()


def test_fin_timeout(link, captures, books, family):
    """An orphan's FIN stays unacknowledged."""
    capture = captures(link.client)
    with link.client.sysctls(tcp_orphan_retries=2):
        connection = ends.connect(link, family)
        client = connection.client
        with link.dropping(f"tcp sport {client.local[1]}"):
            client.close(30)
    it, flow = client.life(), client.flow(capture)
    assert it.path().endswith("established fin_wait1 close"), it
    assert it.outcome == "retransmit_timeout", it
    agree.numbers(it, flow)
    agree.times(it, flow)
    agree.closer(it, flow)
    connection.close()


def test_keepalive_timeout(link, captures, books, family):
    """An idle connection's probes go unanswered."""
    capture = captures(link.client)
    connection = ends.connect(link, family)
    client = connection.client
    for option, value in ((socket.SO_KEEPALIVE, 1),):
        client.socket.setsockopt(socket.SOL_SOCKET, option, value)
    for option, value in ((socket.TCP_KEEPIDLE, 5),
                          (socket.TCP_KEEPINTVL, 2), (socket.TCP_KEEPCNT, 3)):
        client.socket.setsockopt(socket.IPPROTO_TCP, option, value)
    with link.dropping(f"tcp sport {client.local[1]}"):
        with pytest.raises(TimeoutError):
            client.socket.recv(1)
    it = _timed_out(client, capture, "keepalive_timeout")
    assert it.retransmits == 0, "a probe is no retransmission"
    assert "rst_sent" in it.flags
    connection.close()


def test_zero_window_timeout(link, captures, books, family):
    """The peer's window is shut, and then nobody answers the probes."""
    capture = captures(link.client)
    listener = ends.listen(link.server, family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection = ends.Connection(link.client, link.server, family,
                                 listener=listener)
    client = connection.client
    client.socket.setblocking(False)
    for _ in range(100):
        try:
            client.socket.send(b"x" * 4096)
        except BlockingIOError:
            break
    ends.settle(2)
    client.socket.setblocking(True)
    client.socket.setsockopt(socket.IPPROTO_TCP, TCP_USER_TIMEOUT, 5000)
    with link.dropping(f"tcp sport {client.local[1]}"):
        with pytest.raises(TimeoutError):
            client.socket.recv(1)
    it = _timed_out(client, capture, "zero_window_timeout")
    assert it.bytes_sent < 100 * 4096
    connection.close()


def test_lost_handshake(link, captures, books, family):
    """The first SYN and the first SYN-ACK are lost."""
    client_side, server_side = captures(link.client), captures(link.server)
    listener = ends.listen(link.server, family)
    port = listener.getsockname()[1]
    once = "limit rate 1/hour burst 1 packets"
    with link.client.sysctls(**kernel.BACKOFF), link.dropping(
            f"tcp dport {port} tcp flags & (syn | ack) == syn {once}",
            f"tcp sport {port} tcp flags & (syn | ack) == (syn | ack) {once}"):
        connection = ends.Connection(link.client, link.server, family,
                                     listener=listener)
        ends.settle(1)
    client, server = connection.client.life(), connection.server.life()
    assert client.syn_retransmits == server.synack_retransmits == 1
    assert client.handshake_us == client.states["syn_sent"] > 2_000_000
    for end, capture in ((connection.client, client_side),
                         (connection.server, server_side)):
        agree.numbers(end.life(), end.flow(capture))
        agree.times(end.life(), end.flow(capture))
    connection.close()
