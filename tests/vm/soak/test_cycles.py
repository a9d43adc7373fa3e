# SPDX-License-Identifier: GPL-2.0
"""The module comes and goes, over and over, under traffic, a reader and a flood.

Run it with scripts/vm --turns --smp 2.  AMOUNT: how many times.
"""
import time

import life
import soaking

CYCLES = soaking.amount(10)
WAITING = 4000  # so many in TIME_WAIT that a load takes over, and no more
DRIFT_KIB = 1024


def _rounds(start, command, failed):
    """A command over and over; each end by a signal leaves a line in FAILED."""
    return start("nice", "sh", "-c", f"while :; do {command}; s=$?; "
                 f"[ $s -lt 128 ] || echo {command.split()[0]} $s >>{failed}; done")


def _cycle(host, load, dice):
    """Load, let it record for a while, unload.  Return: what it saw."""
    load()
    time.sleep(dice.uniform(0, 0.2))
    totals = life.summary(host)
    soaking.try_to_unload()
    return totals


def test_cycles(host, storm, load, start, flooded, spec, tmp_path):
    """The traffic never notices, and nothing is left of it."""
    dice, failed = soaking.dice(), tmp_path / "failed"
    host.set_sysctl("tcp_max_tw_buckets", WAITING)
    for _ in range(2):
        _cycle(host, load, dice)
    before = soaking.meminfo()
    traffic = [start("nice", "sh", "-c", f"while {storm} 200 {words}; do :; done")
               for words in ("", "ipv6")]
    _rounds(start, "tcplifectl stream --json >/dev/null 2>&1", failed)
    _rounds(start, "hping3 --quiet --syn --rand-source --interval u2000 --count 1000 "
            f"--destport {flooded.port} {flooded.address} >/dev/null 2>&1", failed)
    seen = []
    for _ in range(CYCLES):
        seen.append(_cycle(host, load, dice))
        left = soaking.leftovers(spec)
        assert not left
    assert [process.poll() for process in traffic] == [None] * 2, \
        "the traffic stopped: a connection failed"
    assert not failed.exists(), failed.read_text()
    for name in ("opened", "adopted", "half_open_begun"):
        assert sum(totals[name] for totals in seen) > 0, f"no {name} in any"
    assert sum(totals["lost"] for totals in seen) == 0
    start.stop()
    host.set_sysctl("tcp_max_tw_buckets", 0)
    soaking.wait_for(lambda: not host.run("ss", "-taH").count("SYN-RECV"),
                     "the half-open connections have ended")
    drift = soaking.drift(before, soaking.meminfo())
    print("\nmemory, in KiB:", drift)
    assert drift["VmallocUsed"] < DRIFT_KIB, drift
    soaking.done(CYCLES, "cycles")
