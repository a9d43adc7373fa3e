# SPDX-License-Identifier: GPL-2.0
"""A user connects to where nobody answers, over and over.

AMOUNT attempts by uid 1000, of which up to HELD wait at a time: several times as many
as there is room for on record.
"""
import collections
import os
import socket

import ends
import hosts
import kernel
import life
import processes
import sizes
import soaking

AMOUNT = soaking.amount(5000)
ROOM = 2048                     # max_lives
EMBRYONIC = ROOM - ROOM // 4    # what attempts may take of it
HELD = 4000
SPREAD = 200                    # addresses, so that ports do not run out


def _storm(host, count, ready, go_on):
    """Connect, let go of the oldest when too many wait, and stay until told to go on."""
    waiting = collections.deque()
    with host.inside():
        processes.become(1000)
        for number in range(count):
            if len(waiting) == HELD:
                waiting.popleft().close()
            caller = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            caller.setblocking(False)
            caller.connect_ex((hosts.GHOST[4].format(1 + number % SPREAD), 7))
            waiting.append(caller)
        os.write(ready, b"x")
        os.read(go_on, 1)
        for caller in waiting:
            caller.close()
        os._exit(0)             # who may not go back to where he came from


def _recorded(host):
    """How many attempts of the user have a row, by the owner that it names."""
    count = 0
    for name in ("history", "connections"):
        header, *rows = host.read(f"{life.PROC}{name}").splitlines()
        uid = header.split(" ").index("uid")
        count += sum(row.split(" ")[uid] == "1000" for row in rows)
    return count


def _roots_own(link, family):
    """A connection of root's: it is on record at both ends."""
    it = ends.connect(link, family)
    it.send("client", b"root")
    shown = [end.life() for end in (it.client, it.server)]
    for end, one in ((it.client, shown[0]), (it.server, shown[1])):
        assert one.state == "established", one
        # What had no room until it was established does not know who called.
        assert one.flags in ((), ("recovered",)), one
        assert one.uid == 0 or one.uid is None and one.flags, one
        end.close()
    assert [end.life().outcome for end in (it.client, it.server)] == \
        ["closed", "closed"]
    it.close()
    return shown


def test_storm(link, loads):
    """What has no room is counted to the last, and nobody else suffers."""
    ends.settle(70)
    parameters = {"max_lives": ROOM, "history": AMOUNT + 1024}
    loads(**parameters)
    most = sizes.expected(parameters, ROOM)
    before = kernel.nstat(link.client)
    ready, go_on = os.pipe(), os.pipe()
    storm = processes.Child(_storm, link.client, AMOUNT, ready[1], go_on[0])
    os.set_blocking(ready[0], False)
    reads = 0
    while True:
        totals = life.summary(link.client)
        assert totals["live"] <= EMBRYONIC and totals["memory_bytes"] == most
        reads += 1
        try:
            os.read(ready[0], 1)
            break
        except BlockingIOError:
            ends.settle(1)
    totals = life.summary(link.client)
    tries = kernel.nstat(link.client)["TcpActiveOpens"] - before["TcpActiveOpens"]
    recorded = _recorded(link.client)
    assert tries == totals["opened_active"] == totals["opened"] == AMOUNT
    assert totals["lost"] == AMOUNT - recorded
    assert totals["live"] == min(EMBRYONIC, AMOUNT)
    assert AMOUNT <= EMBRYONIC or totals["lost"] > 0
    # The storm's sockets are all there still.
    shown = [it for family in (4, 6) for it in _roots_own(link, family)]
    assert AMOUNT <= EMBRYONIC or any(it.flags for it in shown)
    os.write(go_on[1], b"x")
    os.waitpid(storm.pid, 0)
    ends.settle(1)
    for family in (4, 6):
        assert not any(it.flags for it in _roots_own(link, family))
    totals = life.summary(link.client)
    assert totals["memory_bytes"] == most
    assert totals["lost"] == AMOUNT - _recorded(link.client)
    print(f"{recorded} on record, {totals['lost']} not, {reads} readings")
    for end in (*ready, *go_on):
        os.close(end)
    soaking.done(tries, "attempts")
