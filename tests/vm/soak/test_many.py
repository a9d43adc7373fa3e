# SPDX-License-Identifier: GPL-2.0
"""Many connections, some pairs of ends at once, half of IPv4 and half of IPv6.

AMOUNT: how many connections; PAIRS: how many at once.  On a debug kernel its checkers
look on, which scripts/vm asks at the end.
"""
import os
import signal
import subprocess
import time

import kernel
import life
import processes
import soaking

MADE = soaking.amount(1000)
PAIRS = int(os.environ.get("PAIRS", "2"))


def _recorder(start, path):
    """A reader that writes all it is told."""
    with open(f"{path}.err", "wb") as err:
        process = start("tcplifectl", "stream", "--strict", "--write", path, stderr=err)
    processes.wait_to_listen(process)
    return process


def _finish(recorder, host, path):
    """Stop it when it has all; the ids of the lives that were told as over."""
    soaking.wait_for(lambda: not life.summary(host)["events_pending"], "all is told")
    time.sleep(1)
    recorder.send_signal(signal.SIGINT)
    with open(f"{path}.err", encoding="utf-8") as err:
        assert recorder.wait(60) == 0, err.read()
    text = subprocess.run(
        ["tcplifectl", "stream", "--strict", "--json", "--replay", path], check=True,
        text=True, stdout=subprocess.PIPE).stdout
    return [line.split('"id":', 1)[1].split(",", 1)[0] for line in text.splitlines()]


def test_many(host, storm, load, start, tmp_path):
    """Each is on record once at either end, and the kernel counts as many."""
    load(history=4096)
    each = max(1, MADE // PAIRS // 2)
    made = 2 * PAIRS * each
    before, path = kernel.nstat(host), str(tmp_path / "raw")
    recorder = _recorder(start, path)
    for words in ("", "ipv6"):
        storms = [start(storm, str(each), *words.split(),
                        *["reset"] * (number % 2)) for number in range(PAIRS)]
        while any(process.poll() is None for process in storms):
            life.summary(host)
            time.sleep(1)
        assert [process.returncode for process in storms] == [0] * PAIRS
    after, totals = kernel.nstat(host), life.summary(host)
    for ours, theirs in (("opened_active", "TcpActiveOpens"),
                         ("opened_passive", "TcpPassiveOpens")):
        assert totals[ours] == after[theirs] - before[theirs] == made
    assert totals["established"] == 2 * made and totals["lost"] == 0
    assert totals["events_lost"] == 0
    ids = _finish(recorder, host, path)
    assert len(ids) == len(set(ids)) == 2 * made
    assert life.health(host)[0]["healthy"] == "yes"
    soaking.done(made, "connections")
