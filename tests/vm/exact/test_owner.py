# SPDX-License-Identifier: GPL-2.0
"""Whose connection it is: the process that called connect() or accept()."""
import os

import pytest

import ends
import hosts
import life
import processes

CLONE_NEWPID = 0x20000000
NAMES = ["plain", "with space", "a=b,c:d", "back\\slash", "tab\there"]



def _owner(it):
    return it.owner, it.pid, it.comm, it.uid


def _call_as(link, family, target, uid, name):
    caller = link.client.socket(family)
    processes.set_name(name)
    processes.become(uid)
    caller.connect(target)
    end = ends.End(link.client, caller)
    end.close()
    return end.id


def test_connect(link, books, family):
    """The owner of an active end is the process that connects."""
    listener = ends.listen(link.server, family)
    child = processes.Child(_call_as, link, family,
                            listener.getsockname()[:2], 0, "caller")
    it = life.the_life(link.client, child.result())
    assert _owner(it) == ("connect", child.pid, "caller", 0)
    listener.close()


def _accept_as(listener, uid, name):
    processes.set_name(name)
    processes.become(uid)
    accepted = ends.accept(listener)
    number = ends.cookie(accepted)
    accepted.close()
    ends.settle()
    return number


@pytest.mark.parametrize("uid", [0, 1000, 65534])
def test_accept(link, books, family, uid):
    """The owner of a passive end is who accepts, not who listens."""
    listener = ends.listen(link.server, family)
    child = processes.Child(_accept_as, listener, uid, "worker")
    caller = ends.call(link.client, listener.getsockname()[:2], family)
    it = life.the_life(link.server, child.result())
    assert _owner(it) == ("accept", child.pid, "worker", uid)
    assert "accepted" in [event for _, event in it.timeline]
    caller.close()
    listener.close()


def test_late_accept(link, books, family):
    """A connection that waits in the accept queue has no owner yet."""
    listener = ends.listen(link.server, family)
    caller = ends.call(link.client, listener.getsockname()[:2], family)
    ends.settle(1)
    port, remote = listener.getsockname()[1], caller.getsockname()[1]
    it, = life.by_ports(link.server, port, remote)
    assert it.owner is None and it.state == "established", it
    accepted = ends.accept(listener)
    it, = life.by_ports(link.server, port, remote)
    assert it.owner == "accept" and it.pid == os.getpid()
    assert it.at("accepted") - it.at("established") >= 1_000_000
    for sock in (accepted, caller, listener):
        sock.close()


def test_accepted_when_over(link, books, family):
    """The client has come and reset before accept() is called at last."""
    listener = ends.listen(link.server, family)
    caller = ends.End(link.client, ends.call(
        link.client, listener.getsockname()[:2], family))
    caller.reset()
    it, = life.by_ports(link.server, caller.remote[1], caller.local[1])
    assert it.outcome == "reset_remote" and "unaccepted" in it.flags, it
    ends.accept(listener).close()
    again, = life.by_ports(link.server, caller.remote[1], caller.local[1])
    assert again == it
    listener.close()


@pytest.mark.parametrize("name", NAMES)
def test_names(link, books, name):
    """Whatever a process calls itself, its row stays one row."""
    listener = ends.listen(link.server, 4)
    number = processes.call(_call_as, link, 4, listener.getsockname()[:2],
                            1000, name)
    assert life.the_life(link.client, number).comm == name
    shown = [it for it in life.reader(link.client, "history") +
             life.reader(link.client, "list") if it.id == number]
    assert [it.comm for it in shown] == [name]
    listener.close()


def _call_in_pid_namespace(link, target):
    hosts.unshare(CLONE_NEWPID)
    child = processes.Child(_call_as, link, 4, target, 0, "inner")
    return child.pid, child.result()


def test_pid_namespace(link, books):
    """The pid is that of the initial pid namespace."""
    listener = ends.listen(link.server, 4)
    probe = processes.Child(os.getpid)
    probe.result()
    inner, number = processes.call(_call_in_pid_namespace, link,
                                   listener.getsockname()[:2])
    it = life.the_life(link.client, number)
    assert it.comm == "inner" and it.pid == inner > probe.pid, it
    listener.close()


def _call_in_cgroup(link, target, path):
    with open(f"{path}/cgroup.procs", "w", encoding="ascii") as file:
        file.write(str(os.getpid()))
    return _call_as(link, 4, target, 0, "grouped")


def test_cgroup(link, books, tmp_path):
    """The cgroup id is the inode number of the cgroup's directory."""
    root = tmp_path / "cgroup"
    root.mkdir()
    hosts.run("mount", "-t", "cgroup2", "none", str(root))
    try:
        group = root / "group"
        group.mkdir()
        listener = ends.listen(link.server, 4)
        number = processes.call(_call_in_cgroup, link,
                                listener.getsockname()[:2], group)
        assert life.the_life(link.client, number).cgroup == group.stat().st_ino
        listener.close()
        group.rmdir()
    finally:
        hosts.run("umount", str(root))
