# SPDX-License-Identifier: GPL-2.0
"""What half-open and TIME_WAIT connections add up to, against `ss` and sockstat."""
import collections
import time

import pytest

import ends
import genl
import hosts
import kernel
import life
import tally
from wire import ACK, FIN, RST, SYN

SYN_RECV, TIME_WAIT, FIN_WAIT2 = "syn-recv", "time-wait", "fin-wait-2"
GHOSTS = {4: "10.9.{}.{}", 6: "fd00:9:0:{:x}::{:x}"}
RANGE = 20000, 20019
LATE_US = 300_000       # the kernel's timer, of a few seconds, may be that late


@pytest.fixture
def calm(link):
    """Nothing is half open or in TIME_WAIT; idle time costs nothing."""
    for _ in range(5):
        if not any(life.summary(host)[name]
                   for host in (link.client, link.server) for name in
                   ("half_open", "time_wait", "fin_wait2_orphans")):
            return
        ends.settle(70)
    raise AssertionError("something stays half open or in TIME_WAIT")


# --- half-open connections -----------------------------------------------------

def _flood(link, family, listener, sizes, port=30000):
    """From the n-th network as many SYNs as the n-th of SIZES; their sources."""
    target, sources = listener.getsockname()[:2], []
    for network, size in enumerate(sizes, 1):
        for host in range(1, size + 1):
            source = GHOSTS[family].format(network, host), port
            tally.syn(link, family, source, target)
            sources.append(source)
    return sources


def _agree_half_open(link, spec):
    """/proc, netlink and ss have the same half-open connections."""
    (lives, rows), _ = tally.quiet(link.server,
                                   lambda: tally.halfopen(link.server))
    theirs = tally.shown(link.server, SYN_RECV)
    assert tally.total(rows) == {"by": "total", "count": len(theirs)}
    assert collections.Counter((it["local"], it["remote"]) for it in lives) == \
        collections.Counter(tuple(_text(end) for end in pair) for pair in theirs)
    tally.agree_by(rows, "listener", [local for local, _ in theirs])
    tally.agree_by(rows, "prefix", [tally.prefix(remote[0])
                                    for _, remote in theirs])
    assert sum(tally.ages(rows)) == len(theirs)
    assert tally.netlink(link.server, spec, "half_open") == rows
    return lives, rows


def _text(end):
    return ("[{}]:{}" if ":" in end[0] else "{}:{}").format(*end)


def test_half_open(link, spec, books, calm, family):
    """By listener, prefix and age; both tables of the file are whole."""
    with link.server.sysctls(tcp_synack_retries=5):
        one, other = [ends.listen(link.server, family, backlog=1024)
                      for _ in range(2)]
        _flood(link, family, one, [7, 2, 5])
        ends.settle(5.5)    # in the second step of 5; the next SYN-ACK is sent at 7
        _flood(link, family, other, [1, 2], port=30001)
        ends.settle()
        lives, rows = _agree_half_open(link, spec)
    by_age = tally.ages(rows)
    assert by_age[:2] == [3, 14] and not any(by_age[2:])
    assert list(tally.counts(rows, "listener").values()) == [14, 3]
    assert list(tally.counts(rows, "prefix").items())[0] == (
        tally.prefix(GHOSTS[family].format(1, 1)), 8)
    old = [it for it in lives if it["local"] == _text(one.getsockname()[:2])]
    for it in old:      # sent at 0, 1 and 3 seconds, of 63
        assert it["synacks_sent"] == 3, it
        assert 5_500_000 < it["age_us"] < 7_000_000, it
        assert it["age_us"] + it["expires_us"] == 63_000_000, it
    one.close()
    other.close()
    ends.settle(20)     # they end as their timers find no listener
    assert tally.halfopen(link.server)[1][0]["count"] == 0


def test_most_numerous(link, spec, books, calm, family):
    """Of 25 prefixes the 20 most numerous, most first."""
    listener = ends.listen(link.server, family, backlog=1024)
    sizes = [1 + network % 13 for network in range(25)]
    _flood(link, family, listener, sizes)
    ends.settle()
    _, rows = _agree_half_open(link, spec)
    assert list(tally.counts(rows, "prefix").values()) == \
        sorted(sizes, reverse=True)[:20]
    assert tally.total(rows)["count"] == sum(sizes)
    listener.close()


def test_no_port(link, books, calm):
    """Ports and families are told apart, in one file."""
    listeners = [ends.listen(link.server, version) for version in (4, 6)]
    for version, listener in zip((4, 6), listeners):
        _flood(link, version, listener, [2])
    ends.settle()
    _, rows = tally.halfopen(link.server)
    assert tally.counts(rows, "listener") == {
        listener.getsockname()[:2]: 2 for listener in listeners}
    for listener in listeners:
        listener.close()


@pytest.mark.parametrize("retries, length_s", [(0, 1), (1, 3), (3, 15)])
def test_expires(link, spec, books, calm, captures, family, retries, length_s):
    """expires_us is when the kernel really gives it up."""
    captures(link.server)
    listener = ends.listen(link.server, family)
    ghost = ends.ghost_name(family)
    with link.server.sysctls(tcp_synack_retries=retries):
        tally.syn(link, family, ghost, listener.getsockname()[:2])
        ends.settle(0.3)
        it, = tally.halfopen(link.server)[0]
        assert it["synacks_sent"] == 1, it
        assert it["age_us"] + it["expires_us"] == length_s * 1_000_000, it
        with link.server.inside():
            client = genl.Client(spec)
        record = client.life(it["id"])
        client.close()
        assert record["synacks_sent"] == 1
        assert record["duration_us"] + record["expires_us"] == \
            length_s * 1_000_000
        ends.settle(length_s + length_s / 4)
    over, = life.by_ports(link.server, listener.getsockname()[1], ghost[1])
    assert over.outcome == "half_open_expired", over
    assert over.synack_retransmits == retries, over
    late_us = over.duration_us - length_s * 1_000_000
    assert 0 <= late_us < LATE_US + length_s * 1_000_000 // 8, over
    assert tally.halfopen(link.server)[0] == []
    listener.close()


def test_only_half_open_ones_expire(link, spec, books, family):
    """A connection that is established says nothing of it."""
    connection = ends.connect(link, family)
    with link.server.inside():
        client = genl.Client(spec)
    record = client.life(connection.server.id)
    assert not {"synacks_sent", "expires_us"} & set(record)
    client.close()
    connection.close()


def test_half_open_history(link, spec, books, calm, family):
    """The same of those that are over; their age is how long they lasted."""
    listener = ends.listen(link.server, family, backlog=1024)
    with link.server.sysctls(tcp_synack_retries=2):
        _flood(link, family, listener, [3, 4])
        ends.settle(9)
    rows = tally.netlink(link.server, spec, "half_open_history")
    lives = life.half_open_history(link.server)
    assert tally.total(rows)["count"] == len(lives) >= 7
    tally.agree_by(rows, "listener", [it.local for it in lives])
    tally.agree_by(rows, "prefix", [tally.prefix(it.remote[0])
                                    for it in lives])
    steps = collections.Counter(min(it.duration_us // 5_000_000, 12)
                                for it in lives if "adopted" not in it.flags)
    assert tally.ages(rows) == [steps[step] for step in range(13)]
    listener.close()


# --- TIME_WAIT ------------------------------------------------------------------

def _wait(link, family, listener, count=1, close=True):
    """COUNT connections that the client closes first; and the server, too."""
    made = []
    for _ in range(count):
        caller = ends.call(link.client, listener.getsockname()[:2], family)
        accepted = ends.accept(listener)
        caller.close()
        if close:
            accepted.close()
        made.append(accepted)
    ends.settle()
    return made


def _agree_time_wait(link, spec):
    """/proc, netlink, summary, ss and sockstat have the same TIME_WAITs."""
    def read():
        return (tally.timewait(link.client), life.summary(link.client),
                tally.netlink(link.client, spec, "time_wait"),
                tally.shown(link.client, TIME_WAIT),
                tally.shown(link.client, FIN_WAIT2))
    (rows, totals, netlink, waits, orphans), tw = tally.quiet(link.client, read)
    total = tally.total(rows)
    assert total["count"] == totals["time_wait"] == len(waits)
    assert total["fin_wait2"] == totals["fin_wait2_orphans"] == len(orphans)
    assert total["count"] + total["fin_wait2"] == tw
    for name, counter in (("begun", "begun"), ("expired", "expired"),
                          ("reused", "reused"), ("reopened", "reopened"),
                          ("reset", "reset"), ("overflowed", "overflows")):
        assert total[name] == totals[f"time_wait_{counter}"], name
    assert total["limit"] == int(link.client.get_sysctl("tcp_max_tw_buckets"))
    tally.agree_by(rows, "local_port", [local[1] for local, _ in waits])
    tally.agree_by(rows, "remote", [remote for _, remote in waits])
    rates = [name for name in total if name.endswith("_per_s")]
    for ours, theirs in zip(rows, netlink):
        for name in rates:      # go on with the clock
            assert (name in ours) == (name in theirs)
            ours.pop(name, None)
            theirs.pop(name, None)
    assert netlink == rows
    return rows


def test_time_wait(link, spec, books, calm, family):
    """By age, local port and remote; FIN_WAIT2 of nobody told apart."""
    one, other = [ends.listen(link.server, family) for _ in range(2)]
    _wait(link, family, one, 8)
    ends.settle(11)
    _wait(link, family, other, 3)
    halves = _wait(link, family, other, 2, close=False)
    rows = _agree_time_wait(link, spec)
    assert tally.total(rows)["count"] == 11
    assert tally.total(rows)["fin_wait2"] == 2
    by_age = tally.ages(rows)
    assert (by_age[0], by_age[2], sum(by_age)) == (3, 8, 11)
    assert list(tally.counts(rows, "remote").items()) == [
        (one.getsockname()[:2], 8), (other.getsockname()[:2], 3)]
    # One orphan gets its FIN, the other waits for it in vain.
    halves[0].close()
    ends.settle()
    rows = _agree_time_wait(link, spec)
    assert tally.total(rows)["count"] == 12
    assert tally.total(rows)["fin_wait2"] == 1
    ends.settle(70)
    rows = _agree_time_wait(link, spec)
    assert (tally.total(rows)["count"], tally.total(rows)["fin_wait2"]) == (0, 0)
    for thing in (halves[1], one, other):
        thing.close()


def test_orphan_of_a_held_socket(link, spec, books, calm, family):
    """A socket in FIN_WAIT2 that is held is none; let go of, it is one."""
    connection = ends.connect(link, family)
    connection.client.shutdown()
    assert connection.client.life().state == "fin_wait2"
    assert life.summary(link.client)["fin_wait2_orphans"] == 0
    assert kernel.time_waits(link.client) == 0
    connection.client.close()
    rows = _agree_time_wait(link, spec)
    assert tally.total(rows)["fin_wait2"] == 1
    connection.server.reset()
    ends.settle()
    assert tally.total(_agree_time_wait(link, spec))["fin_wait2"] == 0
    connection.close()


def _growth(link, before):
    """By how much the figures of the client's total grew."""
    after = tally.total(tally.timewait(link.client))
    return {name: after[name] - before[name] for name in
            ("begun", "expired", "reused", "reopened", "reset", "overflowed")
            if after[name] != before[name]}


def test_ends(link, captures, books, calm, family):
    """Everything that ends TIME_WAIT is counted under its name."""
    listener = ends.listen(link.server, family)
    before = tally.total(tally.timewait(link.client))
    _wait(link, family, listener)
    ends.settle(70)
    assert _growth(link, before) == {"begun": 1, "expired": 1}
    with link.client.sysctls(tcp_tw_reuse=1):
        port = 15101
        for _ in range(2):
            connection = ends.Connection(link.client, link.server, family,
                                         port=port, listener=listener)
            connection.client.close()
            connection.server.close()
            ends.settle(2)
    assert _growth(link, before) == {"begun": 3, "expired": 1, "reused": 1}
    # A ghost that the client accepted, and whose FIN it acknowledged.
    capture = captures(link.client)
    doors = ends.listen(link.client, family, address=hosts.CLIENT[family])
    for flags, step in ((RST, 0), (SYN, 100_000)):
        ghost = ends.ghost_caller(link, family, capture, doors)
        ghost.handshake()
        ends.settle()
        ends.accept(doors).close()
        ends.settle()
        ghost.follow()
        ghost.send(FIN | ACK)
        ghost.seq += 1 + step
        ends.settle()
        ghost.send(flags, ack=0)
        ends.settle()
        ghost.close()
    assert _growth(link, before) == {"begun": 5, "expired": 1, "reused": 1,
                                     "reset": 1, "reopened": 1}
    doors.close()
    listener.close()


def test_overflow(link, spec, books, calm, family):
    """As many as tcp_max_tw_buckets; the others never begin."""
    listener = ends.listen(link.server, family)
    before = tally.total(tally.timewait(link.client))
    missed = kernel.nstat(link.client)["TcpExtTCPTimeWaitOverflow"]
    with link.client.sysctls(tcp_max_tw_buckets=5):
        for _ in range(12):
            connection = ends.Connection(link.client, link.server, family,
                                         listener=listener)
            connection.client.shutdown()
            connection.server.close()
            connection.client.close()
        rows = _agree_time_wait(link, spec)
    assert tally.total(rows)["limit"] == 5
    overflowed = kernel.nstat(link.client)["TcpExtTCPTimeWaitOverflow"] - missed
    assert overflowed >= 5
    assert _growth(link, before) == {"begun": 12 - overflowed,
                                     "overflowed": overflowed}
    assert tally.total(rows)["count"] == 12 - overflowed
    listener.close()


def test_adopted_age_is_unknown(link, spec, books, calm):
    """Of a TIME_WAIT that was there at load nobody knows how old it is."""
    rows = tally.timewait(link.client)
    assert sum(tally.ages(rows)) == tally.total(rows)["count"] == 0


# --- rates ----------------------------------------------------------------------

def _pace(seconds, per_s, act):
    """ACT so often a second, for so long."""
    begin = time.monotonic()
    for number in range(seconds * per_s):
        act(number)
        left = begin + (number + 1) / per_s - time.monotonic()
        if left > 0:
            ends.settle(left)


def _rates(link):
    total = tally.total(tally.timewait(link.client))
    return [total[f"{name}_per_s"] for name in
            ("begun", "ended", "reused", "overflowed")]


def _one(link, listener):
    """A connection that the client closes first, without a moment's rest."""
    caller = link.client.socket(4)
    caller.connect(listener.getsockname())
    accepted, _ = listener.accept()
    caller.close()
    accepted.close()


def test_rates(link, books, calm):
    """Begun, and a minute later also ended, a second."""
    listener = ends.listen(link.server, 4)
    ends.settle(15)
    assert _rates(link) == [0, 0, 0, 0]
    _pace(14, 8, lambda _: _one(link, listener))
    begun, *others = _rates(link)
    assert begun in (7, 8, 9) and others == [0, 0, 0]
    _pace(60, 8, lambda _: _one(link, listener))
    begun, ended, *others = _rates(link)
    assert begun in (7, 8, 9) and 4 <= ended <= 12 and others == [0, 0]
    with link.client.sysctls(tcp_max_tw_buckets=0):
        _pace(14, 8, lambda _: _one(link, listener))
        begun, _, reused, overflowed = _rates(link)
    assert begun == reused == 0 and overflowed in (7, 8, 9)
    ends.settle(20)
    begun, _, reused, overflowed = _rates(link)
    assert (begun, reused, overflowed) == (0, 0, 0)
    listener.close()


def test_rate_of_reuse(link, books, calm):
    """connect() takes the same ports again and again."""
    listener = ends.listen(link.server, 4)
    with link.client.sysctls(tcp_tw_reuse=1,
                             ip_local_port_range="{} {}".format(*RANGE)):
        _pace(20, 8, lambda _: _one(link, listener))
        begun, _, reused, _ = _rates(link)
    assert begun in (7, 8, 9) and reused in (7, 8, 9)
    listener.close()


def test_no_rate_at_first(link):
    """A namespace that was not looked at before has none."""
    host = hosts.Host("tl-fresh")
    total = tally.total(tally.timewait(host))
    assert not [name for name in total if name.endswith("_per_s")]
    assert total["begun"] == total["count"] == 0
    ends.settle(30)
    total = tally.total(tally.timewait(host))
    assert [total[name] for name in total if name.endswith("_per_s")] == [0] * 4
    host.close()


# --- ports ----------------------------------------------------------------------

def _by_remote(link, listener):
    row, = [row for row in tally.timewait(link.client) if row["by"] == "remote"
            and (row["addr"], row["port"]) == listener.getsockname()[:2]]
    return row


def test_ports(link, books, calm, family):
    """Those in use towards one remote, and when they run out."""
    listener = ends.listen(link.server, family, backlog=64)
    elsewhere = ends.listen(link.server, family, backlog=64)
    with link.client.sysctls(ip_local_port_range="{} {}".format(*RANGE)):
        held = [ends.call(link.client, listener.getsockname()[:2], family)
                for _ in range(3)]
        accepted = [ends.accept(listener) for _ in held]
        _wait(link, family, elsewhere, 4)
        _wait(link, family, listener, 10)
        row = _by_remote(link, listener)
        assert (row["count"], row["ports_used"], row["ports_range"]) == (10, 13, 20)
        # 10 in five seconds, and 7 are left.
        assert row["ports_out_s"] == 3, row
        assert _by_remote(link, elsewhere)["ports_used"] == 4
        ends.settle(6)
        assert "ports_out_s" not in _by_remote(link, listener)
        _wait(link, family, listener, 7)
        row = _by_remote(link, listener)
        assert (row["ports_used"], row["ports_out_s"]) == (20, 0), row
        with pytest.raises(OSError):
            ends.call(link.client, listener.getsockname()[:2], family)
    # In another range there are none.
    assert _by_remote(link, listener)["ports_used"] == 0
    for sock in held + accepted + [listener, elsewhere]:
        sock.close()


# --- the interface ----------------------------------------------------------------

def test_request(link, spec):
    """Half-open ones unless told otherwise; no report that there is not."""
    with link.server.inside():
        client = genl.Client(spec)
    assert {row["report"] for row in client.ask("tally-get", "tally", dump=True)} \
        == {"half_open"}
    with pytest.raises(genl.Refused):
        client.send(client.family, spec.commands["tally-get"],
                    b"\x05\0\x02\0\x09\0\0\0", genl.NLM_F_DUMP)
        list(client.replies())
    with pytest.raises(genl.Refused):
        client.ask("tally-get", "tally", report="time_wait")
    client.close()


@pytest.mark.parametrize("name", ["halfopen", "timewait"])
def test_read_in_pieces(link, books, calm, name):
    """However little is read at a time, the text is whole."""
    listener = ends.listen(link.server, 4, backlog=1024)
    _flood(link, 4, listener, [20, 10])
    ends.settle()
    for size in (7, 100):
        with link.server.inside(), \
                open(f"/proc/tcplife/{name}", "rb", buffering=0) as file:
            pieces = list(iter(lambda: file.read(size), b""))
            lines = b"".join(pieces).decode().splitlines()
            file.seek(0)
            assert file.read(1) == lines[0][:1].encode()
        tables = tally.halfopen(link.server) if name == "halfopen" else \
            (tally.timewait(link.server),)
        assert len(lines) == sum(len(table) + 1 for table in tables)
        assert all(len(line.split(" ")) >= 7 for line in lines)
    listener.close()
