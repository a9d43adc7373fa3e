# SPDX-License-Identifier: GPL-2.0
"""Who may look: CAP_NET_ADMIN where the network namespace belongs, or nobody."""
import ctypes
import errno
import itertools
import os
import socket

import pytest

import ends
import genl
import hosts
import kernel
import life
import processes

FILES = ("summary", "connections", "history", "health", "halfopen", "timewait",
         "listeners", "flood")
REQUESTS = {
    "life": lambda client: client.life(1),
    "live": lambda client: client.lives("live"),
    "history": lambda client: client.lives("history"),
    "half_open_history": lambda client: client.lives("half_open_history"),
    "summary": lambda client: client.summary(),
    "hooks": lambda client: client.hooks(),
    "tally": lambda client: client.tally("time_wait"),
    "listeners": lambda client: client.listeners(),
    "floods": lambda client: client.floods(),
    "alerts": lambda client: client.alerts(),
    "join": lambda client: client.join(),
    "join alerts": lambda client: client.join("alerts"),
}
CAP_NET_ADMIN = 12


def _error(function, *arguments):
    try:
        function(*arguments)
    except OSError as error:
        return error.errno
    return 0


def _open(name):
    with open(f"/proc/tcplife/{name}", encoding="ascii") as file:
        return file.read()


def _ways_in(spec):
    """The error number of each way to look; 0 is success."""
    errors = {name: _error(_open, name) for name in FILES}
    client = genl.Client(spec)
    for name, request in REQUESTS.items():
        errors[name] = _error(request, client)
    client.close()
    return errors


def _as_user(spec):
    processes.become(1000)
    return _ways_in(spec)


def _as_weak_root(spec):
    """Root without CAP_NET_ADMIN."""
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    data = (ctypes.c_uint32 * 6)()
    libc = ctypes.CDLL(None, use_errno=True)
    assert not libc.capget(header, data)
    for half in (0, 1):
        data[half] &= ~(1 << CAP_NET_ADMIN)
    assert not libc.capset(header, data)
    return _ways_in(spec)


def _own_user_namespace():
    """Be root of a new user namespace, as any user may."""
    processes.become(1000)
    hosts.unshare(hosts.CLONE_NEWUSER)
    for name, text in (("setgroups", "deny"), ("uid_map", "0 1000 1"),
                       ("gid_map", "0 1000 1")):
        with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
            file.write(text)


def _as_root_of_users(spec):
    _own_user_namespace()
    assert os.geteuid() == 0
    return _ways_in(spec)


@pytest.mark.parametrize("who", [_as_user, _as_weak_root, _as_root_of_users],
                         ids=["user", "weak-root", "user-namespace"])
def test_refused(link, spec, who):
    """Neither a file, nor a request, nor an event for those who may not."""
    errors = processes.call(who, spec)
    refused = (errno.EACCES, errno.EPERM)
    if kernel.IS_5_10 and who is _as_weak_root:
        for name in ("join", "join alerts"):
            assert errors.pop(name) == 0    # it has CAP_SYS_ADMIN
    assert {name: error for name, error in errors.items()
            if error not in refused} == {}


def test_allowed(link, spec):
    """Root may, or the tests above prove nothing."""
    errors = processes.call(_ways_in, spec)
    assert errors.pop("life") == errno.ENOENT
    assert set(errors.values()) == {0}


def test_modes(link):
    """The files are their owner's only, and say so."""
    for name in FILES:
        assert os.stat(f"/proc/tcplife/{name}").st_mode & 0o777 == 0o400


def _in_own_namespaces(spec, family):
    """What root of its own user and network namespaces sees."""
    _own_user_namespace()
    hosts.unshare(hosts.CLONE_NEWNET)
    host = hosts.Host()
    with host.inside():
        client = genl.Client(spec)
    client.join()
    connection = ends.connect_loopback(host, family)
    connection.client.reset()
    numbers = {connection.client.id, connection.server.id}
    shown = [life.live(host) + life.history(host),
             [life.from_netlink(r) for scope in ("live", "history")
              for r in client.lives(scope)],
             [life.from_netlink(r) for r in client.told()]]
    return numbers, shown, life.summary(host), life.health(host)[0]


def test_own_namespaces(link, spec, family):
    """A user who is root of his own namespaces sees his own, and only that.

    User ids are those of his user namespace, and the host's ids of processes
    and cgroups are not for him.
    """
    connection = ends.connect(link, family)
    numbers, shown, totals, health = processes.call(
        _in_own_namespaces, spec, family)
    assert [{it.id for it in lives} for lives in shown] == [numbers] * 3
    for it in itertools.chain(*shown):
        if it.owner:
            assert (it.pid, it.uid, it.cgroup) == (None, 0, None), it
            assert it.comm, it
    assert totals["opened"] == totals["closed"] == 2
    assert totals["netns"] not in (link.client.inum, link.server.inum)
    assert health["healthy"] == "yes"
    connection.close()


@pytest.fixture
def few_listeners(link):
    """Room for 16 listening sockets, in all namespaces."""
    assert kernel.unload().returncode == 0
    assert kernel.load(max_listeners=16).returncode == 0
    yield
    assert kernel.unload().returncode == 0
    assert kernel.load().returncode == 0


def _listen_all_over():
    """Listen in many namespaces of a user's own; how many are on record in each."""
    _own_user_namespace()
    recorded, sockets = [], []
    for _ in range(6):
        hosts.unshare(hosts.CLONE_NEWNET)
        sockets += [socket.create_server(("0.0.0.0", 0)) for _ in range(6)]
        recorded.append(len(_open("listeners").splitlines()) - 1)
    return recorded


@pytest.mark.reloads
def test_listeners_of_users(few_listeners):
    """A user's namespaces, however many, leave half of the places to others.

    One of them has a quarter at most.
    """
    recorded = processes.call(_listen_all_over)
    assert recorded == [4, 4, 0, 0, 0, 0]
