# SPDX-License-Identifier: GPL-2.0
"""Loading and unloading under traffic; run it with scripts/vm --turns."""
import os
import random
import time

import pytest

import kernel
import life

MADE = 12_000   # in less than TIME_WAIT takes, so that all have a client's end


def _failed(host):
    """Half-open connections that failed; of the traffic here none does."""
    return [(it.id, it.flags, it.outcome)
            for it in life.half_open_history(host)]


def test_load_and_unload_under_traffic(host, storm, load, start):
    """Fifty times, with traffic all the while, which never notices."""
    traffic = start("sh", "-c", f"while {storm} 500; do :; done")
    adopted = 0
    for _ in range(50):
        load()
        time.sleep(random.uniform(0, 0.3))
        adopted += life.summary(host)["adopted"]
        assert not _failed(host)
        assert kernel.unload().returncode == 0
        assert not os.path.lexists("/proc/tcplife")
    assert traffic.poll() is None, "the traffic stopped: a connection failed"
    assert adopted > 0


def _made(host):
    return kernel.nstat(host)["TcpActiveOpens"]


@pytest.mark.parametrize("turn", range(5))
def test_none_missed_and_none_twice(host, storm, load, start, turn):
    """Loaded while connections are made: each is on record exactly once.

    The client's end is in TIME_WAIT when it is over, so all connections of
    the storm have that end on record, wherever the load met them.  The other
    end of those that were over at load has gone without a trace.
    """
    host.set_sysctl("tcp_tw_reuse", 0)
    made, opens = _made(host), kernel.nstat(host)["TcpPassiveOpens"]
    traffic = start(storm, str(MADE))
    while _made(host) - made < MADE // 8 + turn * MADE // 40:
        time.sleep(0.01)
    before = kernel.nstat(host)
    load(max_lives=8 * MADE, history=4 * MADE)
    after = kernel.nstat(host)
    assert traffic.wait() == 0
    assert after["TcpActiveOpens"] > before["TcpActiveOpens"], \
        "none was made while it loaded"
    assert _made(host) - made == MADE > after["TcpActiveOpens"] - made, \
        "none was made after the load"
    totals = life.summary(host)
    assert not _failed(host) and not totals["lost"], totals
    lives = life.history(host) + life.live(host)
    assert len({it.id for it in lives}) == len(lives)
    pairs = {(it.local, it.remote): it for it in lives}
    assert len(pairs) == len(lives), "two records of one end"
    port, = {it.local[1] for it in lives if it.role == "passive"}
    clients = [it for it in lives if it.remote[1] == port]
    servers = [it for it in lives if it.local[1] == port]
    assert len(clients) == MADE and len(clients) + len(servers) == len(lives)
    assert all((it.remote, it.local) in pairs for it in servers)
    # Hooks come one after the other: connect() is seen first, then SYN-ACKs.
    opened = sorted((it for it in clients if "adopted" not in it.flags),
                    key=lambda it: it.opened_at_us)
    late = ["adopted" in pairs[it.remote, it.local].flags for it in opened]
    assert late == sorted(late, reverse=True) and not late[-1]
    assert MADE - (after["TcpPassiveOpens"] - opens) <= len(servers) \
        <= MADE - (before["TcpPassiveOpens"] - opens) + 1
    adopted = sum("adopted" in it.flags for it in lives)
    assert (totals["adopted"], totals["opened"]) == \
        (adopted, len(lives) - adopted)
    assert totals["closed"] + totals["live"] == len(lives)
    assert {it.outcome for it in lives} == {"closed"}
    assert life.health(host)[0]["healthy"] == "yes"
