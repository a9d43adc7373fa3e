# SPDX-License-Identifier: GPL-2.0
"""tcplifectl advise on listening sockets: queues, floods, handshakes.

Each condition is made real, and what stays just below it gets no advice.  The
kernel's own counters are the witness of the evidence.
"""
import contextlib
import time

import pytest

import advice
import ends
import life
import tally
from wire import ACK

HANDSHAKES = 100    # of so many at least a hundredth can be told
FIT = 5             # half-open connections behind a backlog of four
SUSPECT, FLOOD = 11, 16     # of so many SYNs that nobody answers


@pytest.fixture(name="family")
def one_family():
    """Advice does not depend on it, and takes long: test_advise_ends.py has IPv4."""
    return 6


@pytest.fixture
def witness(fresh):
    """What the kernel of the server counts."""
    return advice.Witness(fresh.server)


@pytest.fixture
def open_sockets():
    """Sockets put here are closed at the end, so that nothing of them stays."""
    with contextlib.ExitStack() as stack:
        def keep(sock):
            stack.callback(sock.close)
            return sock
        yield keep


def _syns(link, family, listener, count, per_s=0):
    """Ghosts send so many SYNs, at once or so many a second: when each was sent."""
    sent, begin = [], time.monotonic()
    for number in range(1, count + 1):
        tally.syn(link, family, ends.ghost_name(family),
                  listener.getsockname()[:2])
        sent.append(time.monotonic())
        left = per_s and begin + number / per_s - time.monotonic()
        if left > 0:
            ends.settle(left)
    ends.settle()
    return sent


def _call(link, family, listener, count, keep, moment=ends.MOMENT):
    """So many clients on their way to a listener, each when the one before has been heard.

    All in the same instant, those that do not fit into the SYN queue could be answered
    by cookies; if the accept queue is full by then, the listener never hears of them.
    """
    for _ in range(count):
        caller = keep(link.client.socket(family))
        caller.setblocking(False)
        caller.connect_ex(listener.getsockname()[:2])
        ends.settle(0.001)
    ends.settle(moment)


def _accept(listener, count, keep):
    for _ in range(count):
        keep(ends.accept(listener))


def test_nothing_to_advise(fresh, family, open_sockets):
    """Healthy hosts: connections that are over, and one that is not."""
    listener = open_sockets(ends.listen(fresh.server, family))
    for _ in range(20):
        connection = ends.connect(fresh, family, listener=listener)
        connection.send("client", b"request")
        connection.client.close()
        connection.server.close()
    connection = ends.connect(fresh, family, listener=listener)
    for host, listening in ((fresh.server, 1), (fresh.client, 0)):
        live, over = len(life.live(host)), len(life.history(host))
        assert live + over == 21
        assert host.run("tcplifectl", "advise") == (
            "nothing to advise: looked at totals since load, listening sockets "
            f"({listening}), addresses and ports that left quiet (0), live "
            f"connections ({live}), history ({over}) and settings (11)\n")
        assert not advice.findings(host)
    connection.close()


# --- SYN queue ------------------------------------------------------------------

def test_syn_queue_without_cookies(fresh, witness, open_sockets, family):
    """What does not fit is dropped, when cookies are off."""
    with fresh.server.sysctls(tcp_syncookies=0, tcp_max_syn_backlog=4096):
        listener = open_sockets(ends.listen(fresh.server, family, backlog=4))
        _syns(fresh, family, listener, FIT)
        assert not advice.findings(fresh.server)
        _syns(fresh, family, listener, 5)
        (rule, subject), = found = advice.findings(fresh.server)
    assert (rule, subject) == ("syn_queue", advice.name(listener))
    finding = found[rule, subject]
    assert finding["severity"] == "critical"
    assert "SYNs were dropped" in finding["finding"]
    assert "Switch net.ipv4.tcp_syncookies on" in finding["advice"]
    numbers = finding["evidence"]
    assert numbers["dropped_syn_queue"] == 5 == \
        witness.grown("TcpExtTCPReqQFullDrop")
    assert numbers["dropped_other"] == numbers["cookies_sent"] == 0
    assert (numbers["syn_queue_peak"], numbers["syn_queue_limit"]) == (FIT, 4)
    assert (numbers["tcp_syncookies"], numbers["tcp_max_syn_backlog"]) == (0, 4096)


def test_reserve_without_cookies(fresh, witness, open_sockets, family):
    """A quarter of tcp_max_syn_backlog is kept for known peers."""
    with fresh.server.sysctls(tcp_syncookies=0, tcp_max_syn_backlog=8):
        listener = open_sockets(ends.listen(fresh.server, family, backlog=128))
        _syns(fresh, family, listener, 7)
        assert not advice.findings(fresh.server)
        _syns(fresh, family, listener, 3)
        (key, finding), = advice.findings(fresh.server).items()
    assert key == ("syn_queue", advice.name(listener))
    numbers = finding["evidence"]
    assert numbers["dropped_other"] == 3 == witness.grown("TcpExtListenDrops")
    assert numbers["dropped_syn_queue"] == 0
    assert numbers["tcp_max_syn_backlog"] == 8


def test_syn_queue_with_cookies(fresh, witness, open_sockets, family):
    """What does not fit is answered by a cookie: only worth knowing."""
    with fresh.server.sysctls(tcp_syncookies=1):
        listener = open_sockets(ends.listen(fresh.server, family, backlog=4))
        _syns(fresh, family, listener, FIT)
        assert not advice.findings(fresh.server)
        _syns(fresh, family, listener, 5)
        (key, finding), = advice.findings(fresh.server).items()
    assert key == ("syn_queue", advice.name(listener))
    assert finding["severity"] == "note"
    assert "SYNs were answered by cookies" in finding["finding"]
    assert "tcp_syncookies on" not in finding["advice"]
    numbers = finding["evidence"]
    assert numbers["cookies_sent"] == 5 == witness.grown("TcpExtSyncookiesSent")
    assert numbers["dropped_syn_queue"] == numbers["dropped_other"] == 0


# --- accept queue ---------------------------------------------------------------

def _agree_accept_queue(finding, witness):
    numbers = finding["evidence"]
    assert numbers["overflowed"] + numbers["dropped_accept_queue"] == \
        witness.grown("TcpExtListenOverflows") > 0
    return numbers


def test_nobody_accepts(fresh, witness, open_sockets, family):
    """A backlog of one, and nobody accepts; once it is closed, no advice."""
    listener = ends.listen(fresh.server, family, backlog=1)
    _call(fresh, family, listener, 2, open_sockets)
    assert not advice.findings(fresh.server)
    _call(fresh, family, listener, 4, open_sockets)
    ends.settle(1)
    (key, finding), = advice.findings(fresh.server).items()
    assert key == ("accept_queue", advice.name(listener))
    assert finding["severity"] == "critical"
    assert "has accepted no connection" in finding["finding"]
    assert "does not call accept()" in finding["advice"]
    numbers = _agree_accept_queue(finding, witness)
    assert numbers["accept_queue"] == numbers["accept_queue_peak"] == 2
    assert numbers["accept_queue_limit"] == 1 and numbers["accepted"] == 0
    listener.close()
    ends.settle(1)
    assert not advice.findings(fresh.server)


@pytest.mark.parametrize("wait, slow", [(0.005, False), (0.3, True)],
                         ids=["small-backlog", "slow-accept"])
def test_accept_queue(fresh, witness, open_sockets, family, wait, slow):
    """Bursts of six behind a backlog of two; how fast they are accepted."""
    listener = open_sockets(ends.listen(fresh.server, family, backlog=2))
    _call(fresh, family, listener, 3, open_sockets, wait)
    _accept(listener, 3, open_sockets)  # while a command runs, they would wait for long
    assert not advice.findings(fresh.server)
    _call(fresh, family, listener, 6, open_sockets)
    for _ in range(6):
        ends.settle(wait)
        _accept(listener, 1, open_sockets)
    (key, finding), = advice.findings(fresh.server).items()
    assert key == ("accept_queue", advice.name(listener))
    numbers = _agree_accept_queue(finding, witness)
    assert numbers["accepted"] == 9 and numbers["accept_queue"] == 0
    assert numbers["accept_queue_peak"] == 3
    assert ("accepts slowly" in finding["finding"]) == slow
    assert ("too short for the bursts" in finding["finding"]) != slow
    assert ("in a thread of its own" in finding["advice"]) == slow
    assert "net.core.somaxconn allows more" in finding["advice"]
    assert (numbers["accept_wait_p99_us"] >= 131072) == slow
    ends.settle(70)
    later = advice.find(fresh.server, "accept_queue")
    assert later["severity"] == "warning" and later["evidence"] == numbers


def test_somaxconn(fresh, witness, open_sockets, family):
    """It is not listen() that makes the backlog small."""
    with fresh.server.sysctls(**{"../core/somaxconn": 2,
                                 "tcp_abort_on_overflow": 1}):
        listener = open_sockets(ends.listen(fresh.server, family, backlog=16))
        _call(fresh, family, listener, 8, open_sockets)
        finding = advice.find(fresh.server, "accept_queue")
    numbers = _agree_accept_queue(finding, witness)
    assert numbers["somaxconn"] == numbers["accept_queue_limit"] == 2
    assert "Raise net.core.somaxconn" in finding["advice"]
    assert "tcp_abort_on_overflow at 1" in finding["advice"]


def test_handshakes_overflow(fresh, witness, captures, open_sockets, family):
    """Last ACKs that come when the queue is full are not taken."""
    listener = open_sockets(ends.listen(fresh.server, family, backlog=8))
    capture = captures(fresh.server)
    ghosts = [open_sockets(ends.ghost_caller(fresh, family, capture, listener))
              for _ in range(2)]
    for ghost in ghosts:
        ghost.syn()
        ends.settle()
        ghost.follow()
    _call(fresh, family, listener, 9, open_sockets)
    assert not advice.findings(fresh.server)
    for ghost in ghosts:
        ghost.send(ACK)
    ends.settle()
    numbers = _agree_accept_queue(advice.find(fresh.server, "accept_queue"),
                                  witness)
    assert (numbers["overflowed"], numbers["dropped_accept_queue"]) == (2, 0)


# --- floods ---------------------------------------------------------------------

@pytest.mark.parametrize("count, severity", [
    (SUSPECT - 2, None), (SUSPECT, "warning"), (FLOOD, "critical")])
def test_flood(fresh, open_sockets, family, count, severity):
    """As many SYNs at once that nobody answers, and room for them."""
    listener = open_sockets(ends.listen(fresh.server, family, backlog=128))
    _syns(fresh, family, listener, count)
    ends.settle(4.2)
    found = advice.findings(fresh.server)
    if severity is None:
        assert not found
        return
    (key, finding), = found.items()
    assert key == ("flood", advice.name(listener))
    assert finding["severity"] == severity
    assert ("may be" in finding["finding"]) == (severity == "warning")
    assert finding["evidence"]["half_open"] == count == \
        len(tally.shown(fresh.server, "syn-recv"))
    ends.settle(120)
    assert not advice.findings(fresh.server)


@pytest.mark.parametrize("cookies", [0, 1])
def test_cookies_under_flood(fresh, witness, open_sockets, family, cookies):
    """They are missed as long as the flood goes on, and afterwards."""
    with fresh.server.sysctls(tcp_syncookies=cookies):
        listener = open_sockets(ends.listen(fresh.server, family, backlog=16))
        assert not advice.findings(fresh.server)
        sent = _syns(fresh, family, listener, 150, per_s=50)
        asked = time.monotonic()
        found = advice.findings(fresh.server)
        # of the second before it was looked at, which is some time after it was asked
        most, least = (sum(at - 1 < each <= at for each in sent)
                       for at in (asked, time.monotonic()))
        numbers = found["flood", advice.name(listener)]["evidence"]
        assert 40 <= most <= 51, "they were not sent as they should be"
        assert least - 3 <= numbers["syn_rate"] <= most + 3
        assert numbers["half_open"] == len(tally.shown(fresh.server, "syn-recv"))
        assert numbers["cookies_sent"] == witness.grown("TcpExtSyncookiesSent")
        assert numbers["dropped"] == witness.grown("TcpExtTCPReqQFullDrop")
        assert (numbers["cookies_sent"] if cookies else numbers["dropped"]) > 50
        off = found.get(("cookies_off", "net.ipv4.tcp_syncookies"))
        assert (off is None) == bool(cookies)
        if off:
            assert off["severity"] == "critical"
            assert off["evidence"] == {
                "floods_now": 1, "floods": 1, "dropped": numbers["dropped"],
                "tcp_syncookies": 0}
        ends.settle(60)
        assert advice.find(fresh.server, "flood") is None
        off = advice.find(fresh.server, "cookies_off")
        assert (off is None) == bool(cookies)
        if off:
            assert off["severity"] == "warning"
            assert off["evidence"]["floods_now"] == 0
            assert off["evidence"]["floods"] == 1
    fresh.server.set_sysctl("tcp_syncookies", 1)
    assert advice.find(fresh.server, "cookies_off") is None


# --- handshakes -----------------------------------------------------------------

@pytest.mark.parametrize("count, delay_ms, slow", [
    (HANDSHAKES, 275, True), (HANDSHAKES - 1, 275, False),
    (HANDSHAKES, 250, False)], ids=["slow", "few", "less-slow"])
def test_slow_handshakes(fresh, witness, open_sockets, family, count, delay_ms,
                         slow):
    """Clients that are 550 ms away, too few of them, and 500 ms."""
    listener = open_sockets(ends.listen(fresh.server, family, backlog=128))
    with fresh.delayed(delay_ms):
        _call(fresh, family, listener, count, open_sockets)
        _accept(listener, count, open_sockets)
        ends.settle(1)
    assert witness.grown("TcpPassiveOpens") == count
    found = advice.findings(fresh.server)
    if not slow:
        assert not found
        return
    (key, finding), = found.items()
    assert key == ("slow_handshake", advice.name(listener))
    assert finding["severity"] == "note"
    assert "takes 524.288 ms or longer" in finding["finding"]
    assert finding["evidence"] == {"handshake_p99_us": 1048575,
                                   "handshakes": HANDSHAKES}


@pytest.mark.parametrize("count, often", [(50, True), (49, False)])
def test_synacks_again(fresh, witness, open_sockets, family, count, often):
    """Last ACKs are lost: each SYN-ACK is sent three times."""
    listener = open_sockets(ends.listen(fresh.server, family, backlog=128))
    port = listener.getsockname()[1]
    with fresh.server.sysctls(tcp_synack_retries=2), fresh.dropping(
            f"tcp dport {port} tcp flags & (syn | ack) == ack"):
        _call(fresh, family, listener, count, open_sockets)
        ends.settle(10)
    finding = advice.find(fresh.server, "synack_retransmits")
    again = witness.grown("TcpExtTCPSynRetrans")
    assert again == 2 * count
    if not often:
        assert finding is None
        return
    assert (finding["severity"], finding["subject"]) == ("note", "SYN-ACKs")
    assert finding["evidence"] == {
        "synack_retransmits": again, "half_open_begun": count,
        "tcp_synack_retries": int(fresh.server.get_sysctl("tcp_synack_retries"))}
