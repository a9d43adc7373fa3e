# SPDX-License-Identifier: GPL-2.0
"""Kprobes are switched off behind the module's back."""
import contextlib
import time

import pytest

import ends
import genl
import kernel
import life

pytestmark = pytest.mark.reloads
SWITCHES = {
    "kprobes": "/sys/kernel/debug/kprobes/enabled",
    "ftrace": "/proc/sys/kernel/ftrace_enabled",
}


@contextlib.contextmanager
def _off(path):
    try:
        with open(path, "w", encoding="ascii") as file:
            file.write("0")
        yield
    finally:
        with open(path, "w", encoding="ascii") as file:
            file.write("1")


@pytest.fixture(params=sorted(SWITCHES))
def switch(request, link):
    """Each way to switch them off, with a module that was never deaf."""
    assert kernel.unload().returncode == 0
    assert kernel.load().returncode == 0
    return SWITCHES[request.param]


def test_deaf(link, spec, switch):
    """Health says so at once, the log too, and that it is over."""
    with link.client.inside():
        client = genl.Client(spec)
    values, hooks = life.health(link.client)
    assert values["healthy"] == "yes"
    assert set(hooks.values()) - {"absent"} == {"armed"}
    log, begin = kernel.Log(), time.monotonic()
    with _off(switch):
        values, hooks = life.health(link.client)
        assert (values["healthy"], values["kprobes_deaf"]) == ("no", "yes")
        kinds = {h["kind"]: h["status"] for h in client.hooks()
                 if h["status"] != "absent"}
        assert kinds == {"tracepoint": "armed", "kprobe": "deaf",
                         "ftrace": "deaf" if "ftrace" in switch else "armed"}
        ends.settle(3)
    values, hooks = life.health(link.client)
    assert values["kprobes_deaf"] == "no"
    assert set(hooks.values()) - {"absent"} == {"armed"}
    assert values["deaf_spells"] == "1"
    assert 2_900_000 < int(values["deaf_us"]) < (time.monotonic() - begin) * 1e6
    # It has not seen all that it should, and that remains so.
    assert values["healthy"] == "no"
    ends.settle(2)
    lines = log.lines()
    assert sum("tcplife: kprobes" in line for line in lines) == 2, lines
    client.close()


def test_noticed_by_itself(link, switch):
    """A spell that nobody looks into health for is noticed all the same."""
    with _off(switch):
        ends.settle(10)
    ends.settle(5)
    assert life.health(link.client)[0]["deaf_spells"] == "1"


def test_books_survive(link, switch, family):
    """What goes unseen is not invented, and the books balance throughout."""
    held = ends.connect(link, family)
    waiting = ends.connect(link, family)
    waiting.client.close()
    waiting.server.close()
    assert waiting.client.life().state == "time_wait"
    parting = ends.connect(link, family)
    with _off(switch):
        during = ends.connect(link, family)
        parting.client.shutdown()
        parting.server.close()
        parting.client.close()
        for host in (link.client, link.server):
            life.summary(host)
        ends.settle(70)
        held.client.close()
        held.server.close()
        for host in (link.client, link.server):
            life.summary(host)
    after = ends.connect(link, family)
    during.close()
    held.close()
    after.client.close()
    after.server.close()
    for host in (link.client, link.server):
        life.summary(host)
    assert after.client.life().state == "time_wait"
    # There was room for every TIME_WAIT, seen or not.
    assert parting.client.life().time_wait_end != "overflow"
    assert life.summary(link.client)["time_wait_overflows"] == 0
    after.close()
    parting.close()


def test_missed_end(link, switch, family):
    """The end of a TIME_WAIT that was not seen is found out afterwards.

    And that of a FIN_WAIT2 without a socket, whose outcome is not known then.  Both
    are hooked by ftrace: without kprobes alone they are seen as ever.
    """
    seen = "ftrace" not in switch
    orphan = ends.connect(link, family)
    orphan.client.close()
    waiting = ends.connect(link, family)
    waiting.client.close()
    waiting.server.close()
    before = life.summary(link.client)
    with _off(switch):
        ends.settle(70)
    ends.settle(120)
    assert not kernel.ss(link.client, "state", "time-wait", "dport", "=",
                         str(waiting.client.remote[1]))
    it = waiting.client.life()
    assert it.state == "close", it
    assert it.time_wait_end == ("expired" if seen else "missed"), it
    it = orphan.client.life()
    assert (it.state, it.closer) == ("close", "local"), it
    assert it.outcome == ("fin_wait2_timeout" if seen else "missed"), it
    assert life.summary(link.client)["time_wait"] < before["time_wait"]
    waiting.close()
    orphan.close()


@pytest.fixture
def full(link):
    """A hundred connections are open as the module is loaded with too little room."""
    assert kernel.unload().returncode == 0
    connections = [ends.connect_loopback(link.client, 4) for _ in range(100)]
    assert kernel.load(max_lives=64).returncode == 0
    yield connections
    assert kernel.unload().returncode == 0
    for connection in connections:
        connection.close()
    assert kernel.load().returncode == 0


def test_room_later(link, full):
    """What had no room at load is on the books once, though found again later."""
    before = life.summary(link.client)
    assert before["adopted"] == before["live"] + before["lost"] >= 200, before
    for connection in full[:50]:
        connection.client.reset()
        connection.server.close()
    with _off(SWITCHES["kprobes"]):
        ends.settle(1)
        life.health(link.client)
    ends.settle(60)
    after = life.summary(link.client)
    found = before["lost"] - after["lost"]
    assert found > 10 and after["recovered"] == 0, after
    assert after["adopted"] == before["adopted"], after
    assert after["live"] == before["live"] - after["closed"] + found, after
