# SPDX-License-Identifier: GPL-2.0
"""Connections that are open when the module is loaded, in every state.

Each way is a generator: it brings a connection into a state and yields that
with the end that is looked at; the module is loaded meanwhile; it brings the
connection to its end and yields how that must be on record.  `ss` is the
witness of what there is at load.
"""
import dataclasses
import os
import socket

import pytest

import ends
import kernel
import life
from wire import ACK, FIN, RST, SYN

pytestmark = pytest.mark.reloads
TCP_SYNCNT = 7
TRIES = 8       # of a SYN or SYN-ACK: given up after 367 s, and not sooner
LONG = 500      # seconds

SHOWN = {"established": "ESTAB", "syn_sent": "SYN-SENT",
         "syn_recv": "SYN-RECV", "fin_wait1": "FIN-WAIT-1",
         "fin_wait2": "FIN-WAIT-2", "time_wait": "TIME-WAIT",
         "close_wait": "CLOSE-WAIT", "last_ack": "LAST-ACK",
         "closing": "CLOSING"}
CLOSERS = {"fin_wait1": "local", "fin_wait2": "local", "close_wait": "remote",
           "last_ack": "remote", "closing": "both"}
# What may happen by the clock, right after the load.
AGAIN = {"retransmit", "syn_retransmit", "synack_retransmit"}
ROLES = {"syn_sent": "active", "syn_recv": "passive"}


@dataclasses.dataclass
class Open:
    """What there is at load: a state, and whose end of what it is."""
    state: str
    host: object
    local: tuple
    remote: tuple
    id: int = None

    def life(self):
        """The one life of this end."""
        it, = life.by_ports(self.host, self.local[1], self.remote[1])
        return it

    def among(self, lives):
        """The one of this end among some lives."""
        it, = [it for it in lives
               if (it.local[1], it.remote[1]) ==
               (self.local[1], self.remote[1])]
        return it


@dataclasses.dataclass
class Ended:
    """What must be on record when it is over; the path is from load on."""
    path: str
    outcome: str
    closer: str
    time_wait_end: str = None
    owner: str = None


def _of_end(state, end):
    return Open(state, end.host, end.local, end.remote, end.id)


def _of_ghost(state, link, ghost):
    """The server's end of what a ghost began."""
    return Open(state, link.server, ghost.target, ghost.source)


def _fin(ghost):
    """The ghost's FIN, which also acknowledges all it heard."""
    ghost.follow()
    ghost.send(FIN | ACK)
    ghost.seq += 1
    ends.settle()


def _ack(ghost):
    ghost.follow()
    ghost.send(ACK)
    ends.settle()


# --- ways ---------------------------------------------------------------------

def closed_by_peer(link, family, captures):
    """ESTABLISHED, and the peer's FIN comes first."""
    end, ghost = ends.call_ghost(link, family, captures[link.client])
    yield _of_end("established", end)
    _fin(ghost)
    end.close()
    _ack(ghost)
    yield Ended("established close_wait last_ack close", "closed", "remote")


def connecting_end(link, family, captures):
    """ESTABLISHED between two real ends, seen from who connected."""
    connection = ends.connect(link, family)
    yield _of_end("established", connection.client)
    connection.client.close()
    connection.server.close()
    connection.close()
    yield Ended("established fin_wait1 fin_wait2 time_wait close", "closed",
                "local", "expired")


def accepting_end(link, family, captures):
    """The same from who accepted, before the load."""
    connection = ends.connect(link, family)
    yield _of_end("established", connection.server)
    connection.client.reset()
    connection.close()
    yield Ended("established close", "reset_remote", "remote")


def accepted_later(link, family, captures):
    """It waits in the accept queue and is accepted after the load."""
    listener = ends.listen(link.server, family)
    caller = ends.call(link.client, listener.getsockname()[:2], family)
    yield Open("established", link.server, listener.getsockname()[:2],
               caller.getsockname()[:2])
    accepted = ends.accept(listener)
    caller.close()
    ends.settle()
    accepted.close()
    listener.close()
    ends.settle()
    yield Ended("established close_wait last_ack close", "closed", "remote",
                owner="accept")


def never_accepted(link, family, captures):
    """It waits there, and the listener is closed: accepted or not, who knows."""
    listener = ends.listen(link.server, family)
    caller = ends.call(link.client, listener.getsockname()[:2], family)
    yield Open("established", link.server, listener.getsockname()[:2],
               caller.getsockname()[:2])
    listener.close()
    ends.settle()
    caller.close()
    yield Ended("established close", "reset_local", "local")


def killed(link, family, captures):
    """ESTABLISHED, and destroyed by the administrator."""
    end, ghost = ends.call_ghost(link, family, captures[link.client])
    yield _of_end("established", end)
    link.client.run("ss", "-K", "dport", "=", str(ghost.source[1]))
    end.close()
    yield Ended("established close", "killed", "local")


def _half_open(link, family, captures):
    listener = ends.listen(link.server, family)
    ghost = ends.ghost_caller(link, family, captures[link.server], listener)
    ghost.syn()
    return listener, ghost


def handshake_completed(link, family, captures):
    """SYN_RECV, and the last ACK comes; then the ghost closes."""
    listener, ghost = _half_open(link, family, captures)
    yield _of_ghost("syn_recv", link, ghost)
    _ack(ghost)
    accepted = ends.accept(listener)
    _fin(ghost)
    accepted.close()
    ends.settle()
    _ack(ghost)
    listener.close()
    yield Ended("syn_recv established close_wait last_ack close", "closed",
                "remote", owner="accept")


def handshake_reset(link, family, captures):
    """SYN_RECV, and a RST comes."""
    listener, ghost = _half_open(link, family, captures)
    yield _of_ghost("syn_recv", link, ghost)
    ghost.send(RST, ack=0)
    ends.settle()
    listener.close()
    yield Ended("syn_recv close", "stale_syn", "remote")


def handshake_expired(link, family, captures):
    """SYN_RECV, and nothing comes."""
    _listener, ghost = _half_open(link, family, captures)
    yield _of_ghost("syn_recv", link, ghost)
    ends.settle(LONG)
    yield Ended("syn_recv close", "half_open_expired", "none")


def _calling(link, family, captures):
    caller = link.client.socket(family)
    caller.setsockopt(socket.IPPROTO_TCP, TCP_SYNCNT, TRIES)
    caller, ghost = ends.half_call_ghost(link, family, captures[link.client],
                                         caller)
    return caller, ghost, Open("syn_sent", link.client, ghost.target,
                               ghost.source, ends.cookie(caller))


def call_answered(link, family, captures):
    """SYN_SENT, answered by a SYN-ACK, and reset later."""
    caller, ghost, it = _calling(link, family, captures)
    yield it
    ghost.follow()
    ghost.send(SYN | ACK)
    ghost.seq += 1
    ends.settle()
    ghost.send(RST)
    ends.settle()
    caller.close()
    yield Ended("syn_sent established close", "reset_remote", "remote")


def call_refused(link, family, captures):
    """SYN_SENT, answered by a RST."""
    caller, ghost, it = _calling(link, family, captures)
    yield it
    ghost.follow()
    ghost.send(RST | ACK)
    ends.settle()
    caller.close()
    yield Ended("syn_sent close", "refused", "remote")


def call_unanswered(link, family, captures):
    """SYN_SENT, and nothing comes."""
    caller, _, it = _calling(link, family, captures)
    yield it
    ends.settle(LONG)
    caller.close()
    yield Ended("syn_sent close", "connect_timeout", "none")


def fin_sent(link, family, captures):
    """FIN_WAIT1: nothing but the FIN was sent before the load."""
    end, ghost = ends.call_ghost(link, family, captures[link.client])
    end.shutdown()
    yield _of_end("fin_wait1", end)
    _ack(ghost)
    _fin(ghost)
    end.close()
    yield Ended("fin_wait1 fin_wait2 time_wait close", "closed", "local",
                "expired")


def fin_acknowledged(link, family, captures):
    """FIN_WAIT2 with the socket held."""
    end, ghost = ends.call_ghost(link, family, captures[link.client])
    end.shutdown()
    _ack(ghost)
    yield _of_end("fin_wait2", end)
    _fin(ghost)
    end.close()
    yield Ended("fin_wait2 time_wait close", "closed", "local", "expired")


def fin_received(link, family, captures):
    """CLOSE_WAIT."""
    end, ghost = ends.call_ghost(link, family, captures[link.client])
    _fin(ghost)
    yield _of_end("close_wait", end)
    end.close()
    _ack(ghost)
    yield Ended("close_wait last_ack close", "closed", "remote")


def last_ack(link, family, captures):
    """LAST_ACK."""
    end, ghost = ends.call_ghost(link, family, captures[link.client])
    _fin(ghost)
    end.close()
    yield _of_end("last_ack", end)
    _ack(ghost)
    yield Ended("last_ack close", "closed", "remote")


def fins_crossed(link, family, captures):
    """CLOSING: the peer's FIN does not acknowledge ours."""
    end, ghost = ends.call_ghost(link, family, captures[link.client])
    ghost.follow()
    end.shutdown()
    ghost.send(FIN | ACK)
    ghost.seq += 1
    ends.settle()
    end.close()
    yield _of_end("closing", end)
    _ack(ghost)
    yield Ended("closing time_wait close", "closed", "both", "expired")


def _in_time_wait(link, family, captures):
    end, ghost = ends.call_ghost(link, family, captures[link.client])
    end.close()
    _ack(ghost)
    _fin(ghost)
    return end, ghost


def time_wait(link, family, captures):
    """TIME_WAIT, which runs out; who closed first is not known any more."""
    end, _ = _in_time_wait(link, family, captures)
    yield _of_end("time_wait", end)
    yield Ended("time_wait close", "closed", None, "expired")


def time_wait_reset(link, family, captures):
    """TIME_WAIT, ended by a RST."""
    end, ghost = _in_time_wait(link, family, captures)
    yield _of_end("time_wait", end)
    ghost.send(RST)
    ends.settle()
    yield Ended("time_wait close", "closed", None, "reset")


def orphan_closed(link, family, captures):
    """FIN_WAIT2 of a socket that no process holds: the FIN comes."""
    end, ghost = ends.call_ghost(link, family, captures[link.client])
    end.close()
    _ack(ghost)
    yield _of_end("fin_wait2", end)
    _fin(ghost)
    yield Ended("fin_wait2 time_wait close", "closed", "local", "expired")


def orphan_expired(link, family, captures):
    """The same, and it does not."""
    end, ghost = ends.call_ghost(link, family, captures[link.client])
    end.close()
    _ack(ghost)
    yield _of_end("fin_wait2", end)
    yield Ended("fin_wait2 close", "fin_wait2_timeout", "local")


WAYS = (closed_by_peer, connecting_end, accepting_end, accepted_later,
        never_accepted, killed, handshake_completed, handshake_reset,
        call_answered, call_refused, fin_sent, fin_acknowledged, fin_received,
        last_ack, fins_crossed, time_wait, time_wait_reset, orphan_closed,
        orphan_expired, handshake_expired, call_unanswered)


# --- tests --------------------------------------------------------------------

@pytest.fixture
def unloaded(link):
    """The module is not loaded, and nothing of earlier tests is open."""
    assert kernel.unload().returncode == 0
    ends.settle(LONG)
    yield
    if kernel.loaded():
        assert kernel.unload().returncode == 0
    assert kernel.load().returncode == 0


def _check_adopted(it, open_, shown):
    """A life right after the load, against what it is of and what ss shows."""
    assert it.state == open_.state, it
    assert shown[it.id]["state"] == SHOWN[it.state], it
    assert (it.local, it.remote) == (open_.local, open_.remote), it
    assert open_.id in (None, it.id), it
    assert it.flags == ("adopted",), it
    assert it.timeline[:2] == [(0, "adopted"), (0, it.state)], it
    assert {event for _, event in it.timeline[2:]} <= AGAIN, it
    assert it.role == ROLES.get(it.state), it
    assert it.closer == CLOSERS.get(it.state), it
    assert it.outcome == ("closed" if it.state == "time_wait" else "open"), it
    nothing = (it.opened_at_us, it.handshake_us, it.owner, it.time_wait_end,
               it.bytes_sent, it.srtt_us)
    assert nothing == (None,) * len(nothing), it
    assert (it.isn_local is None) == (it.state != "syn_recv"), it


def _check_ended(it, open_, ended):
    """A life when it is over."""
    assert it.path() == ended.path, it
    assert (it.outcome, it.closer, it.time_wait_end) == \
        (ended.outcome, ended.closer, ended.time_wait_end), it
    assert "adopted" in it.flags and "unaccepted" not in it.flags, it
    assert it.opened_at_us is None and it.handshake_us is None, it
    assert it.owner == ended.owner and it.role == ROLES.get(open_.state), it
    assert it.pid == (os.getpid() if ended.owner else None), it


@pytest.fixture
def patient(link):
    """No SYN-ACK is given up while the test is at something else."""
    with link.server.sysctls(tcp_synack_retries=TRIES):
        yield


def test_every_state(link, captures, unloaded, patient, family):
    """Each is taken in as what it is, once, and its life is finished right."""
    hosts = link.client, link.server
    there = {host: captures(host) for host in hosts}
    ways = {way.__name__: way(link, family, there) for way in WAYS}
    open_ = {name: next(way) for name, way in ways.items()}
    assert kernel.load().returncode == 0
    for host in hosts:
        shown = {number: figures for number, figures in kernel.ss(host).items()
                 if figures["state"] != "LISTEN"}
        here = life.live(host)
        assert sorted(it.id for it in here) == sorted(shown)
        totals = life.summary(host)
        assert totals["adopted"] == totals["live"] == len(shown)
        assert totals["opened"] == totals["established"] == 0
        for it in open_.values():
            if it.host is host:
                _check_adopted(it.among(here), it, shown)
    ended = {name: next(way) for name, way in ways.items()}
    ends.settle(LONG)
    for name, it in ended.items():
        _check_ended(open_[name].life(), open_[name], it)
    for host in hosts:
        totals = life.summary(host)
        assert not life.live(host)
        assert totals["closed"] == totals["adopted"]
        assert not (totals["opened"] or totals["lost"] or totals["recovered"])
        assert totals["established"] == 1     # of those seen to become so
        assert life.health(host)[0]["healthy"] == "yes"


def test_adopted_again(link, unloaded, family):
    """Loaded, unloaded and loaded: the same connection has the same id."""
    connection = ends.connect(link, family)
    for _ in range(2):
        assert kernel.load().returncode == 0
        for end in (connection.client, connection.server):
            it = end.life()
            assert it.flags == ("adopted",) and it.state == "established", it
            shown = [figures for figures in kernel.ss(end.host).values()
                     if figures["state"] != "LISTEN"]
            assert life.summary(end.host)["adopted"] == len(shown)
        assert kernel.unload().returncode == 0
    connection.close()
