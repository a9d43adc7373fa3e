# SPDX-License-Identifier: GPL-2.0
"""The kernel's shortcut for kprobes is switched off and on under traffic.

Run it with scripts/vm --turns --smp 2.  AMOUNT: how often.  A kprobe is a jump then, or
an interrupt, and changes from the one to the other while it is hit.
"""
import pathlib
import time

import kernel
import life
import soaking

TIMES = soaking.amount(10)
SWITCH = pathlib.Path("/proc/sys/debug/kprobes-optimization")


def test_optimised(host, storm, load, start, tmp_path):
    """Each connection is on record, and the kernel counts as many."""
    dice, stop = soaking.dice(), tmp_path / "stop"
    host.set_sysctl("tcp_max_tw_buckets", 4000)
    load()
    before, theirs_before = life.summary(host), kernel.nstat(host)
    traffic = [start("sh", "-c", f"while [ ! -e {stop} ]; do {storm} 100 {words} || "
                     "exit; done") for words in ("", "ipv6 reset")]
    for _ in range(TIMES):
        for value in ("0", "1"):
            SWITCH.write_text(value, encoding="ascii")
            time.sleep(dice.uniform(0, 0.2))
            life.summary(host)
            assert [process.poll() for process in traffic] == [None] * 2, \
                "the traffic stopped: a connection failed"
    stop.touch()
    assert [process.wait(120) for process in traffic] == [0] * 2
    totals, theirs = life.summary(host), kernel.nstat(host)
    for ours, name in (("opened_active", "TcpActiveOpens"),
                       ("opened_passive", "TcpPassiveOpens")):
        assert totals[ours] - before[ours] == theirs[name] - theirs_before[name] > 0
    assert totals["lost"] == totals["events_lost"] == 0
    values, _ = life.health(host)
    assert (values["healthy"], values["hits_missed"]) == ("yes", "0"), values
    soaking.done(TIMES, "times")
