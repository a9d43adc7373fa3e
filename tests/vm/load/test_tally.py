# SPDX-License-Identifier: GPL-2.0
"""Fifty thousand connections in TIME_WAIT: each is counted, however it is read."""
import threading
import time

import genl
import kernel
import life
import tally

WAITING = 50_000


def _same(host, spec):
    """The rows of all sources, and the kernel's count, with none ending."""
    def read():
        return (tally.timewait(host), tally.netlink(host, spec, "time_wait"),
                life.summary(host))
    return tally.quiet(host, read)


def test_fifty_thousand(host, storm, load, start):
    """As many as sockstat has, and all read while others come."""
    load(max_lives=4 * WAITING)
    host.set_sysctl("tcp_tw_reuse", 0)
    spec = genl.Spec()
    begun_at = time.monotonic()
    storms = [start(storm, str(WAITING // 2)) for _ in range(2)]
    assert [process.wait() for process in storms] == [0, 0]
    took_s = time.monotonic() - begun_at
    assert took_s < 55, "the first ones may have ended"
    (rows, netlink, totals), tw = _same(host, spec)
    count = tally.total(rows)["count"]
    # Where both ends closed at once, both are in TIME_WAIT.
    assert count == totals["time_wait"] >= WAITING
    assert count + tally.total(rows)["fin_wait2"] == tw
    assert sum(tally.ages(rows)) == count
    assert len(rows) == len(netlink) == 1 + 13 + 2 * tally.TOP
    # One of 16 addresses after the other, so as many towards each of both storms.
    assert set(tally.counts(rows, "remote").values()) <= {
        WAITING // 32, WAITING // 32 + 1}


def test_read_under_churn(host, storm, load, start):
    """Readings go on while connections come: the total never falls."""
    load(max_lives=4 * WAITING)
    host.set_sysctl("tcp_tw_reuse", 0)
    churn = start(storm, "20000")
    seen, done = [], []

    def read():
        with host.inside():
            while not done:
                seen.append(tally.total(tally.timewait(host))["count"])
    reader = threading.Thread(target=read)
    reader.start()
    assert churn.wait() == 0
    done.append(True)
    reader.join()
    assert seen == sorted(seen) and len(seen) > 3
    assert tally.total(tally.timewait(host))["count"] == \
        kernel.time_waits(host) >= 20_000
