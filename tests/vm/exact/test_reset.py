# SPDX-License-Identifier: GPL-2.0
"""How connections end by RSTs, or never begin because of one."""
import socket

import pytest

import agree
import ends
import kernel
import life

TCP_REPAIR = 19


def _deltas(host, before):
    """How the books and the kernel's own counters have grown."""
    now = life.summary(host), kernel.nstat(host)
    return [{name: new[name] - old[name] for name in new}
            for new, old in zip(now, before)]


def test_refused(link, captures, books, family):
    """A SYN to a port where nobody listens."""
    before = life.summary(link.client), kernel.nstat(link.client)
    capture = captures(link.client)
    listener = ends.listen(link.server, family)
    target = listener.getsockname()[:2]
    listener.close()
    caller = link.client.socket(family)
    number = ends.cookie(caller)
    with pytest.raises(ConnectionRefusedError):
        caller.connect(target)
    caller.close()
    refused = life.the_life(link.client, number)
    flow = capture.flow(refused.local, target)
    assert (refused.outcome, refused.closer) == ("refused", "remote"), refused
    assert refused.path() == "syn_sent close"
    assert refused.remote == target
    agree.numbers(refused, flow)
    agree.times(refused, flow)
    agree.resets(refused, flow)
    assert not life.by_ports(link.server, target[1], refused.local[1])
    books_now, kernel_now = _deltas(link.client, before)
    assert books_now["opened_active"] == kernel_now["TcpActiveOpens"] == 1
    assert books_now["refused"] == kernel_now["TcpAttemptFails"] == 1
    assert books_now["resets_received"] == 1
    assert books_now["established"] == 0


def _by_linger(one, other):
    one.reset()


def _by_unread_data(one, other):
    other.socket.sendall(b"nobody reads this")
    ends.settle()
    one.close()


def _after_fin(one, other):
    other.shutdown()
    one.reset()


def _after_own_fin(one, other):
    one.shutdown()
    other.reset()


def _in_fin_wait2(one, other):
    one.shutdown()
    one.reset()


@pytest.mark.parametrize("way, resets", [
    (_by_linger, "one"), (_by_unread_data, "one"), (_after_fin, "one"),
    (_after_own_fin, "other"), (_in_fin_wait2, "one")],
    ids=["linger", "unread", "after-fin", "after-own-fin", "fin-wait2"])
@pytest.mark.parametrize("name", ["client", "server"])
def test_reset(link, captures, books, family, name, way, resets):
    """One end resets the other, which may have closed already."""
    before = {host: (life.summary(host), kernel.nstat(host))
              for host in (link.client, link.server)}
    capture = captures(link.client)
    connection = ends.connect(link, family)
    one, other = connection.end(name)
    way(one, other)
    if resets == "other":
        one, other = other, one
    other.close()
    outcomes = {one: "reset_local", other: "reset_remote"}
    for end, outcome in outcomes.items():
        it = end.life()
        assert it.outcome == outcome and it.state == "close", it
        agree.all_of(it, end.flow(capture))
        books_now, kernel_now = _deltas(end.host, before[end.host])
        assert books_now["resets_sent"] == kernel_now["TcpOutRsts"] \
            == (end is one)
        assert books_now["resets_received"] == (end is other)
    connection.close()


@pytest.mark.parametrize("name", ["client", "server"])
def test_killed(link, captures, books, family, name):
    """The administrator destroys one end with ss -K."""
    capture = captures(link.client)
    connection = ends.connect(link, family)
    one, other = connection.end(name)
    one.host.run("ss", "-K", "sport", "=", str(one.local[1]),
                 "dport", "=", str(one.remote[1]))
    ends.settle()
    for end, outcome, closer in ((one, "killed", "local"),
                                 (other, "reset_remote", "remote")):
        it = end.life()
        assert (it.outcome, it.closer) == (outcome, closer), it
        agree.all_of(it, end.flow(capture))
    connection.close()


def _close(listener):
    listener.close()


def _shut_down(listener):
    listener.shutdown(socket.SHUT_RD)


@pytest.mark.parametrize("end", [_close, _shut_down],
                         ids=["close", "shutdown"])
def test_not_accepted(link, captures, books, family, end):
    """The listener ends before it accepts: its kernel resets the client."""
    capture = captures(link.server)
    listener = ends.listen(link.server, family)
    client = ends.End(link.client, ends.call(
        link.client, listener.getsockname()[:2], family))
    ends.settle()
    end(listener)
    ends.settle()
    server, = life.by_ports(link.server, client.remote[1], client.local[1])
    assert server.outcome == "not_accepted", server
    assert "unaccepted" in server.flags and server.owner is None, server
    agree.all_of(server, capture.flow(client.remote, client.local))
    assert client.life().outcome == "reset_remote"
    client.close()
    listener.close()


def test_silent_abort(link, captures, books, family):
    """SO_LINGER 0 in LAST_ACK: the kernel sees no need for a RST."""
    capture = captures(link.client)
    connection = ends.connect(link, family)
    client = connection.client
    connection.server.shutdown()
    with link.dropping(f"tcp sport {client.local[1]}"):
        client.shutdown()
        assert client.life().state == "last_ack"
        client.reset()
    it = client.life()
    assert (it.outcome, it.closer) == ("reset_local", "remote"), it
    agree.all_of(it, client.flow(capture))
    connection.close()


def test_repair(link, captures, books, family):
    """A socket in TCP_REPAIR goes without a word (CRIU moves it away)."""
    capture = captures(link.client)
    connection = ends.connect(link, family)
    connection.client.socket.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, 1)
    connection.client.close()
    it, flow = connection.client.life(), connection.client.flow(capture)
    assert it.outcome == "reset_local", it
    agree.numbers(it, flow)
    agree.times(it, flow)
    agree.resets(it, flow)
    assert connection.server.life().state == "established"
    connection.close()
