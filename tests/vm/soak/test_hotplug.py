# SPDX-License-Identifier: GPL-2.0
"""CPUs go and come back under traffic: what they counted stays counted.

Run it with scripts/vm --turns --smp 4 (or 2).  AMOUNT: how often a CPU goes and comes
back.  With an even SEED nobody reads meanwhile.
"""
import glob
import re
import subprocess
import time

import kernel
import life
import soaking

CYCLES = soaking.amount(10)
CPU = "/sys/devices/system/cpu/cpu{}/online"


def _switch(number, on):
    """Take a CPU away, or back."""
    with open(CPU.format(number), "w", encoding="ascii") as file:
        file.write(str(int(on)))


def _quiet(host):
    """The totals while there is no traffic; health of the hooks goes on."""
    return {name: value for name, value in life.summary(host).items()
            if not name.startswith(("uptime", "time_wait", "live", "closed"))}


def test_hotplug(host, storm, load, start, tmp_path):
    """All is counted as the kernel counts it, and a CPU's going changes no sum."""
    dice, stop = soaking.dice(), tmp_path / "stop"
    cpus = sorted(int(re.search(r"cpu(\d+)/", path)[1])
                  for path in glob.glob(CPU.format("[0-9]*")))
    host.set_sysctl("tcp_max_tw_buckets", 4000)
    load()
    before, theirs_before = life.summary(host), kernel.nstat(host)
    if soaking.SEED % 2:
        start("tcplifectl", "stream", "--json", stdout=subprocess.DEVNULL)
    traffic = [start("sh", "-c", f"while [ ! -e {stop} ]; do {storm} 100 {words} || "
                     "exit; done")
               for words in ("", "ipv6", "reset")]
    gone = set()
    for _ in range(2 * CYCLES):
        number = dice.choice(cpus)
        _switch(number, number in gone)
        gone ^= {number}
        time.sleep(dice.uniform(0, 0.1))
        life.summary(host)
        assert [process.poll() for process in traffic] == [None] * 3, \
            "the traffic stopped: a connection failed"
    stop.touch()
    assert [process.wait(120) for process in traffic] == [0] * 3
    totals, theirs = life.summary(host), kernel.nstat(host)
    for ours, name in (("opened_active", "TcpActiveOpens"),
                       ("opened_passive", "TcpPassiveOpens")):
        assert totals[ours] - before[ours] == theirs[name] - theirs_before[name] > 0
    assert totals["lost"] == totals["events_lost"] == 0
    # what ends goes into the history
    soaking.wait_for(lambda: not life.summary(host)["time_wait"], "TIME_WAIT is over",
                     120)
    soaking.wait_for(lambda: not life.summary(host)["events_pending"], "all is told")
    quiet = _quiet(host)
    for number in cpus:
        for on in (False, True):
            if (number in gone) is on:
                _switch(number, on)
                gone ^= {number}
            assert _quiet(host) == quiet
    assert life.health(host)[0]["healthy"] == "yes"
    soaking.done(CYCLES, "cycles")
