# SPDX-License-Identifier: GPL-2.0
"""Loading: parameters and their bounds, hooks that are not there, and limits."""
import os
import subprocess

import pytest

import ends
import genl
import kernel
import life

pytestmark = pytest.mark.reloads


@pytest.fixture
def unloaded(link):
    """The module is not loaded; afterwards it is again, with its defaults.

    Nothing of earlier tests is left to be adopted.
    """
    assert kernel.unload().returncode == 0
    ends.settle(65)
    yield
    if kernel.loaded():
        assert kernel.unload().returncode == 0
    done = kernel.load()
    assert done.returncode == 0, done.stderr


def _load_fails(**parameters):
    """The lines that a load which must fail leaves in the kernel's log."""
    log = kernel.Log()
    assert kernel.load(**parameters).returncode != 0, parameters
    assert not kernel.loaded()
    assert not os.path.lexists("/proc/tcplife")
    return log.lines()


@pytest.mark.parametrize("name, value", [
    ("max_lives", 63), ("max_lives", 1), ("max_lives", 16777217),
    ("history", 0), ("history", 15), ("history", 4194305),
    ("half_open_history", 15), ("half_open_history", 4194305),
    ("event_queue", 15), ("event_queue", 99999999), ("max_lives", -1),
    ("max_listeners", 15), ("max_listeners", 4097), ("flood_rate", 0),
    ("flood_rate", 1000001), ("flood_share", 9), ("flood_share", 96),
    ("flood_evidence", 2), ("flood_evidence", 100001), ("flood_share", -1),
    ("max_lives", "junk"), ("history", ""), ("event_queue", 2**64)])
def test_bad_value(unloaded, name, value):
    """A value out of bounds refuses the load and names the parameter."""
    lines = _load_fails(**{name: value})
    assert any("tcplife" in line and name in line for line in lines), lines


def test_no_room_for_listeners(unloaded, link):
    """Each listening socket without a record is counted once, not its SYNs."""
    early = [ends.listen(link.server, 4) for _ in range(19)]
    assert kernel.load(max_listeners=16).returncode == 0
    late = [ends.listen(link.server, 4) for _ in range(2)]
    before = life.summary(link.server)
    assert before["listeners"] <= 16
    missing = 21 - before["listeners"]
    for sock in early + late:
        for _ in range(3):
            ends.call(link.client, sock.getsockname()[:2], 4).close()
            ends.accept(sock).close()
    ends.settle(2)
    after = life.summary(link.server)
    assert after["listeners_unrecorded"] == missing, after
    assert after["syns_received"] == 3 * 21 and not after["syns_dropped_other"]
    for sock in early + late:
        sock.close()


def test_smallest_values(unloaded, link):
    """The smallest values are good, and what is shown is what was given."""
    wanted = {"max_lives": 64, "history": 16, "half_open_history": 16,
              "event_queue": 16, "max_listeners": 16, "flood_rate": 1,
              "flood_share": 10, "flood_evidence": 3}
    assert kernel.load(**wanted).returncode == 0
    for name, value in wanted.items():
        with open(f"/sys/module/tcplife/parameters/{name}",
                  encoding="ascii") as file:
            assert int(file.read()) == value
    assert life.summary(link.client)["max_lives"] == 64
    for _ in range(20):
        ends.connect_loopback(link.client, 4).client.reset()
    ended = life.history(link.client)
    assert len(ended) == 16
    assert [it.id for it in ended] == sorted(it.id for it in ended)
    assert life.summary(link.client)["history"] == 16


def _probes():
    with open("/sys/kernel/debug/kprobes/list", encoding="ascii") as file:
        return len(file.readlines())


def _hooks(link, spec):
    """All hooks that this kernel has, by name: 1 is required."""
    with link.client.inside():
        client = genl.Client(spec)
    hooks = {hook["name"]: hook["required"] for hook in client.hooks()
             if hook["status"] != "absent"}
    client.close()
    return hooks


def test_required_hooks(link, spec, unloaded):
    """Without a hook it needs it does not load, and names the hook."""
    assert kernel.load().returncode == 0
    required = [n for n, needed in _hooks(link, spec).items() if needed]
    assert kernel.unload().returncode == 0
    probes = _probes()
    assert len(required) >= 8
    for name in required:
        lines = _load_fails(without=name)
        assert any(f" {name} " in line for line in lines), lines
        assert _probes() == probes


def test_optional_hooks(link, spec, unloaded):
    """Without one it can do without it loads, and health says what is off."""
    assert kernel.load().returncode == 0
    optional = [n for n, needed in _hooks(link, spec).items() if not needed]
    assert len(optional) >= 4
    for name in optional:
        assert kernel.unload().returncode == 0
        log = kernel.Log()
        assert kernel.load(without=name).returncode == 0
        assert any(f" {name} " in line for line in log.lines())
        values, hooks = life.health(link.client)
        assert hooks[name] == "detached"
        assert set(hooks.values()) - {"absent"} == {"armed", "detached"}
        assert (values["healthy"], values["hooks_detached"]) == ("no", "1")
        connection = ends.connect(link, 4)
        connection.client.reset()
        assert connection.client.life().outcome == "reset_local"
        connection.close()


def test_all_optional_hooks(link, spec, unloaded):
    """Two names, separated by a comma."""
    words = "tcp_time_wait,tcp_req_err"
    assert kernel.load(without=words).returncode == 0
    assert life.health(link.client)[0]["hooks_detached"] == "2"


def _insert_without(tmp_path, name):
    """insmod of a module that looks for a function that no kernel has."""
    path = kernel.run("modinfo", "-n", "tcplife").strip()
    with open(path, "rb") as file:
        image = file.read()
    wanted = name.encode() + b"\0"
    assert b"\0" + wanted in image
    faked = tmp_path / "tcplife.ko"
    faked.write_bytes(image.replace(b"\0" + wanted,
                                    b"\0" + wanted[:-2] + b"_\0"))
    log = kernel.Log()
    done = subprocess.run(["insmod", faked], capture_output=True, check=False)
    said = [line for line in log.lines() if "tcplife: " in line]
    return done.returncode, said, f" {name[:-1]}_ "


def test_missing_function(link, unloaded, tmp_path):
    """A kernel that has not got an optional hook: it loads, and says so."""
    status, said, name = _insert_without(tmp_path, "tcp_req_err")
    assert status == 0
    line, = [line for line in said if name in line]
    assert "telling ICMP errors on half-open connections" in line
    values, hooks = life.health(link.client)
    assert hooks[name.strip()] == "absent" and values["hooks_detached"] == "0"
    connection = ends.connect(link, 4)
    connection.client.reset()
    assert connection.client.life().outcome == "reset_local"
    connection.close()


def test_missing_required_function(unloaded, tmp_path):
    """One that it needs: it does not load, and says in one line why."""
    probes = _probes()
    status, said, name = _insert_without(tmp_path, "inet_twsk_kill")
    assert status and not kernel.loaded() and _probes() == probes
    line, = said
    assert name in line and "end of TIME_WAIT" in line


def _room(link, lives):
    """Load with room for LIVES; how many are left beside what is open."""
    assert kernel.load(max_lives=lives).returncode == 0
    here = life.summary(link.client)["live"]
    return here, lives - here - life.summary(link.server)["live"]


def test_cap(link, unloaded):
    """Twice as many ends as there is room for, and then room again."""
    here, room = _room(link, 1000)
    before = kernel.nstat(link.client)
    listener = ends.listen(link.client, 4, "127.0.0.1", backlog=1000)
    pairs = []
    for _ in range(1000):
        caller = link.client.socket(4)
        caller.connect(listener.getsockname())
        pairs.append((caller, ends.accept(listener)))
    ends.settle()
    full, grown = life.summary(link.client), kernel.nstat(link.client)
    assert (full["opened"], full["live"], full["lost"]) == \
        (2000, here + room, 2000 - room)
    assert len(life.live(link.client)) == here + room
    for ours, theirs in (("opened_active", "TcpActiveOpens"),
                         ("opened_passive", "TcpPassiveOpens")):
        assert full[ours] == grown[theirs] - before[theirs] == 1000
    for caller, accepted in pairs:
        ends.reset_at_close(caller)
        caller.close()
        accepted.close()
    ends.settle()
    empty = life.summary(link.client)
    assert (empty["live"], empty["closed"], empty["lost"]) == \
        (here, room, 2000 - room)
    connection = ends.connect_loopback(link.client, 4)
    connection.client.reset()
    assert connection.client.life().outcome == "reset_local"
    assert life.summary(link.client)["lost"] == 2000 - room
    connection.close()
    listener.close()


def test_attempts_leave_room(link, unloaded, family):
    """Attempts that nobody answers take three quarters of it at most."""
    here, room = _room(link, 400)
    callers = []
    for _ in range(500):
        caller = link.client.socket(family)
        caller.setblocking(False)
        caller.connect_ex(ends.ghost_name(family))
        callers.append(caller)
    room -= 100
    totals = life.summary(link.client)
    assert (totals["live"], totals["lost"]) == (here + room, 500 - room)
    connection = ends.connect(link, family)
    for end in (connection.client, connection.server):
        it = end.life()
        assert it.state == "established" and it.flags == ("recovered",), it
        assert life.summary(end.host)["recovered"] == 1
    connection.close()
    for caller in callers:
        caller.close()
    ends.settle()
    totals = life.summary(link.client)
    assert (totals["lost"], totals["half_open"]) == (500 - room, 0)


def _close_at_once(socks):
    """Close them all before any other process has its turn."""
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    for sock in socks:
        sock.close()
    os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))


def test_full_queue(link, spec, unloaded):
    """More lives end at once than may wait: they are counted, and kept."""
    assert kernel.load(event_queue=16).returncode == 0
    with link.client.inside():
        reader = genl.Client(spec)
    reader.join()
    pairs = [ends.connect_loopback(link.client, 4) for _ in range(50)]
    for pair in pairs:
        ends.reset_at_close(pair.client.socket)
    _close_at_once([pair.client.socket for pair in pairs])
    told = reader.told()
    totals = life.summary(link.client)
    assert totals["events_told"] == 100
    assert totals["events_sent"] == len(told) >= 16
    assert totals["events_lost"] == 100 - len(told) > 0
    assert [it["seq"] for it in told[:16]] == list(range(1, 17))
    ids = {it.id for it in life.history(link.client)}
    assert ids >= {end.id for pair in pairs
                   for end in (pair.client, pair.server)}
    reader.close()
    for pair in pairs:
        pair.close()


def test_adopted(link, captures, unloaded, family):
    """Connections that are open at load: nothing is invented about them."""
    capture = captures(link.client)
    open_ = ends.connect(link, family)
    waiting = ends.connect(link, family)
    waiting.client.close()
    waiting.server.close()
    half_closed = ends.connect(link, family)
    half_closed.client.close()
    listener = ends.listen(link.server, family)
    ghost = ends.ghost_caller(link, family, captures(link.server), listener)
    ghost.syn()
    open_.send("client", b"before")
    assert kernel.load().returncode == 0
    totals = life.summary(link.client)
    assert totals["adopted"] == totals["live"] >= 3 and not totals["opened"]
    for end, state in ((open_.client, "established"),
                       (open_.server, "established"),
                       (waiting.client, "time_wait"),
                       (half_closed.client, "fin_wait2"),
                       (half_closed.server, "close_wait")):
        it = end.life()
        assert it.state == state and it.flags == ("adopted",), it
        assert it.opened_at_us is None and it.handshake_us is None, it
        assert it.owner is None, it
    it, = life.by_ports(link.server, ghost.target[1], ghost.source[1])
    assert it.state == "syn_recv" and it.role == "passive", it
    open_.client.close()
    open_.server.close()
    it, flow = open_.client.life(), open_.client.flow(capture)
    assert (it.outcome, it.closer, it.state) == \
        ("closed", "local", "time_wait"), it
    assert it.bytes_sent == 6
    assert it.role is None and len(flow.all) > 5
    half_closed.server.close()
    it = half_closed.client.life()
    assert (it.outcome, it.state) == ("closed", "time_wait"), it
    ends.settle(65)
    for end in (open_.client, waiting.client, half_closed.client):
        assert end.life().time_wait_end == "expired"
    totals = life.summary(link.client)
    assert totals["time_wait_ended"] >= 3 and totals["lost"] == 0
    for thing in (open_, waiting, half_closed, ghost, listener):
        thing.close()
