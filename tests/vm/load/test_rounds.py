# SPDX-License-Identifier: GPL-2.0
"""Load, traffic of all kinds with everything being read, unload, and again.

Run it with scripts/vm --turns --smp 2: the module comes and goes under traffic.

It is the test of the PREEMPT_RT kernels, whose spinlocks sleep.  Debian builds
them without CONFIG_DEBUG_ATOMIC_SLEEP, so a hook that takes a sleeping lock and
finds it free goes unnoticed.  But schedule() itself says "BUG: scheduling while
atomic" on every kernel: no hook had to wait for such a lock, or slept, while it
may not.  Hence two CPUs, everything at once, and several rounds.  scripts/vm
looks for that line, and for any other BUG or WARNING.
"""
import os
import signal
import subprocess
import time

import pytest

import hosts
import kernel
import life

ROUNDS = 3 if kernel.IS_RT else 2
STORM = 500
READINGS = ("cat /proc/tcplife/summary /proc/tcplife/connections "
            "/proc/tcplife/history /proc/tcplife/health",
            "tcplifectl list --json && tcplifectl history --json && "
            "tcplifectl history --half-open --json && tcplifectl summary")


@pytest.fixture
def traffic(storm, start):
    """Connections on a host of its own that come and go all the while."""
    other = hosts.Host("tl-traffic")
    with other.inside():
        loops = [start("sh", "-c", f"while {storm} 200 {words}; do :; done")
                 for words in ("", "ipv6", "reset")]
    yield loops
    for process in loops:
        _stop(process)
    other.close()


def _stop(process):
    """End a command and what it started."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _start_readers(start):
    """Everything is read, over and over, and the stream is followed."""
    loops = [start("sh", "-c", f"while {{ {command}; }} >/dev/null; do :; done")
             for command in READINGS]
    return [*loops, start("tcplifectl", "stream", "--json",
                          stdout=subprocess.DEVNULL)]


def _start_storms(storm, start, flooded):
    """Connections that are closed or reset, and SYNs that nobody sent."""
    return [
        start(storm, str(STORM)), start(storm, str(STORM), "ipv6"),
        start(storm, str(STORM), "reset"),
        start(storm, str(STORM), "ipv6", "reset"),
        start("hping3", "--quiet", "--syn", "--rand-source", "--interval",
              "u200", "--count", str(flooded.backlog), "--destport",
              str(flooded.port), flooded.address,
              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)]


def _round(host, storm, start, flooded):
    """What is counted while all this goes on."""
    readers = _start_readers(start)
    before, theirs_before = life.summary(host), kernel.nstat(host)
    storms = _start_storms(storm, start, flooded)
    while any(process.poll() is None for process in storms):
        life.summary(host)
        time.sleep(0.2)
    assert [process.returncode for process in storms[:4]] == [0] * 4
    after, theirs = life.summary(host), kernel.nstat(host)
    assert [process.poll() for process in readers] == [None] * 3, \
        "a reader gave up"
    for process in readers:
        _stop(process)

    def counted(name):
        return after[name] - before[name]
    for ours, name in (("opened_active", "TcpActiveOpens"),
                       ("half_open_established", "TcpPassiveOpens")):
        assert counted(ours) == theirs[name] - theirs_before[name] == 4 * STORM
    # Some of the random addresses are none that can send.
    assert counted("half_open_begun") >= 4 * STORM + flooded.backlog // 2
    # One end of each, or both if its FINs crossed.
    assert 2 * STORM <= counted("time_wait_begun") <= 4 * STORM
    assert after["lost"] == 0


def test_rounds(host, storm, load, start, flooded, traffic):
    """The books balance all the while, and nothing is left behind."""
    for _ in range(ROUNDS):
        load()
        _round(host, storm, start, flooded)
        assert kernel.unload().returncode == 0
        assert not os.path.lexists("/proc/tcplife")
    assert [process.poll() for process in traffic] == [None] * 3, \
        "the traffic stopped: a connection failed"
