# SPDX-License-Identifier: GPL-2.0
"""tcplifectl advise on connections that end, or should: TIME_WAIT, ports, resets.

Each condition is made real, and what stays just below it gets no advice.  The
witnesses of the evidence are nstat, sockstat and ss.
"""
import os
import time

import pytest

import advice
import ends
import kernel
import life
import tally
from hosts import CLIENT

STUCK = 50          # connections that wait too long are many
CLOSES = 100        # connections that this end closed first are many
RESETS = 50         # ends of one cause are many
FIRST_PORT = 20000
OTHER_CLIENT = {4: "10.1.0.2/24", 6: "fd00:1::2/64"}
TW_LIMIT = "time_wait_limit", "net.ipv4.tcp_max_tw_buckets"


@pytest.fixture(name="family")
def one_family():
    """Advice does not depend on it, and takes long: test_advise.py has IPv6."""
    return 4


def _ports(count):
    """A setting of ip_local_port_range."""
    return f"{FIRST_PORT} {FIRST_PORT + count - 1}"


def _over(link, family, listener, count, first="client", per_s=0):
    """So many connections that one end closes first, and then the other."""
    begin = time.monotonic()
    for number in range(1, count + 1):
        caller = ends.call(link.client, listener.getsockname()[:2], family)
        pair = [caller, ends.accept(listener)]
        if first == "server":
            pair.reverse()
        pair[0].close()
        pair[1].close()
        left = per_s and begin + number / per_s - time.monotonic()
        if left > 0:
            ends.settle(left)
    ends.settle()


def _held(link, family, listener, count):
    """So many connections that stay."""
    return [ends.connect(link, family, listener=listener) for _ in range(count)]


def _close(connections):
    for connection in connections:
        connection.close()


# --- TIME_WAIT ------------------------------------------------------------------

def test_time_wait_is_nearly_full(fresh, family):
    """Eight tenths of tcp_max_tw_buckets."""
    listener = ends.listen(fresh.server, family)
    with fresh.client.sysctls(tcp_max_tw_buckets=10):
        _over(fresh, family, listener, 7)
        assert not advice.findings(fresh.client)
        _over(fresh, family, listener, 1)
        finding, = advice.findings(fresh.client).values()
        assert (finding["rule"], finding["subject"]) == TW_LIMIT
        assert finding["severity"] == "critical"
        assert "nearly full" in finding["finding"]
        numbers = finding["evidence"]
        assert (numbers["limit"], numbers["overflowed"]) == (10, 0)
        assert numbers["fin_wait2"] == 0
        assert numbers["time_wait"] == 8 == kernel.time_waits(fresh.client)
    assert not advice.findings(fresh.client)
    assert not advice.findings(fresh.server)
    listener.close()


def test_time_wait_overflowed(fresh, family):
    """Some connections closed without it; that is still told when it is empty."""
    witness = advice.Witness(fresh.client)
    listener = ends.listen(fresh.server, family)
    with fresh.client.sysctls(tcp_max_tw_buckets=5):
        _over(fresh, family, listener, 12)
        finding = advice.findings(fresh.client)[TW_LIMIT]
        assert finding["severity"] == "critical"
        overflowed = witness.grown("TcpExtTCPTimeWaitOverflow")
        assert finding["evidence"]["overflowed"] == overflowed >= 5
        assert finding["evidence"]["time_wait"] == kernel.time_waits(fresh.client)
        ends.settle(70)
        (key, finding), = advice.findings(fresh.client).items()
    assert key == TW_LIMIT and finding["severity"] == "warning"
    assert "was full since load" in finding["finding"]
    assert finding["evidence"]["overflowed"] == overflowed
    assert finding["evidence"]["time_wait"] == 0 == kernel.time_waits(fresh.client)
    listener.close()


@pytest.mark.parametrize("count, first, fires", [
    (CLOSES, "server", True), (CLOSES - 1, "server", False),
    (CLOSES, "client", False)], ids=["many", "few", "client"])
def test_server_closes_first(fresh, family, count, first, fires):
    """Its port has left TIME_WAIT often; the client's end says nothing."""
    listener = ends.listen(fresh.server, family)
    port = listener.getsockname()[1]
    _over(fresh, family, listener, count, first)
    waits = kernel.time_waits(fresh.server)
    assert waits == (count if first == "server" else 0)
    assert not advice.findings(fresh.server)
    ends.settle(70)
    assert not advice.findings(fresh.client)
    found = advice.findings(fresh.server)
    listener.close()
    if not fires:
        assert not found
        return
    (key, finding), = found.items()
    assert key == ("closes_first", f"port {port}")
    assert finding["severity"] == "note"
    assert finding["evidence"] == {"connections": count, "time_wait_here": waits}


def test_server_closes_first_at_times(fresh):
    """The others are one more than half: no finding."""
    listener = ends.listen(fresh.server, 4)
    port = listener.getsockname()[1]
    _over(fresh, 4, listener, CLOSES, "server")
    ends.settle(70)
    _over(fresh, 4, listener, CLOSES)
    assert advice.evidence(fresh.server, "closes_first", f"port {port}") == {
        "connections": 2 * CLOSES, "time_wait_here": CLOSES}
    _over(fresh, 4, listener, 1)
    assert not advice.findings(fresh.server)
    listener.close()


# --- ports ----------------------------------------------------------------------

def test_ports_used(fresh, family, tmp_path):
    """Seven tenths of twenty, nine tenths; a recording has what was found."""
    kept = tmp_path / "recording"
    listener = ends.listen(fresh.server, family)
    subject = advice.name(listener)
    with fresh.client.sysctls(ip_local_port_range=_ports(20)):
        _over(fresh, family, listener, 1)
        ends.settle(6)      # nothing begins that could be gone on with
        held = _held(fresh, family, listener, 12)
        assert not advice.findings(fresh.client)
        for more, severity in ((1, "warning"), (4, "critical")):
            held += _held(fresh, family, listener, more)
            (key, finding), = advice.findings(fresh.client, "--record",
                                              kept).items()
            assert key == ("ports_running_out", subject)
            assert finding["severity"] == severity
            assert "Set net.ipv4.tcp_tw_reuse to 1" in finding["advice"]
            numbers = finding["evidence"]
            assert numbers["ports_used"] == 1 + len(held) == sum(
                len(tally.shown(fresh.client, state))
                for state in ("established", "time-wait"))
            assert (numbers["ports_range"], numbers["time_wait"]) == (20, 1)
            assert (numbers["first_port"], numbers["last_port"]) == \
                (FIRST_PORT, FIRST_PORT + 19)
            assert "ports_out_s" not in numbers
            kept_finding, = advice.findings(fresh.client, "--replay",
                                            kept).values()
            assert kept_finding == finding
            kept.unlink()
        with fresh.client.sysctls(tcp_tw_reuse=1):
            finding = advice.find(fresh.client, "ports_running_out")
            assert "Set net.ipv4.tcp_tw_reuse" not in finding["advice"]
    # In a range that is wide they are few.
    assert not advice.findings(fresh.client)
    _close(held)
    listener.close()


@pytest.mark.parametrize("per_s, least_s, severity", [
    (2, 300, None), (10, 60, "warning"), (20, 0, "critical")])
def test_ports_run_out_soon(fresh, per_s, least_s, severity):
    """Few are in use of a thousand, but many more a second."""
    listener = ends.listen(fresh.server, 4)
    subject = advice.name(listener)
    with fresh.client.sysctls(ip_local_port_range=_ports(1000)):
        _over(fresh, 4, listener, 10 * per_s, per_s=per_s)
        found = advice.findings(fresh.client)
        used = len(tally.shown(fresh.client, "time-wait"))
    listener.close()
    if severity is None:
        assert not found
        return
    (key, finding), = found.items()
    assert key == ("ports_running_out", subject)
    assert finding["severity"] == severity
    numbers = finding["evidence"]
    assert numbers["ports_used"] == used == 10 * per_s
    left_s = (1000 - used) / per_s
    assert numbers["ports_out_s"] >= least_s
    assert 0.8 * left_s <= numbers["ports_out_s"] <= 1.2 * left_s


# --- who does not close ---------------------------------------------------------

@pytest.mark.parametrize("count", [STUCK, STUCK - 1])
def test_server_does_not_close(fresh, family, count):
    """The client has closed its side, and waits."""
    listener = ends.listen(fresh.server, family)
    address, port = listener.getsockname()[:2]
    connections = _held(fresh, family, listener, count)
    for connection in connections:
        connection.client.shutdown()
    assert len(tally.shown(fresh.server, "close-wait")) == count
    assert len(tally.shown(fresh.client, "fin-wait-2")) == count
    for host in (fresh.server, fresh.client):
        assert not advice.findings(host)
    ends.settle(65)
    if count < STUCK:
        for host in (fresh.server, fresh.client):
            assert not advice.findings(host)
    else:
        (key, finding), = advice.findings(fresh.server).items()
        assert key == ("close_wait", f"python3, pid {os.getpid()}, port {port}")
        assert finding["evidence"] == {"connections": count}
        assert finding["severity"] == "warning"
        (key, finding), = advice.findings(fresh.client).items()
        assert key == ("fin_wait2", address)
        assert finding["evidence"] == {
            "connections": count, "of_this_address": count,
            "tcp_fin_timeout": int(fresh.client.get_sysctl("tcp_fin_timeout"))}
    _close(connections)
    for host in (fresh.server, fresh.client):
        assert not advice.findings(host)


def test_clients_do_not_close(fresh, family):
    """Clients of two addresses, in one process that has no listening port."""
    fresh.client.run("ip", "address", "add", OTHER_CLIENT[family], "dev", "eth0",
                     *(["nodad"] if family == 6 else []))
    listener = ends.listen(fresh.server, family)
    connections = [ends.connect(fresh, family, listener=listener, address=address)
                   for address, count in ((CLIENT[family], STUCK - 20),
                                          (OTHER_CLIENT[family][:-3], 20))
                   for _ in range(count)]
    for connection in connections:
        connection.server.shutdown()
    ends.settle(65)
    assert len(tally.shown(fresh.server, "fin-wait-2")) == STUCK
    (key, finding), = advice.findings(fresh.server).items()
    assert key == ("fin_wait2", CLIENT[family])
    assert finding["evidence"]["connections"] == STUCK
    assert finding["evidence"]["of_this_address"] == STUCK - 20
    (key, finding), = advice.findings(fresh.client).items()
    assert key == ("close_wait", f"python3, pid {os.getpid()}")
    assert finding["evidence"] == {"connections": STUCK}
    _close(connections)


def test_one_port_of_two(fresh):
    """Of two listeners only the one is named whose connections are many."""
    listeners = [ends.listen(fresh.server, 4) for _ in range(2)]
    connections = _held(fresh, 4, listeners[0], STUCK) + \
        _held(fresh, 4, listeners[1], STUCK - 1)
    for connection in connections:
        connection.client.shutdown()
    ends.settle(65)
    (key, finding), = advice.findings(fresh.server).items()
    port = listeners[0].getsockname()[1]
    assert key == ("close_wait", f"python3, pid {os.getpid()}, port {port}")
    assert finding["evidence"] == {"connections": STUCK}
    _close(connections)


# --- resets ---------------------------------------------------------------------

def _reset(link, family, count):
    """The clients reset."""
    listener = ends.listen(link.server, family)
    for connection in _held(link, family, listener, count):
        connection.client.reset()
        connection.server.close()
    listener.close()


def _send_late(link, family, count):
    """The clients send when the server has closed."""
    listener = ends.listen(link.server, family)
    for connection in _held(link, family, listener, count):
        connection.server.close()
        connection.client.socket.sendall(b"too late")
        ends.settle()
        connection.client.close()
    listener.close()


def _call_nobody(link, family, count):
    """The clients connect where nobody listens."""
    listener = ends.listen(link.server, family)
    target = listener.getsockname()[:2]
    listener.close()
    for _ in range(count):
        with pytest.raises(ConnectionRefusedError):
            ends.call(link.client, target, family)


def _not_accept(link, family, count):
    """The listener closes before it accepts."""
    listener = ends.listen(link.server, family, backlog=2 * count)
    callers = [ends.call(link.client, listener.getsockname()[:2], family)
               for _ in range(count)]
    ends.settle()
    listener.close()
    ends.settle()
    for caller in callers:
        caller.close()


# What each leaves at either end: the outcome, and what the kernel counts.
@pytest.mark.parametrize("way, client, server", [
    (_reset, ("reset_local", "TcpOutRsts"), ("reset_remote", "TcpEstabResets")),
    (_send_late, ("reset_remote", "TcpEstabResets"),
     ("data_after_close", "TcpOutRsts")),
    (_call_nobody, ("refused", "TcpAttemptFails"), None),
    (_not_accept, ("reset_remote", "TcpEstabResets"),
     ("not_accepted", "TcpOutRsts"))],
    ids=["reset", "late-data", "refused", "not-accepted"])
def test_resets(fresh, family, way, client, server):
    """Fifty of one cause, and one fewer."""
    expected = {fresh.client: client, fresh.server: server}
    witnesses = {host: advice.Witness(host) for host in expected}
    way(fresh, family, RESETS - 1)
    for host in expected:
        assert not advice.findings(host)
    way(fresh, family, 1)
    for host, (outcome, counter) in (
            (host, both) for host, both in expected.items() if both):
        (key, finding), = advice.findings(host).items()
        assert key == ("resets", outcome)
        assert finding["severity"] == "warning"
        assert finding["evidence"] == {
            outcome: RESETS, "history": len(life.history(host))}
        assert finding["evidence"]["history"] == RESETS
        assert witnesses[host].grown(counter) == RESETS
        assert f"history --outcome {outcome}" in finding["advice"]
        shown = life.reader(host, "history", "--outcome", outcome)
        assert len(shown) == RESETS
    if server is None:
        assert not advice.findings(fresh.server)


def test_share_of_resets(fresh):
    """A tenth of history, and one less than that."""
    _reset(fresh, 4, RESETS)
    listener = ends.listen(fresh.server, 4)
    _over(fresh, 4, listener, 9 * RESETS)
    assert advice.evidence(fresh.server, "resets", "reset_remote") == {
        "reset_remote": RESETS, "history": 10 * RESETS}
    _over(fresh, 4, listener, 1)
    assert not advice.findings(fresh.server)
    listener.close()
