# SPDX-License-Identifier: GPL-2.0
"""SYN floods: what is said of them, by whom, and what they leave alone."""
import itertools
import json
import os
import socket
import subprocess

import pytest

import ends
import flood
import genl
import hosts
import kernel
import life
import tally

# When a change of state is told: from the first SYN, or from the last one.
FOUND_US = 1_000_000
STOPPED_US = 3_900_000, 15_000_000
HALF_OPEN_S = 63            # by tcp_synack_retries=5, if the queue has room
SYN_LINE = "SYN flood"

# Each has a port of its own: the detector remembers the floods of a port.
PORTS = itertools.count(2001)


@pytest.fixture(scope="session", autouse=True)
def program(in_memory):
    """The program that sends SYNs is there, and its first run is over."""
    flood.build()
    subprocess.run([flood.PROGRAM], check=False, capture_output=True)


def _listen(host, family, backlog=64, **where):
    return ends.listen(host, family, backlog=backlog, port=next(PORTS), **where)


@pytest.fixture
def listener(link, family):
    """A listening socket of the server with a small backlog."""
    sock = _listen(link.server, family)
    yield sock
    sock.close()


@pytest.fixture
def watcher(link, spec):
    """A member of the group of alerts on the server."""
    with link.server.inside():
        client = genl.Client(spec, receive_bytes=1 << 20)
    client.join("alerts")
    yield client
    client.close()


def _over(link, listener):
    """Wait until a flood is over; idle time costs nothing."""
    for _ in range(40):
        if flood.state(link.server, listener) == "quiet":
            return
        ends.settle(5)
    raise AssertionError("the flood does not end")


def _short_lives(link):
    """Half-open connections are given up soon."""
    return link.server.sysctls(tcp_synack_retries=1)


def _grown(link, before, totals=None):
    """How far counters of the kernel have gone on, and of the summary."""
    after = kernel.nstat(link.server)
    grown = {name: after[name] - before[name] for name in after}
    if totals:
        now = life.summary(link.server)
        grown.update((name, now[name] - totals[name]) for name in now)
    return grown


def _log_lines(log):
    return [line for line in log.lines()
            if "tcplife: " in line and SYN_LINE in line]


# --- what is said ----------------------------------------------------------------

def _check_during(link, spec, listener, sent, grown):
    """The row, when the last SYN has come and nothing has expired yet."""
    present, alerts = flood.agreed(link.server, spec)
    it, = [it for it in present if it["local"] == flood.at(listener)]
    assert it["state"] == "flood" and it["floods"] == 1, it
    assert it["syns"] == sent["syns"], it
    assert it["cookies_sent"] == grown["TcpExtSyncookiesSent"], it
    assert it["dropped"] == grown["TcpExtListenDrops"] == 0, it
    port = listener.getsockname()[1]
    shown = [pair for pair in tally.shown(link.server, "syn-recv")
             if pair[0][1] == port]
    assert it["half_open"] == len(shown) == grown["half_open"]
    # The kernel gives some up early, as their queue is more than half full.
    assert it["syns"] - it["cookies_sent"] == grown["half_open_begun"]
    assert it["half_open_limit"] == 64, it
    assert abs(it["distinct_sources"] / sent["sources"] - 1) < 0.1, (it, sent)
    assert it["spread"] == "random" and "top_sources" not in it, it
    assert it["cookies"] == "sending" and "forged" in it["advice"], it
    assert 190 <= it["syn_rate_peak"] <= 215, it
    assert abs(it["since"] - sent["first_us"]) < 100_000, (it, sent)
    return it, [it for it in alerts if it["local"] == flood.at(listener)]


def _check_times(alerts, sent):
    """Each alert is told when the traffic makes it true."""
    when = {it["state"]: it["at"] for it in alerts}
    assert sent["first_us"] < when["flood"] < sent["first_us"] + FOUND_US
    stopped_us = when["ending"] - sent["last_us"]
    assert STOPPED_US[0] < stopped_us < STOPPED_US[1], stopped_us
    quiet_us = when["quiet"] - sent["last_us"]
    assert stopped_us <= quiet_us < HALF_OPEN_S * 1_125_000 + 7_000_000, \
        quiet_us


def test_told(link, spec, books, watcher, listener, family):
    """A flood from beginning to end: rows, alerts, events and log agree."""
    before, log = kernel.nstat(link.server), kernel.Log()
    totals = life.summary(link.server)
    with link.server.sysctls(tcp_synack_retries=5):
        sent = flood.Syns(link, family, listener.getsockname(), 8).finish()
        ends.settle(2)      # the rates are of now
        during, _ = _check_during(link, spec, listener, sent,
                                  _grown(link, before, totals))
        assert life.summary(link.server)["floods"] == 1
        ends.settle(HALF_OPEN_S + 20)
    present, alerts = flood.agreed(link.server, spec)
    alerts = [it for it in alerts if it["local"] == flood.at(listener)]
    states = flood.run_of(alerts)
    assert [s for s in states if s != "suspected"] == \
        ["flood", "ending", "quiet"], states
    _check_times(alerts, sent)
    after, = [it for it in present if it["local"] == flood.at(listener)]
    assert after["state"] == "quiet" and after["half_open"] == 0, after
    for name in ("since", "syns", "syn_rate_peak", "distinct_sources", "spread",
                 "cookies_sent", "dropped", "floods"):
        assert after[name] == during[name], name
    assert after["advice"] == "Nothing needs to be done."
    told = [flood.from_netlink(it, link.server.inum)
            for it in watcher.told(attribute_set="flood")]
    assert told == alerts
    assert [it["seq"] for it in told] == \
        list(range(told[0]["seq"], told[0]["seq"] + len(told)))
    grown = life.summary(link.server)["alerts"] - totals["alerts"]
    lines = _log_lines(log)
    assert len(lines) == len(alerts) == grown, lines
    where = f":{listener.getsockname()[1]}, netns {link.server.inum}: "
    assert all(where in line for line in lines), lines


def test_not_the_last_one(link, books, watcher, listener, family):
    """Alerts are told by themselves, wherever else somebody listens meanwhile."""
    quiet = _listen(link.server, family)
    with _short_lives(link):
        sent = flood.Syns(link, family, listener.getsockname(), 2).finish()
        ends.settle(STOPPED_US[1] / 1_000_000)
    told = [it["state"] for it in watcher.told(attribute_set="flood")]
    assert told[-1] == "quiet" and "flood" in told, (told, sent)
    quiet.close()


def test_seen_by_its_own_only(link, spec, books, watcher, listener, family):
    """Another namespace has no row of it, no listener, and no event."""
    with link.client.inside():
        other = genl.Client(spec)
    other.join("alerts")
    before = flood.proc(link.client), life.summary(link.client)["alerts"]
    with _short_lives(link):
        flood.Syns(link, family, listener.getsockname(), 2).finish()
        assert flood.state(link.server, listener) == "flood"
        assert flood.proc(link.client) == before[0]
        assert life.summary(link.client)["floods"] == 0
        assert ends.cookie(listener) not in \
            {it["id"] for it in other.listeners()}
        assert {it["netns"] for it in other.listeners()} <= {link.client.inum}
        assert {it["netns"] for it in other.floods() + other.alerts()} <= \
            {link.client.inum}
        _over(link, listener)
    assert other.told(attribute_set="flood") == []
    assert watcher.told(attribute_set="flood")
    assert life.summary(link.client)["alerts"] == before[1]
    other.close()


# --- the reader -------------------------------------------------------------------

def test_check(link, books, listener, family):
    """tcplifectl flood --check exits with 6 during a flood only."""
    assert flood.check(link.server) == 0
    with _short_lives(link):
        flood.Syns(link, family, listener.getsockname(), 2).finish()
        assert flood.check(link.server) == flood.EXIT_FLOOD
        _over(link, listener)
        assert flood.check(link.server) == 0


def test_watch(link, books, listener, family, tmp_path):
    """tcplifectl flood --watch prints each alert as it comes."""
    assert flood.check(link.server) == 0
    path = tmp_path / "told"
    with open(path, "w", encoding="ascii") as out:
        stream = link.server.start("tcplifectl", "flood", "--watch", "--json",
                                   stdout=out)
    ends.settle(0.5)

    def told():
        return [flood.from_json(line, link.server.inum)
                for line in path.read_text("ascii").splitlines()]
    with _short_lives(link):
        flood.Syns(link, family, listener.getsockname(), 2).finish()
        assert told()[-1]["state"] == "flood"
        assert told() == flood.alerts_of(link.server, listener)
        _over(link, listener)
    ends.settle(0.5)
    assert hosts.stop(stream) == 0
    assert told() == flood.alerts_of(link.server, listener)


@pytest.mark.parametrize("family", [4])
@pytest.mark.parametrize("begun", [False, True], ids=["before", "during"])
def test_watch_once(link, books, listener, begun):
    """With --once it exits with 6 when there is a flood, or if there is one."""
    with _short_lives(link):
        target = listener.getsockname()
        if begun:
            flood.Syns(link, 4, target, 2).finish()
        stream = link.server.start("tcplifectl", "flood", "--watch", "--once",
                                   "--json", stdout=subprocess.PIPE, text=True)
        ends.settle(0.5)
        if not begun:
            assert stream.poll() is None
            flood.Syns(link, 4, target, 2).finish()
        out, _ = stream.communicate(timeout=60)
        assert stream.returncode == flood.EXIT_FLOOD
        last = flood.from_json(out.splitlines()[-1], link.server.inum)
        assert last["state"] == "flood" and ("seq" in last) != begun, last
        _over(link, listener)


# --- kinds of floods --------------------------------------------------------------

def test_no_cookies(link, spec, books, listener, family):
    """Without cookies SYNs are dropped, and the advice is to switch them on."""
    before = kernel.nstat(link.server)
    with _short_lives(link), link.server.sysctls(tcp_syncookies=0):
        sent = flood.Syns(link, family, listener.getsockname(), 3).finish()
        it = flood.row(link.server, listener)
        grown = _grown(link, before)
        assert it["state"] == "flood" and it["spread"] == "random", it
        assert it["cookies"] == "off" and it["cookies_sent"] == 0, it
        assert it["advice"].startswith("Switch SYN cookies on"), it
        assert it["syns"] == sent["syns"], it
        assert 0 < it["dropped"] == grown["TcpExtListenDrops"], (it, grown)
        assert grown["TcpExtTCPReqQFullDrop"] > 0
        _over(link, listener)
    flood.agreed(link.server, spec)


def test_no_evidence_deferred(link, books, watcher, listener, family):
    """Those who are waited for by TCP_DEFER_ACCEPT have answered."""
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, 30)
    listener.listen(1024)
    callers = _call_many(link, family, listener, 200)
    ends.settle(2)
    shown = [pair for pair in tally.shown(link.server, "syn-recv")
             if pair[0][1] == listener.getsockname()[1]]
    assert len(shown) == 200
    _no_flood(link, watcher, listener, callers)


def test_no_evidence_not_taken(link, books, watcher, listener, family):
    """Those whose last ACK finds the accept queue full have answered, too."""
    listener.listen(1024)
    target = listener.getsockname()[:2]
    first = ends.call(link.client, target, family)
    before = kernel.nstat(link.server)
    with link.delayed(200):
        callers = _call_many(link, family, listener, 200)
        ends.settle(0.25)       # the SYNs have come, and no ACK
        listener.listen(0)
        ends.settle(0.5)
    assert _grown(link, before)["TcpExtListenOverflows"] == 200
    assert _grown(link, before)["TcpExtListenDrops"] == 200
    ends.settle(2)
    _no_flood(link, watcher, listener, callers + [first])


def _call_many(link, family, listener, count):
    """Clients on their way to a listener, within a tenth of a second or so."""
    callers, target = [], listener.getsockname()[:2]
    for _ in range(count):
        caller = link.client.socket(family)
        caller.setblocking(False)
        caller.connect_ex(target)
        callers.append(caller)
    return callers


def _no_flood(link, watcher, listener, callers):
    for _ in range(10):
        assert flood.row(link.server, listener) is None
        ends.settle(0.5)
    assert watcher.told(attribute_set="flood") == []
    for caller in callers:
        ends.reset_at_close(caller)
        caller.close()
    ends.settle()


# --- what a flood leaves alone ----------------------------------------------------

def _good(link, family, listener):
    """A connection that came, sent and went; its ids at both ends."""
    it = ends.connect(link, family, listener=listener)
    it.send("client", b"during")
    it.client.close()
    it.server.close()
    return it


def test_good_connections(link, books, family):
    """Those of before go on, and those made meanwhile are on record in full."""
    sock = _listen(link.server, family, backlog=16)
    old = [ends.connect(link, family, listener=sock) for _ in range(5)]
    before = [pair.server.life() for pair in old]
    with _short_lives(link), \
            flood.going_on(link, family, sock.getsockname()):
        ends.settle(3)
        made = [_good(link, family, sock) for _ in range(30)]
        assert flood.state(link.server, sock) == "flood"
    by_cookie = [p for p in made if "cookie" in p.server.life().flags]
    assert len(by_cookie) > 10      # few found a place in the SYN queue
    for pair in made:
        it = pair.server.life()
        assert it.outcome == "closed" and it.closer == "remote", it
        assert it.path() == \
            "syn_recv established close_wait last_ack close", it
        assert it.owner == "accept" and it.comm, it
        assert it.pid == os.getpid() and it.bytes_received == 6, it
        assert it.listener_id == ends.cookie(sock), it
        it = pair.client.life()
        assert it.outcome == "closed" and it.owner == "connect", it
        assert it.pid == os.getpid() and it.bytes_sent == 6, it
    for pair, was in zip(old, before):
        pair.send("client", b"later")
        it = pair.server.life()
        assert (it.state, it.outcome) == ("established", "open"), it
        assert it.timeline == was.timeline and it.owner == was.owner, it
        pair.client.close()
        pair.server.close()
        it = pair.server.life()
        assert it.outcome == "closed" and it.bytes_received == 5, it
    _over(link, sock)
    for pair in made + old:
        pair.close()


# --- with the module loaded anew --------------------------------------------------

@pytest.fixture
def loads(link):
    """A function that loads the module with parameters, for the test."""
    def load(**parameters):
        assert kernel.unload().returncode == 0
        ends.settle(65)     # nothing of earlier tests is adopted
        done = kernel.load(**parameters)
        assert done.returncode == 0, done.stderr
    yield load
    if kernel.loaded():
        assert kernel.unload().returncode == 0
    assert kernel.load().returncode == 0


def _agree_half_open_history(link, spec, size):
    """Netlink, the reader's rows and the lives themselves add up to the same."""
    rows = tally.netlink(link.server, spec, "half_open_history")
    lives = life.half_open_history(link.server)
    assert tally.total(rows)["count"] == len(lives) == size
    assert {it.outcome for it in lives} == {"half_open_expired"}
    tally.agree_by(rows, "listener", [it.local for it in lives])
    tally.agree_by(rows, "prefix", [tally.prefix(it.remote[0])
                                    for it in lives])
    shown = [json.loads(line) for line in link.server.run(
        "tcplifectl", "halfopen", "--history", "--totals", "--json").splitlines()]
    assert [it["count"] for it in shown] == [row["count"] for row in rows]
    assert [it["by"] for it in shown] == [row["by"] for row in rows]


@pytest.mark.reloads
def test_spares_history(link, spec, loads, family):
    """A flood that fills its own history leaves the other, and memory, alone."""
    loads(half_open_history=64, history=128)
    sock = _listen(link.server, family, backlog=4096)
    good = [_good(link, family, sock) for _ in range(50)]
    kept = {pair.server.id for pair in good}
    before = life.summary(link.server)
    with link.server.sysctls(tcp_synack_retries=0):
        syns = flood.Syns(link, family, sock.getsockname(), 4)
        ends.settle(2)
        during = life.summary(link.server)
        sent = syns.finish()
        _over(link, sock)
    after = life.summary(link.server)
    assert before["memory_bytes"] == during["memory_bytes"] == \
        after["memory_bytes"]
    assert kept <= {it.id for it in life.history(link.server)}
    assert after["half_open_history"] == 64
    assert after["half_open_failed"] - before["half_open_failed"] == \
        after["half_open_begun"] - before["half_open_begun"] == sent["syns"]
    assert after["half_open"] == 0 and sent["syns"] > 64
    _agree_half_open_history(link, spec, 64)
    for pair in good:
        pair.close()
    sock.close()


@pytest.mark.reloads
def test_beyond_the_cap(link, spec, loads, family):
    """More half-open connections than there is room for: lost is counted."""
    loads(max_lives=64)
    sock = _listen(link.server, family, backlog=4096)
    before = life.summary(link.server)
    with _short_lives(link):
        sent = flood.Syns(link, family, sock.getsockname(), 8).finish()
        during = life.summary(link.server)
        it = flood.row(link.server, sock)
        assert it.get("completion_ratio", 0) == 0 and it["floods"] == 1, it
        assert it["syns"] == sent["syns"] and it["dropped"] == 0, it
        assert flood.state(link.server, sock) == "flood"
        assert during["live"] <= 64 and during["lives_allocated"] <= 64
        assert during["memory_bytes"] == before["memory_bytes"]
        assert during["lost"] == sent["syns"] - \
            during["half_open_begun"] > 0, during
        connection = ends.connect(link, family)     # there is room for it
        assert connection.server.life().state == "established"
        connection.close()
        _over(link, sock)
    states = flood.run_of(flood.alerts_of(link.server, sock))
    assert states.count("flood") == 1 and states[-1] == "quiet", states
    flood.agreed(link.server, spec)
    sock.close()


@pytest.mark.reloads
def test_more_listeners_than_room(link, loads, family):
    """20 sockets where 16 fit: four are not on record, and work as ever."""
    loads(max_listeners=16)
    assert life.summary(link.server)["listeners"] == 0
    socks = [_listen(link.server, family) for _ in range(20)]
    totals = life.summary(link.server)
    assert totals["listeners"] == 16
    assert totals["listeners_unrecorded"] == 4
    made = [ends.connect(link, family, listener=sock) for sock in socks]
    ids = {int(line.split(" ")[0]) for line in link.server.read(
        f"{life.PROC}listeners").splitlines()[1:]}
    assert ids == {ends.cookie(sock) for sock in socks[:16]}
    for sock, pair in zip(socks, made):
        it, number = pair.server.life(), ends.cookie(sock)
        assert it.state == "established" and it.owner == "accept", it
        assert it.listener_id == (number if number in ids else None), it
        pair.client.close()
        pair.server.close()
    before, base = kernel.nstat(link.server), life.summary(link.server)
    with _short_lives(link):
        flood.Syns(link, family, socks[19].getsockname(), 2).finish()
        with link.server.sysctls(tcp_syncookies=2):
            flood.Syns(link, family, socks[18].getsockname(), 1).finish()
        ends.settle(10)
    totals, after = life.summary(link.server), kernel.nstat(link.server)
    assert totals["listeners_unrecorded"] == 4, totals
    sent = after["TcpExtSyncookiesSent"] - before["TcpExtSyncookiesSent"]
    assert totals["syncookies_sent"] - base["syncookies_sent"] == sent > 100
    assert totals["syns_dropped_other"] == base["syns_dropped_other"]
    for sock in socks:
        sock.close()


# --- what goes away while a flood goes on ------------------------------------------

@pytest.mark.reloads
def test_unloaded(link, loads, listener, family):
    """The module goes and comes while a flood goes on, and finds it again."""
    with _short_lives(link), \
            flood.going_on(link, family, listener.getsockname()):
        for _ in range(3):
            ends.settle(3)
            assert flood.state(link.server, listener) == "flood"
            assert kernel.unload().returncode == 0
            assert kernel.load().returncode == 0
            life.summary(link.server)
    _over(link, listener)


def _far_host(link):
    """A host behind the middle that is to be deleted."""
    host = hosts.Host("tl-flooded")
    for words in (
            "link add gone netns tl-flooded address 02:00:00:00:07:01 type "
            "veth peer name witness netns tl-middle",
            "-netns tl-flooded address add 10.7.0.1/24 dev gone",
            "-netns tl-flooded address add fd00:7::1/64 dev gone nodad",
            "-netns tl-flooded link set gone up",
            "-netns tl-middle address add 10.7.0.254/24 dev witness",
            "-netns tl-middle address add fd00:7::fe/64 dev witness nodad",
            "-netns tl-middle link set witness up",
            "-netns tl-flooded route add default via 10.7.0.254",
            "-netns tl-flooded -6 route add default via fd00:7::fe"):
        hosts.run("ip", *words.split())
    return host


def test_namespace_deleted(link, spec, books, family):
    """A namespace goes while it is flooded; the others notice nothing."""
    before = flood.proc(link.server)[1], life.summary(link.server)
    for _ in range(3):
        host = _far_host(link)
        sock = _listen(host, family, address={
            4: "10.7.0.1", 6: "fd00:7::1"}[family])
        syns = flood.Syns(link, family, sock.getsockname(), 60,
                          device="witness", mac="02:00:00:00:07:01")
        ends.settle(3)
        assert flood.state(host, sock) == "flood"
        assert flood.proc(host)[1][0]["seq"] == 1
        sock.close()
        host.close()
        for _ in range(600):
            if "witness" not in link.middle.run("ip", "-brief", "link"):
                break
            ends.settle()
        else:
            raise AssertionError("it does not go")
        syns.stop()
    # All namespaces share the ring of alerts: the oldest may have gone.
    kept, after = flood.proc(link.server)[1], life.summary(link.server)
    assert kept == before[0][len(before[0]) - len(kept):]
    for name in ("floods", "alerts", "syns_received", "listeners"):
        assert after[name] == before[1][name], name
