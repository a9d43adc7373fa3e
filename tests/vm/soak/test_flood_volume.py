# SPDX-License-Identifier: GPL-2.0
"""SYN floods of any length: memory stands, each SYN is counted, good clients are on record.

AMOUNT SYNs in four parts: IPv4 and IPv6, with SYN cookies and, without, with more half
open than there is room on record for.
"""
import contextlib

import pytest

import ends
import flood
import genl
import kernel
import life
import sizes
import soaking

AMOUNT = soaking.amount(20_000)
RATE = 20_000           # a second of the guest's
PARAMETERS = {"max_lives": 1000, "history": 16384, "half_open_history": 256,
              "event_queue": 1024, "max_listeners": 64}
EMBRYONIC = 750         # three quarters: what the half-open may take
NETWORK = {4: "10.16.0.0/12", 6: "fd00:9::/32"}
BACKLOG = {"cookies": 64, "drops": 2048}


@pytest.fixture(scope="module", autouse=True)
def program(in_memory):
    """The program that sends SYNs is there."""
    flood.build()


@pytest.fixture
def sink(link):
    """Answers to what is forged vanish."""
    link.middle.run("ip", "route", "add", "blackhole", NETWORK[4])
    yield
    link.middle.run("ip", "route", "del", "blackhole", NETWORK[4])


@contextlib.contextmanager
def _way(link, way):
    """With cookies, or without them: then only those who were here before get in."""
    with link.server.sysctls(tcp_syncookies=int(way == "cookies"),
                             tcp_max_syn_backlog=BACKLOG[way],
                             tcp_synack_retries=1):
        yield


def _good(link, family, listener):
    """A connection that came, sent and went; both ends' ids."""
    it = ends.connect(link, family, listener=listener)
    it.send("client", b"during")
    it.client.close()
    it.server.close()
    return it.client.id, it.server.id


def _check_memory(link, most):
    totals = life.summary(link.server)
    assert totals["memory_bytes"] == most, totals
    assert totals["lives_allocated"] == PARAMETERS["max_lives"]
    assert totals["half_open"] <= EMBRYONIC and totals["live"] <= \
        PARAMETERS["max_lives"], totals


def _check_whole(host, ids):
    """Each of these is on record once, from its beginning or from ESTABLISHED on."""
    found = {it.id: it for it in life.history(host) + life.live(host)
             if it.id in ids}
    assert set(found) == set(ids)
    for it in found.values():
        assert it.outcome == "closed" and it.times("established"), it
        assert {it.bytes_sent, it.bytes_received} == {0, len(b"during")}, it


def _grown(link, before):
    totals, counters = life.summary(link.server), kernel.nstat(link.server)
    return {name: value - before.get(name, 0)
            for name, value in {**totals, **counters}.items()}


def _check_counts(grown, sent, good, way):
    """Every SYN is one of these, and the kernel counts the same."""
    assert grown["syns_received"] == sent + good, grown
    assert grown["syncookies_sent"] == grown["TcpExtSyncookiesSent"]
    dropped = grown["syns_dropped_syn_queue"] + grown["syns_dropped_other"] + \
        grown["syns_dropped_accept_queue"]
    assert dropped == grown["TcpExtListenDrops"], grown
    assert grown["syns_dropped_syn_queue"] == grown["TcpExtTCPReqQFullDrop"]
    lost = grown["lost"] + grown["recovered"]
    # Who comes back with a cookie is half open for the time of that ACK.
    in_queue = grown["half_open_begun"] - grown["syncookies_validated"]
    assert in_queue + lost + dropped + grown["syncookies_sent"] == sent + good, \
        grown
    assert grown["TcpPassiveOpens"] == good == \
        grown["half_open_established"] + grown["recovered"], grown
    if way == "cookies":
        assert grown["syncookies_sent"] > sent * 0.9 and not lost, grown
    else:
        assert grown["syncookies_sent"] == 0 and lost, grown
        assert sent < 10_000 or dropped, grown


def _flood(link, family, way, count, most):
    """One part of it; how many good connections there were."""
    sock = ends.listen(link.server, family, backlog=BACKLOG[way])
    before_ids = [_good(link, family, sock) for _ in range(2)]
    ends.settle(1)
    before = {**life.summary(link.server), **kernel.nstat(link.server)}
    syns = flood.Syns(link, family, sock.getsockname(), count / RATE, rate=RATE,
                      sources=NETWORK[family], seed=soaking.SEED)
    ids = []
    while syns.sending():
        ids.append(_good(link, family, sock))
        _check_memory(link, most)
    sent = syns.finish()["syns"]
    assert sent == count
    _check_memory(link, most)
    ends.settle(20)         # all half-open ones are given up
    _check_memory(link, most)
    grown = _grown(link, before)
    assert life.summary(link.server)["half_open"] == 0
    _check_counts(grown, sent, len(ids), way)
    for host, which in ((link.client, 0), (link.server, 1)):
        _check_whole(host, [pair[which] for pair in before_ids + ids])
    print(f"IPv{family}, {way}: {sent} SYNs, {len(ids)} good connections, " +
          " ".join(f"{name} {grown[name]}" for name in
                   ("syncookies_sent", "half_open_begun", "lost", "recovered",
                    "TcpExtListenDrops")))
    sock.close()
    return sent, len(ids)


def test_flood(link, spec, sink, loads):
    """The four parts, one after the other, on one load of the module."""
    ends.settle(70)
    loads(**PARAMETERS)
    most = sizes.expected(PARAMETERS, PARAMETERS["max_lives"])
    sent = good = 0
    for family in (4, 6):
        for way in BACKLOG:
            with _way(link, way):
                parts = _flood(link, family, way, AMOUNT // 4, most)
            sent, good = sent + parts[0], good + parts[1]
    assert good > 4
    with link.server.inside():
        client = genl.Client(spec)
    assert client.summary()["memory_bytes"] == most
    client.close()
    soaking.done(sent, "SYNs")
