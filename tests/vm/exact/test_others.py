# SPDX-License-Identifier: GPL-2.0
"""Protocols that run through hooked functions and are not TCP: left out.

SCTP, DCCP and MPTCP change states by the same tracepoint, and DCCP has its
TIME_WAIT from the same functions as TCP.  The kernel's trace is the witness
that they were there.
"""
import os
import socket
import struct

import pytest

import ends
import kernel
import life
import trace
from hosts import SERVER

SOCK_DCCP, IPPROTO_DCCP, SOL_DCCP, DCCP_SOCKOPT_SERVICE = 6, 33, 269, 2
IPPROTO_SCTP, IPPROTO_MPTCP = 132, 262
TIME_WAIT_FUNCTIONS = ("inet_twsk_hashdance", "inet_twsk_hashdance_schedule",
                       "__inet_twsk_schedule", "inet_twsk_kill")

# What a TCP connection that the client resets adds at either end.
RESET = {"opened": 1, "established": 1, "closed": 1, "history": 2}
CLIENT = {**RESET, "opened_active": 1, "resets_sent": 1}
SERVER_SIDE = {**RESET, "opened_passive": 1, "resets_received": 1,
               "half_open_begun": 1, "half_open_established": 1,
               "syns_received": 1, "listeners": 1}


@pytest.fixture
def sctp():
    """SCTP is there, and has said so in the kernel's log."""
    kernel.need("sctp")


@pytest.fixture
def dccp(family):
    """DCCP is; 7.2 has it no more."""
    kernel.need("dccp", f"dccp_ipv{family}")


@pytest.fixture
def watch(link):
    """A function that tells what the counters of both hosts grew by.

    Nothing of earlier tests is in TIME_WAIT any more, and afterwards nothing
    of this one.
    """
    hosts = link.client, link.server

    def state():
        ends.settle(70)
        totals = [life.summary(host) for host in hosts]
        for counters in totals:
            counters.pop("handshake_p50_us"), counters.pop("handshake_p99_us")
        return totals, life.health(link.client)

    before, health = state()
    log = kernel.Log()

    def grown():
        after, health_after = state()
        assert health_after == health
        assert log.lines() == []
        return [{name: now[name] - was[name] for name in now
                 if now[name] != was[name]}
                for was, now in zip(before, after)]
    return grown


@pytest.fixture
def tracing():
    """A trace of the test."""
    the_trace = trace.Trace(*TIME_WAIT_FUNCTIONS)
    yield the_trace
    the_trace.close()


def _ports_on_record(link):
    """The two ports of every life, over or not."""
    lives = [it for host in (link.client, link.server)
             for it in life.live(host) + life.history(host) +
             life.half_open_history(host)]
    return [{it.local[1], it.remote[1]} for it in lives]


def _pair(link, family, protocol, kind=socket.SOCK_STREAM, options=()):
    """A listener, a caller and what was accepted, of any protocol."""
    listener = link.server.socket(family, kind, protocol)
    caller = link.client.socket(family, kind, protocol)
    for sock in (listener, caller):
        sock.settimeout(30)
        for option in options:
            sock.setsockopt(*option)
    listener.bind((SERVER[family], 0))
    listener.listen(4)
    caller.connect(listener.getsockname()[:2])
    accepted, _ = listener.accept()
    accepted.settimeout(30)
    return listener, caller, accepted


def _talk(caller, accepted):
    caller.send(b"question")
    assert accepted.recv(100) == b"question"
    accepted.send(b"answer")
    assert caller.recv(100) == b"answer"


def test_sctp(link, sctp, watch, tracing, family):
    """SCTP beside a TCP connection: only that is on record."""
    listener, caller, accepted = _pair(link, family, IPPROTO_SCTP)
    ports = {sock.getsockname()[1] for sock in (listener, caller)}
    connection = ends.connect(link, family)
    _talk(caller, accepted)
    connection.client.reset()
    for sock in (caller, accepted, listener):
        sock.close()
    ends.settle(1)
    changed = {change.new for change in tracing.changes(protocol="SCTP")}
    assert {"listen", "established", "close"} <= changed, changed
    assert watch() == [CLIENT, SERVER_SIDE]
    assert connection.client.life().outcome == "reset_local"
    assert ports not in _ports_on_record(link)
    connection.close()


@pytest.mark.parametrize("closer", ["client", "server"])
def test_dccp(link, dccp, watch, tracing, family, closer):
    """DCCP with its TIME_WAIT, beside a TCP connection: only that is there."""
    service = (SOL_DCCP, DCCP_SOCKOPT_SERVICE, struct.pack("!I", 42))
    listener, caller, accepted = _pair(link, family, IPPROTO_DCCP, SOCK_DCCP,
                                       [service])
    ports = {sock.getsockname()[1] for sock in (listener, caller)}
    connection = ends.connect(link, family)
    _talk(caller, accepted)
    ends.settle(1)
    connection.client.reset()
    order = [caller, accepted, listener]
    for sock in order if closer == "client" else order[1::-1] + order[2:]:
        sock.close()
        ends.settle(1)
    changed = {change.new for change in tracing.changes(protocol="DCCP")}
    assert {"listen", "established", "close"} <= changed, changed
    begun = tracing.calls()
    assert sum(count for name, count in begun.items()
               if "hashdance" in name) == 1, begun
    assert watch() == [CLIENT, SERVER_SIDE]
    assert tracing.calls()["inet_twsk_kill"] == 1
    assert connection.client.life().outcome == "reset_local"
    assert ports not in _ports_on_record(link)
    connection.close()


def test_dccp_refused(link, dccp, watch, tracing, family):
    """A DCCP request that nobody serves: there is no life of it either."""
    caller = link.client.socket(family, SOCK_DCCP, IPPROTO_DCCP)
    caller.settimeout(30)
    with pytest.raises(OSError):
        caller.connect((SERVER[family], 9))
    caller.close()
    assert tracing.changes(protocol="DCCP")
    assert watch() == [{}, {}]


@pytest.mark.skipif(not os.path.exists("/proc/sys/net/mptcp"),
                    reason="this kernel was built without MPTCP")
def test_mptcp(link, watch, tracing, family):
    """An MPTCP connection: one TCP connection, its only subflow."""
    listener, caller, accepted = _pair(link, family, IPPROTO_MPTCP)
    port = listener.getsockname()[1]
    _talk(caller, accepted)
    ends.settle(1)
    own = tracing.changes(protocol="MPTCP")
    assert "established" in {change.new for change in own}, own
    for host in (link.client, link.server):
        here = [it for it in life.live(host)
                if port in (it.local[1], it.remote[1])]
        assert [it.state for it in here] == ["established"], here
    for sock in (caller, accepted, listener):
        sock.close()
    grown = watch()
    for here in grown:
        assert here["opened"] == here["closed"] == here["established"] == 1
    assert sum(here.get("time_wait_begun", 0) for here in grown) == 1
