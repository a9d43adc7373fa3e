# SPDX-License-Identifier: GPL-2.0
"""Network namespaces see only their own, and go away when they should."""
import contextlib
import os

import pytest

import ends
import genl
import hosts
import kernel
import life


@contextlib.contextmanager
def _host(link, name="tl-gone"):
    """A host that is tied to the middle, so that its end can be seen."""
    host = hosts.Host(name)
    hosts.run("ip", "link", "add", "gone", "netns", name, "type", "veth",
              "peer", "name", "witness", "netns", "tl-middle")
    try:
        yield host
    finally:
        host.close()


def _is_gone(link):
    """Has the kernel taken the namespace apart?  Its device goes with it."""
    for _ in range(600):
        if "witness" not in link.middle.run("ip", "-brief", "link"):
            return True
        ends.settle()
    return False


def test_own_only(link, spec, family):
    """Lists, dumps and events are those of the reader's namespace."""
    ends.settle(70)     # no TIME_WAIT of earlier tests ends meanwhile
    readers = {}
    for host in (link.client, link.server):
        with host.inside():
            readers[host] = genl.Client(spec)
        readers[host].join()
    reset, open_ = ends.connect(link, family), ends.connect(link, family)
    reset.client.reset()
    for host, other, mine in (
            (link.client, link.server, (reset.client, open_.client)),
            (link.server, link.client, (reset.server, open_.server))):
        told = readers[host].told()
        assert [r["id"] for r in told] == [mine[0].id]
        assert {r["netns"] for r in told} == {host.inum}
        ours = {it.id for it in life.live(host) + life.history(host)}
        theirs = {it.id for it in life.live(other) + life.history(other)}
        assert not ours & theirs
        assert {end.id for end in mine} <= ours
        records = [r for scope in ("live", "history", "half_open_history")
                   for r in readers[host].lives(scope)]
        assert {r["id"] for r in records} >= ours
        assert {r["netns"] for r in records} == {host.inum}
        with pytest.raises(genl.Refused):
            readers[other].life(mine[1].id)
    for reader in readers.values():
        reader.close()
    reset.close()
    open_.close()


def _leave_behind(host, family):
    """Connections that outlast their processes, in TIME_WAIT and FIN_WAIT2."""
    for _ in range(3):
        waiting = ends.connect_loopback(host, family)
        waiting.client.close()
        waiting.server.close()
        waiting.close()
    held = ends.connect_loopback(host, family)
    held.client.close()
    states = {it.state for it in life.live(host)}
    assert states == {"time_wait", "fin_wait2", "close_wait"}
    return held


@pytest.fixture
def little_room(link):
    """Room for 64 lives in all: one that is not given back is missed soon."""
    assert kernel.unload().returncode == 0
    ends.settle(65)     # nothing of earlier tests is adopted
    assert kernel.load(max_lives=64).returncode == 0
    yield
    assert kernel.unload().returncode == 0
    assert kernel.load().returncode == 0


@pytest.mark.reloads
def test_deleted(link, family, little_room):
    """One that goes away with connections in it leaves nothing behind.

    As many of them as would fill the room for lives twice.
    """
    for _ in range(12):
        with _host(link) as host:
            totals = life.summary(host)
            assert totals["opened"] == totals["live"] == 0
            assert not life.live(host) and not life.history(host)
            held = _leave_behind(host, family)
            totals = life.summary(host)
            assert totals["opened"] == 8 and totals["lost"] == 0
            assert totals["live"] == 5
        held.close()
        assert _is_gone(link)
        life.summary(link.client)


def _in_time_wait_twice(host, family):
    """A socket with two lives, the record of the second before the first's."""
    other = ends.connect_loopback(host, family)
    connection = ends.connect_loopback(host, family)
    for turn in range(2):
        connection.client.shutdown()
        connection.server.close()
        connection.client.disconnect()
        if not turn:
            other.client.reset()
            other.close()
            connection = ends.Connection(
                host, host, family, listener=connection.listener,
                caller=connection.client.socket)
    states = [it.state for it in life.by_id(host, connection.client.id)]
    assert states == ["time_wait", "time_wait"]
    return connection


@pytest.mark.reloads
def test_deleted_with_one_cookie_twice(link, family, little_room):
    """The same with a socket that is in TIME_WAIT twice."""
    for _ in range(3):
        with _host(link) as host:
            _in_time_wait_twice(host, family).close()
        assert _is_gone(link)
        opened = [ends.connect(link, family) for _ in range(20)]
        for host in (link.client, link.server):
            totals = life.summary(host)
            assert totals["lost"] == totals["recovered"] == 0
        ids = {it.id for it in life.live(link.client)}
        assert ids == {pair.client.id for pair in opened}
        for pair in opened:
            pair.client.reset()
            assert pair.client.life().outcome == "reset_local"
            pair.close()


def test_deleted_unheard(link, spec, family):
    """What is told of a namespace as it goes is sent, or dropped, before it is gone.

    Somebody listens, so it is told; but not there.
    """
    with link.client.inside():
        reader = genl.Client(spec)
    reader.join()
    reader.told()
    for _ in range(3):
        with _host(link) as host:
            held = _leave_behind(host, family)
        held.close()
        assert _is_gone(link)
        ends.settle()
    assert {it["netns"] for it in reader.told() if "netns" in it} <= {link.client.inum}
    totals = life.summary(link.client)
    assert totals["events_pending"] == 0, totals
    reader.close()


def test_open_file_holds_nothing(link, family):
    """An open file of a namespace does not keep it; reading it fails then."""
    with _host(link) as host:
        connection = ends.connect_loopback(host, family)
        connection.client.reset()
        connection.close()
        with host.inside():
            files = [os.open(f"/proc/tcplife/{name}", os.O_RDONLY)
                     for name in ("history", "connections", "summary")]
        assert os.read(files[0], 10)
    assert _is_gone(link)
    for file in files:
        with pytest.raises(OSError):
            os.pread(file, 100, 0)
        os.close(file)
