# SPDX-License-Identifier: GPL-2.0
"""A crowd of readers, each over and over, while connections come and go, in a flood.

Run it with scripts/vm --turns --smp 2.  AMOUNT: readings of all of them together.  Each
reading must succeed: nothing there is only for one reader at a time.
"""
import os
import time

import kernel
import life
import soaking

AMOUNT = soaking.amount(500)
READERS = 32
COMMANDS = ("cat /proc/tcplife/connections", "cat /proc/tcplife/history",
            "cat /proc/tcplife/halfopen /proc/tcplife/timewait",
            "cat /proc/tcplife/listeners /proc/tcplife/flood /proc/tcplife/health",
            "cat /proc/tcplife/summary", "tcplifectl list --json",
            "tcplifectl history --json", "tcplifectl summary")


def _readings(paths):
    """How many there were: each leaves a byte."""
    return sum(os.path.getsize(path) for path in paths if os.path.exists(path))


def test_crowd(host, storm, load, start, flooded, tmp_path):
    """All of them get on, and all is counted as the kernel counts it."""
    stop = tmp_path / "stop"
    host.set_sysctl("tcp_max_tw_buckets", 1000)
    host.set_sysctl("tcp_synack_retries", 5)    # who connects may have to wait its turn
    load(history=1000)
    before, theirs_before = life.summary(host), kernel.nstat(host)
    traffic = [start("sh", "-c", f"while [ ! -e {stop} ]; do {storm} 100 {words} || "
                     "exit; done") for words in ("", "ipv6 reset")]
    start("nice", "hping3", "--quiet", "--syn", "--rand-source", "--interval", "u5000",
          "--destport", str(flooded.port), flooded.address)
    paths = [tmp_path / f"read-{number}" for number in range(READERS)]
    readers = [start("sh", "-c", f"while [ ! -e {stop} ]; do "
                     f"{COMMANDS[number % len(COMMANDS)]} >/dev/null || exit; "
                     f"printf . >>{path}; done") for number, path in enumerate(paths)]
    while _readings(paths) < AMOUNT:
        time.sleep(1)
        life.summary(host)
        assert [process.poll() for process in traffic + readers] == \
            [None] * (len(traffic) + READERS)
    stop.touch()
    assert [process.wait(300) for process in traffic + readers] == \
        [0] * (len(traffic) + READERS)
    least = min(_readings([path]) for path in paths)
    totals, theirs = life.summary(host), kernel.nstat(host)
    for ours, name in (("opened_active", "TcpActiveOpens"),
                       ("half_open_established", "TcpPassiveOpens")):
        assert totals[ours] - before[ours] == theirs[name] - theirs_before[name] > 0
    assert totals["lost"] == 0 < totals["half_open"] and least > 0, (totals, least)
    made = totals["opened"] - before["opened"]
    print(f"\n{made} ends of connections meanwhile; each reader at least {least} times")
    soaking.done(_readings(paths), "readings")
