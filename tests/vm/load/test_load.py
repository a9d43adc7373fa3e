# SPDX-License-Identifier: GPL-2.0
"""Many connections on two CPUs: nothing is missing.

Witnesses: the number of connections made, and the kernel's own ActiveOpens and
PassiveOpens.  life.summary() asserts at each reading that the books balance.
"""
import json
import os
import random
import signal
import subprocess
import threading
import time

import genl
import kernel
import life
import processes
import tally

MADE = 100_000
CLOSED_AT_ONCE = 8000
HELD = 50_000
WAITING = 50_000


class Stream:
    """A reader that streams JSON to a file."""

    def __init__(self, start, folder, *options):
        self.out, self.err = folder / "out", folder / "err"
        with open(self.out, "wb") as out, open(self.err, "wb") as err:
            self.process = start("tcplifectl", "stream", "--json", *options,
                                 stdout=out, stderr=err)
        processes.wait_to_listen(self.process)

    def stop(self):
        """Stop it when it has written nothing more for a while."""
        size = -1
        while self.out.stat().st_size != size:
            size = self.out.stat().st_size
            time.sleep(2)
        self.process.send_signal(signal.SIGINT)
        assert self.process.wait(60) == 0, self.err.read_text()

    def finish(self):
        """Stop it: what it told."""
        self.stop()
        return [json.loads(line) for line in self.out.read_text().splitlines()]


def test_hundred_thousand(host, storm, load, start, tmp_path):
    """Every connection made is told, at both ends, while two CPUs make them."""
    load(history=2 * MADE, max_lives=4 * MADE)
    before = kernel.nstat(host)
    reader = Stream(start, tmp_path, "--strict")
    storms = [start(storm, str(MADE // 2)) for _ in range(2)]
    while any(process.poll() is None for process in storms):
        life.summary(host)
        time.sleep(0.5)
    assert [process.returncode for process in storms] == [0, 0]
    after, totals = kernel.nstat(host), life.summary(host)
    for ours, theirs in (("opened_active", "TcpActiveOpens"),
                         ("opened_passive", "TcpPassiveOpens")):
        assert totals[ours] == after[theirs] - before[theirs] == MADE
    assert totals["established"] == 2 * MADE and totals["lost"] == 0
    lives = reader.finish()
    assert len(lives) == len({it["id"] for it in lives}) == 2 * MADE
    ends = {(it["local_addr"], it["local_port"],
             it["remote_addr"], it["remote_port"]) for it in lives}
    assert all((r, rp, l, lp) in ends for l, lp, r, rp in ends)
    assert {it["outcome"] for it in lives} == {"closed"}
    assert {(it["bytes_sent"], it["bytes_received"])
            for it in lives} == {(1, 1)}
    assert all(sum(it["states"].values()) == it["duration_us"]
               for it in lives)


def test_all_closed_at_once(host, storm, load, start, tmp_path):
    """Many are open at once and closed at once: each end is told."""
    load()
    reader = Stream(start, tmp_path, "--strict")
    held = start(storm, str(CLOSED_AT_ONCE), "hold", stdout=subprocess.PIPE)
    assert held.stdout.readline() == b"holding\n"
    assert life.summary(host)["live"] == 2 * CLOSED_AT_ONCE
    held.terminate()
    held.wait()
    lives = reader.finish()
    assert len(lives) == len({it["id"] for it in lives}) == 2 * CLOSED_AT_ONCE
    totals = life.summary(host)
    assert totals["established"] == 2 * CLOSED_AT_ONCE
    assert totals["lost"] == 0


def test_overrun_is_repaired(host, storm, load, start, tmp_path):
    """A reader that was stopped too long says what it missed, and tells it."""
    load(history=65536)
    count = 5000
    reader = Stream(start, tmp_path, "--buffer", "65536")
    reader.process.send_signal(signal.SIGSTOP)
    assert start(storm, str(count)).wait() == 0
    time.sleep(1)
    reader.process.send_signal(signal.SIGCONT)
    lives = reader.finish()
    said = reader.err.read_text()
    assert len({it["id"] for it in lives}) == len(lives) == 2 * count, said
    assert "recovered" in said, said
    life.summary(host)


def _read_in_pieces(path):
    """The text of a file that is read at the pace of a slow reader."""
    pieces = []
    descriptor = os.open(path, os.O_RDONLY)
    while piece := os.read(descriptor, random.choice((100, 1000, 4096, 65536))):
        pieces.append(piece)
    os.close(descriptor)
    return b"".join(pieces).decode()


def test_hundred_thousand_open(host, storm, load, start):
    """The lists are whole with as many open, read in pieces, under churn."""
    load(max_lives=4 * HELD)
    held = start(storm, str(HELD), "hold", stdout=subprocess.PIPE)
    assert held.stdout.readline() == b"holding\n"
    assert life.summary(host)["live"] == 2 * HELD
    ids = {it.id for it in life.live(host)}
    assert len(ids) == 2 * HELD
    churn = start(storm, "3000")
    text = _read_in_pieces("/proc/tcplife/connections")
    assert churn.wait() == 0
    seen = [int(line.split(" ", 1)[0]) for line in text.splitlines()[1:]]
    assert len(set(seen)) == len(seen), "a connection twice"
    assert ids <= set(seen), "a connection is missing"
    listed = host.run("tcplifectl", "list", "--json", "--state", "established")
    assert {int(json.loads(line)["id"]) for line in listed.splitlines()} == ids


def _same_tally(host, spec):
    """The rows of all sources, and the kernel's count, with none ending."""
    def read():
        return (tally.timewait(host), tally.netlink(host, spec, "time_wait"),
                life.summary(host))
    return tally.quiet(host, read)


def test_fifty_thousand_in_time_wait(host, storm, load, start):
    """As many as sockstat has, and all read while others come."""
    load(max_lives=4 * WAITING)
    host.set_sysctl("tcp_tw_reuse", 0)
    spec = genl.Spec()
    begun_at = time.monotonic()
    storms = [start(storm, str(WAITING // 2)) for _ in range(2)]
    assert [process.wait() for process in storms] == [0, 0]
    took_s = time.monotonic() - begun_at
    assert took_s < 55, "the first ones may have ended"
    (rows, netlink, totals), tw = _same_tally(host, spec)
    count = tally.total(rows)["count"]
    # Where both ends closed at once, both are in TIME_WAIT.
    assert count == totals["time_wait"] >= WAITING
    assert count + tally.total(rows)["fin_wait2"] == tw
    assert sum(tally.ages(rows)) == count
    assert len(rows) == len(netlink) == 1 + 13 + 2 * tally.TOP
    # One of 16 addresses after the other, so as many towards each of both storms.
    assert set(tally.counts(rows, "remote").values()) <= {
        WAITING // 32, WAITING // 32 + 1}


def test_tally_under_churn(host, storm, load, start):
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
