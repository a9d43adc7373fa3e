# SPDX-License-Identifier: GPL-2.0
"""Namespaces come and go with live sockets in them, and nothing of them stays.

AMOUNT: how many; ten at a time.  The kernel says how many there are: by the objects of
their slab, to which those count that a CPU keeps to be used again: never more than were there at
once.
"""
import pathlib
import time

import ends
import hosts
import life
import soaking

MADE = soaking.amount(20)
AT_ONCE = 10
SLAB = pathlib.Path("/sys/kernel/slab/net_namespace")


def _namespaces():
    """How many there are."""
    (SLAB / "shrink").write_text("1", encoding="ascii")
    return int((SLAB / "objects").read_text(encoding="ascii").split()[0])


def _fill(host, dice):
    """Connections in all sorts of states, some of which are left when it goes."""
    held = []
    for family in (4, 6):
        for _ in range(dice.randrange(1, 4)):
            held.append(ends.connect_loopback(host, family))
        waiting = ends.connect_loopback(host, family)
        waiting.client.close()
        waiting.server.close()
        waiting.close()
    listener = ends.listen(host, 4, address="127.0.0.1")
    half_closed = ends.connect_loopback(host, 4)
    half_closed.client.close()
    return [*held, listener, half_closed]


def _settled(common, before):
    """Is all that was taken given back?"""
    totals = life.summary(common)
    return _namespaces() <= before + AT_ONCE and totals["live"] == 0 == totals["lost"]


def test_namespaces(load):
    """There is room for few lives, so that one which is held is missed soon."""
    dice, common = soaking.dice(), hosts.Host()
    load(max_lives=1024, history=1024)
    made, before, memory = 0, None, None
    while made < MADE:
        batch = min(AT_ONCE, MADE - made)
        those = [hosts.Host(f"tl-soak-{number}") for number in range(batch)]
        held = [_fill(host, dice) for host in those]
        for host in those:
            totals = life.summary(host)
            assert totals["lost"] == 0 and totals["opened"] >= 10, totals
            host.close()
        for sockets in held:
            for it in sockets:
                it.close()
        if before is None:      # the first have everything allocated that stays
            time.sleep(10)
            before, memory = _namespaces(), soaking.meminfo()
        else:
            soaking.wait_for(lambda: _settled(common, before), "they are gone", 120)
        made += batch
    drift = soaking.drift(memory, soaking.meminfo())
    print("\nmemory, in KiB:", drift, "namespaces:", before, _namespaces())
    assert before <= 2 * AT_ONCE, "the first were not given back"
    assert drift["VmallocUsed"] < 256 and drift["Percpu"] < 1024, drift
    common.close()
    soaking.done(made, "namespaces")
