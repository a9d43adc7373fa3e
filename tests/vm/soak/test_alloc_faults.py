# SPDX-License-Identifier: GPL-2.0
"""Connections while one allocation of ten that the module asks for fails.

For a debug kernel, which can do that.  AMOUNT: how many connections.  The traffic is not
touched, and what is not told for want of memory is counted: by the module, and by one
that is told and counts the numbers that it misses.  Readers may be refused; none may
crash.
"""
import os
import time

import pytest

import genl
import kernel
import life
import soaking

MADE = soaking.amount(1000)
ONCE = 250      # connections of a storm
CROWD = ("cat /proc/tcplife/summary /proc/tcplife/connections /proc/tcplife/history "
         "/proc/tcplife/timewait /proc/tcplife/health", "tcplifectl list --json",
         "tcplifectl history --half-open", "tcplifectl summary")

pytestmark = pytest.mark.skipif(not os.path.exists("/sys/kernel/debug/failslab"),
                                reason="this kernel makes no allocation fail")


def _take(listening, numbers):
    """Note the numbers that were told since the last time."""
    numbers += [row["seq"] for row in listening.told(timeout=0.2)]


def _crowd(start, failed):
    """Everything is read over and over, after the storm's turn; one that ends by a signal
    leaves a line.
    """
    for command in CROWD:
        start("nice", "sh", "-c", f"while :; do {command} >/dev/null 2>&1; s=$?; "
              f"[ $s -lt 128 ] || echo {command} $s >>{failed}; sleep 0.2; done")


def _read_summary(host):
    """The totals, however often it takes to have the memory for them."""
    for _ in range(1000):
        try:
            return life.summary(host)
        except OSError:
            pass
    raise AssertionError("the summary cannot be read")


@pytest.fixture
def faults():
    """Faults where the module asks; none after the test."""
    the_faults = soaking.Faults(probability=0)
    yield the_faults
    the_faults.stop()


def test_alloc_faults(host, storm, load, start, spec, tmp_path, faults):
    """The books balance all the while, and are right at the end."""
    failed = tmp_path / "failed"
    load(history=1024)
    with host.inside():
        listening = genl.Client(spec, receive_bytes=16 << 20)
    listening.join()
    before, numbers = kernel.nstat(host), []
    made, storms = 0, [["reset"], [], ["ipv6"], ["ipv6", "reset"]]
    with soaking.Warnings() as warnings:
        for which in ("failslab", "fail_page_alloc"):
            faults.set(which, {"probability": 10})
        _crowd(start, failed)
        while made < MADE:
            storms.append(storms.pop(0))
            each = min(ONCE, MADE - made)
            made += each
            process = start(storm, str(each), *storms[-1])
            while process.poll() is None:
                _read_summary(host)
                _take(listening, numbers)
                warnings.judge()
                time.sleep(0.1)
            assert process.returncode == 0, "a connection failed"
        soaking.wait_for(lambda: not _read_summary(host)["events_pending"],
                         "all is told")
        faults.stop()
        start.stop()
    assert not failed.exists(), failed.read_text()
    after = kernel.nstat(host)
    for _ in range(5):      # a TIME_WAIT may end between the two
        totals = life.summary(host)
        _take(listening, numbers)
        if len(numbers) == totals["events_sent"]:
            break
    for ours, theirs in (("opened_active", "TcpActiveOpens"),
                         ("opened_passive", "TcpPassiveOpens")):
        assert totals[ours] == after[theirs] - before[theirs] == made
    assert totals["lost"] == 0
    missed = totals["events_told"] - len(numbers)
    print(f"\nevents told {totals['events_told']}, lost {totals['events_lost']}, "
          f"unheard {totals['events_unheard']}; warnings: {warnings.seen}")
    assert numbers == sorted(set(numbers))
    assert len(numbers) == totals["events_sent"]
    assert missed == totals["events_lost"] > 0 and totals["events_unheard"] == 0
    listening.close()
    soaking.done(made, "connections")
