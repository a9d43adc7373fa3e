# SPDX-License-Identifier: GPL-2.0
"""Half-open connections, and how they fail.

The other end is a ghost, so that nothing but the test answers the SYN-ACK.
"""
import pytest

import agree
import ends
import kernel
import life
import wire
from hosts import CLIENT, UNREACHABLE
from wire import ACK, RST, SYN


@pytest.fixture
def half_open(link, captures, family):
    """A function that has a ghost send a SYN: listener, ghost and capture."""
    made = []

    def make(backlog=16, **options):
        capture = captures(link.server)
        listener = ends.listen(link.server, family, backlog=backlog)
        ghost = ends.ghost_caller(link, family, capture, listener, **options)
        made.extend((listener, ghost))
        ghost.syn()
        return listener, ghost, capture
    yield make
    for thing in made:
        thing.close()


def _life(link, ghost):
    """The server's record of what the ghost began."""
    it, = life.by_ports(link.server, ghost.target[1], ghost.source[1])
    return it


def _flow(ghost, capture):
    return capture.flow(ghost.target, ghost.source)


def _ended(link, ghost, capture, outcome, closer):
    """The record, which must have failed so."""
    it = _life(link, ghost)
    assert (it.outcome, it.closer) == (outcome, closer), it
    assert it.path() == "syn_recv close" and it.role == "passive", it
    assert it.handshake_us is None and it.owner is None, it
    agree.numbers(it, _flow(ghost, capture))
    agree.times(it, _flow(ghost, capture))
    return it


def test_expired(link, books, half_open):
    """Nobody answers: the SYN-ACK is sent again once, then given up."""
    before = life.summary(link.server)
    with link.server.sysctls(tcp_synack_retries=1):
        _, ghost, capture = half_open()
        during = life.summary(link.server)
        assert during["half_open"] == before["half_open"] + 1
        assert _life(link, ghost).state == "syn_recv"
        ends.settle(8)
    it = _ended(link, ghost, capture, "half_open_expired", "none")
    assert it.synack_retransmits == 1
    after = life.summary(link.server)
    for name, growth in (("half_open", 0), ("half_open_begun", 1),
                         ("half_open_failed", 1), ("opened_passive", 1),
                         ("established", 0), ("synack_retransmits", 1)):
        assert after[name] - before[name] == growth, name


def test_repeated_syn(link, books, half_open):
    """The SYN comes twice and is answered twice; then the ACK comes."""
    _, ghost, capture = half_open()
    ends.settle(0.7)        # sooner, the kernel would not answer
    ghost.send(SYN, seq=ghost.seq - 1, ack=0)
    ends.settle()
    ghost.send(ACK)
    ends.settle()
    it = _life(link, ghost)
    assert it.state == "established" and it.synack_retransmits == 1, it
    assert it.handshake_us == it.states["syn_recv"] >= 700_000, it
    agree.numbers(it, _flow(ghost, capture))
    agree.times(it, _flow(ghost, capture))


def _rst(ghost):
    ghost.send(RST, ack=0)


def _other_syn(ghost):
    ghost.send(SYN, seq=ghost.seq + 1000, ack=0)


def _rst_ack(ghost):
    ghost.send(RST | ACK)


@pytest.mark.parametrize("answer, outcome", [
    (_rst, "stale_syn"), (_rst_ack, "half_open_reset"),
    (_other_syn, "half_open_reset")], ids=["rst", "rst-ack", "syn"])
def test_reset(link, books, half_open, answer, outcome):
    """A RST, as of no connection or of one, or a SYN that does not fit."""
    _, ghost, capture = half_open()
    answer(ghost)
    ends.settle()
    it = _ended(link, ghost, capture, outcome, "remote")
    agree.resets(it, _flow(ghost, capture))


def test_stale_syn(link, captures, books, family):
    """An old duplicate SYN comes before the new one (RFC 9293 figure 8).

    The client's kernel disowns what the server answered the old one.
    """
    both = captures(link.client), captures(link.server)
    before = kernel.nstat(link.server)["TcpExtEmbryonicRsts"]
    listener = ends.listen(link.server, family)
    caller = link.client.socket(family)
    caller.setblocking(False)
    caller.bind((CLIENT[family], 0))
    ghost = wire.Ghost(link, family, caller.getsockname()[:2],
                       listener.getsockname()[:2], both[1])
    with link.dropping(f"tcp sport {ghost.source[1]} "
                       "tcp flags & (syn | ack) == syn") as arrives:
        caller.connect_ex(ghost.target)     # its SYN is late
        ends.settle()
        # No further than half of all numbers from what the client will use.
        sent = wire.first(both[0].segments(), SYN)
        ghost.send(SYN, seq=sent.seq - 100_000, ack=0)
        ends.settle()
        arrives()
        ends.settle(2)
    client = ends.End(link.client, caller)
    server = ends.End(link.server, ends.accept(listener))
    stale, new = life.by_ports(link.server, server.local[1], client.local[1])
    if stale.state == "established":
        stale, new = new, stale
    assert (stale.outcome, stale.closer) == ("stale_syn", "remote"), stale
    assert stale.isn_remote == (sent.seq - 100_000) % wire.SEQUENCES
    assert new.id == server.id and new.state == "established", new
    assert kernel.nstat(link.server)["TcpExtEmbryonicRsts"] == before + 1
    it = client.life()
    assert (it.role, it.outcome) == ("active", "open"), it
    repeated = wire.repeated(client.flow(both[0]).sent)
    assert it.syn_retransmits == len(repeated) > 0, it
    for sock in (caller, server.socket, listener):
        sock.close()
    ghost.close()


def test_unreachable(link, books, half_open):
    """An ICMP error answers the SYN-ACK."""
    with link.delayed(10):
        _, ghost, capture = half_open(network=UNREACHABLE)
        ends.settle(0.5)
    _ended(link, ghost, capture, "half_open_unreachable", "none")


def test_killed(link, books, half_open):
    """The administrator destroys it with ss -K."""
    _, ghost, capture = half_open()
    link.server.run("ss", "-K", "-a", "dport", "=", str(ghost.source[1]))
    _ended(link, ghost, capture, "killed", "local")


def test_listener_closed(link, books, half_open):
    """The listener closes; the kernel finds out by the next timer."""
    listener, ghost, capture = half_open()
    listener.close()
    ends.settle(8)
    _ended(link, ghost, capture, "listener_closed", "local")


def _fill(link, family, listener):
    """As many connections as the accept queue of a backlog of 0 holds."""
    return ends.call(link.client, listener.getsockname()[:2], family)


def test_no_room_reset(link, books, family, half_open):
    """The accept queue is full when the ACK comes: reset at once."""
    listener, ghost, capture = half_open(backlog=0)
    with link.server.sysctls(tcp_abort_on_overflow=1):
        caller = _fill(link, family, listener)
        before = kernel.nstat(link.server)
        ghost.send(ACK)
        ends.settle()
    grown = kernel.nstat(link.server)["TcpExtListenOverflows"]
    assert grown > before["TcpExtListenOverflows"]
    _ended(link, ghost, capture, "half_open_dropped", "local")
    caller.close()


def test_no_room_ignored(link, books, family, half_open):
    """The same with the ACK ignored until its time is over."""
    with link.server.sysctls(tcp_synack_retries=1):
        listener, ghost, capture = half_open(backlog=0)
        caller = _fill(link, family, listener)
        ghost.send(ACK)
        ends.settle(10)
    _ended(link, ghost, capture, "half_open_dropped", "local")
    caller.close()


def test_no_room_cookie(link, books, family, half_open):
    """The ACK of a SYN cookie is valid, and the accept queue is full."""
    with link.server.sysctls(tcp_syncookies=2):
        listener, ghost, capture = half_open(backlog=0)
        assert not life.by_ports(link.server, ghost.target[1],
                                 ghost.source[1]), "a cookie leaves no trace"
        caller = _fill(link, family, listener)
        ghost.send(ACK)
        ends.settle()
    it = _life(link, ghost)
    assert (it.outcome, it.closer) == ("half_open_dropped", "local"), it
    assert "cookie" in it.flags
    assert wire.first(_flow(ghost, capture).sent, SYN | ACK)
    caller.close()


def test_flood_spares_history(link, books, family, captures):
    """Half-open connections that fail do not come among the others."""
    before = len(life.history(link.server))
    capture = captures(link.server)
    listener = ends.listen(link.server, family, backlog=100)
    ghosts = [ends.ghost_caller(link, family, capture, listener)
              for _ in range(20)]
    for ghost in ghosts:
        ghost.send(SYN, ack=0)
        ghost.seq += 1
    ends.settle()
    for ghost in ghosts:
        ghost.send(RST, ack=0)
        ghost.close()
    ends.settle()
    ports = {ghost.source[1] for ghost in ghosts}
    failed = [it for it in life.half_open_history(link.server)
              if it.remote[1] in ports]
    assert {it.remote[1] for it in failed} == ports
    assert {it.outcome for it in failed} == {"stale_syn"}
    assert len(life.history(link.server)) == before
    listener.close()
