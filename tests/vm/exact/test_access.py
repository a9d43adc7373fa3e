# SPDX-License-Identifier: GPL-2.0
"""Who may look: CAP_NET_ADMIN where the network namespace belongs, or nobody."""
import ctypes
import errno
import itertools
import os
import random
import socket
import struct
import time

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
NETLINK_LISTEN_ALL_NSID = 8
RTM_NEWNSID, NETNSA_NSID, NETNSA_FD = 88, 1, 3


def _error(function, *arguments):
    try:
        function(*arguments)
    except OSError as error:
        return error.errno
    return 0


def _open(name):
    with open(f"/proc/tcplife/{name}", encoding="ascii") as file:
        return file.read()


def _open_by_process():
    """A file of the namespace that the first process is in, wherever this one is."""
    with open("/proc/1/net/tcplife/summary", encoding="ascii") as file:
        return file.read()


def _ways_in(spec):
    """The error number of each way to look; 0 is success."""
    errors = {f"file {name}": _error(_open, name) for name in FILES}
    errors["file by process"] = _error(_open_by_process)
    client = genl.Client(spec)
    for name, request in REQUESTS.items():
        errors[name] = _error(request, client)
    client.close()
    return errors


def _as_user(spec):
    processes.become(1000)
    return _ways_in(spec)


def _weaken():
    """Give up CAP_NET_ADMIN."""
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    data = (ctypes.c_uint32 * 6)()
    libc = ctypes.CDLL(None, use_errno=True)
    assert not libc.capget(header, data)
    for half in (0, 1):
        data[half] &= ~(1 << CAP_NET_ADMIN)
    assert not libc.capset(header, data)


def _as_weak_root(spec):
    """Root without CAP_NET_ADMIN."""
    _weaken()
    return _ways_in(spec)


def _as_weak_root_of_users(spec):
    """The same with all capabilities in a user namespace of its own.

    The files are still its own, as its user id is what it was.
    """
    _weaken()
    hosts.unshare(hosts.CLONE_NEWUSER)
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


@pytest.mark.parametrize("who", [
    _as_user, _as_weak_root, _as_root_of_users, _as_weak_root_of_users],
    ids=["user", "weak-root", "user-namespace", "weak-root-namespace"])
def test_refused(link, spec, who):
    """Neither a file, nor a request, nor an event for those who may not."""
    errors = processes.call(who, spec)
    refused = (errno.EACCES, errno.EPERM)
    if kernel.IS_5_10 and who is _as_weak_root:
        for name in ("join", "join alerts"):
            assert errors.pop(name) == 0    # it has CAP_SYS_ADMIN
    assert {name: error for name, error in errors.items()
            if error not in refused} == {}


def _join_what_is_free(sock):
    """As a user, join every group that nothing keeps him from."""
    processes.become(1000)
    return {group for group in range(1, 1025) if not _error(
        sock.setsockopt, genl.SOL_NETLINK, genl.NETLINK_ADD_MEMBERSHIP, group)}


def _received(sock):
    """The type of each message that has come."""
    kinds = []
    sock.setblocking(False)
    try:
        while True:
            kinds += [kind for kind, *_ in genl.messages(sock.recv(1 << 16))]
    except BlockingIOError:
        return kinds


@pytest.mark.reloads
def test_joined_before_load(link, spec):
    """Of a group that was nobody's yet anyone can be a member: not of ours."""
    assert kernel.unload().returncode == 0
    with link.client.inside(), socket.socket(
            socket.AF_NETLINK, socket.SOCK_RAW, genl.NETLINK_GENERIC) as early:
        early.bind((0, 0))
        joined = processes.call(_join_what_is_free, early)
        assert kernel.load().returncode == 0
        client = genl.Client(spec)
        assert joined & set(client.groups.values()), "none was ours"
        for group in client.groups:
            client.join(group)
        ends.connect_loopback(link.client, 4).client.reset()
        assert client.told()
        assert client.family not in _received(early)
        client.close()


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


def test_files_by_process(link):
    """Root of one namespace reads the files of another that belongs to the same users."""
    first = os.stat("/proc/1/ns/net").st_ino
    with link.server.inside():
        assert f"\nnetns {link.server.inum}\n" in _open("summary")
        assert f"\nnetns {first}\n" in _open_by_process()


def _number_namespace(namespace):
    """Give a network namespace a number here, which is how the kernel tells of it."""
    number = struct.pack("=HHi", 8, NETNSA_NSID, 1)
    descriptor = struct.pack("=HHI", 8, NETNSA_FD, namespace)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as sock:
        sock.send(struct.pack("=IHHII4x", 36, RTM_NEWNSID, genl.NLM_F_REQUEST | genl.NLM_F_ACK,
                              1, 0) + number + descriptor)
        (kind, _, _, payload), = genl.messages(sock.recv(4096))
    assert kind == genl.NLMSG_ERROR and payload[:4] == bytes(4), payload


def _follow_others(spec, host, own_users):
    """Which ends of a connection are told of, of @host's and of a new namespace's."""
    connections = [ends.connect_loopback(host, 4)]
    with host.inside():
        namespace = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    if own_users:
        _own_user_namespace()
    hosts.unshare(hosts.CLONE_NEWNET)
    here = hosts.Host()
    connections.append(ends.connect_loopback(here, 4))
    _number_namespace(namespace)
    with here.inside():
        client = genl.Client(spec)
    client.socket.setsockopt(genl.SOL_NETLINK, NETLINK_LISTEN_ALL_NSID, 1)
    client.join()
    for connection in connections:
        connection.client.reset()
    told = {record["id"] for record in client.told()}
    return [len({it.client.id, it.server.id} & told) for it in connections]


def test_events_of_others(link, spec):
    """Events of another namespace come to who has CAP_NET_BROADCAST there, and asked.

    So does the kernel itself.  That of a user's own namespace is not enough.
    """
    assert processes.call(_follow_others, spec, link.server, False) == [2, 2]
    assert processes.call(_follow_others, spec, link.server, True) == [0, 2]


def _odd_attributes(kind, size, most):
    """Attributes that are none, of a number that has SIZE bytes and is MOST at most."""
    for wrong in {0, 1, 2, 3, 4, 7, 8, 9, 64} - {size}:
        yield struct.pack("=HH", 4 + wrong, kind) + bytes((wrong + 3) & ~3)
    for length in (0, 3, 5000, 65535):      # less than its head, beyond the end
        yield struct.pack("=HH", length, kind) + bytes(size + -size % 4)
    for unknown in (4000, 16383):
        yield struct.pack("=HHQ", 12, unknown, 0)
    if most:
        for value in (most + 1, (1 << 8 * size) - 1):
            yield struct.pack("=HH", 4 + size, kind) + \
                value.to_bytes(size, "little") + bytes(-size % 4)


@pytest.mark.parametrize("command, attribute, flags, most", [
    ("life-get", ("life", "scope"), genl.NLM_F_DUMP, 2),
    ("life-get", ("life", "id"), genl.NLM_F_DUMP, None),
    ("life-get", ("life", "id"), 0, None),
    ("tally-get", ("tally", "report"), genl.NLM_F_DUMP, 2)])
def test_odd_requests(link, spec, command, attribute, flags, most):
    """A request that is not as the spec has it is refused, and that is all."""
    kind = spec.attributes[attribute[0]][spec.number(*attribute) - 1]["type"]
    with link.client.inside():
        client = genl.Client(spec)
    for payload in _odd_attributes(spec.number(*attribute),
                                   int(kind[1:]) // 8, most):
        client.send(client.family, spec.commands[command], payload, flags)
        with pytest.raises(genl.Refused) as refused:
            list(client.replies())
        assert refused.value.errno in (errno.EINVAL, errno.ERANGE), payload
    for number in (0, 255):
        client.send(client.family, number, b"", flags)
        with pytest.raises(genl.Refused) as refused:
            list(client.replies())
        assert refused.value.errno == errno.EOPNOTSUPP
    assert client.summary()["netns"] == link.client.inum
    client.close()


def test_error_on_odd_length(link, spec):
    """An error answer quotes the request, of any length, and has words behind it."""
    with link.client.inside():
        client = genl.Client(spec)
    for spare in range(1, 8):
        client.send(client.family, spec.commands["life-get"], bytes(spare))
        with pytest.raises(genl.Refused) as refused:
            list(client.replies())
        assert (refused.value.errno, refused.value.strerror) == \
            (errno.EINVAL, "bytes leftover after parsing attributes"), spare
    assert client.summary()["netns"] == link.client.inum
    client.close()


def test_read_anywhere(link, family):
    """A file can be read from any position, in pieces of any size."""
    for _ in range(20):
        connection = ends.connect(link, family)
        connection.client.reset()
        connection.close()
    dice = random.Random(1)
    with link.client.inside():
        for name in FILES:
            file = os.open(f"/proc/tcplife/{name}", os.O_RDONLY)
            text = link.client.read(f"/proc/tcplife/{name}").encode()
            assert text
            for _ in range(100):
                size = dice.choice((1, 7, 100, 4096, 65536))
                at = dice.randrange(len(text) + 100)
                piece = os.pread(file, size, at)
                assert len(piece) <= size
                if name == "history":       # only grows
                    assert piece[:len(text[at:])] == text[at:at + size][:len(piece)]
                    assert piece or at >= len(text)
            assert os.pread(file, 100, 1 << 62) == b""
            assert _error(os.lseek, file, -1, os.SEEK_SET) == errno.EINVAL
            os.close(file)


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

    One of them has a quarter at most.  When they are gone, all have room again.
    """
    for _ in range(2):
        recorded = processes.call(_listen_all_over)
        assert recorded == [4, 4, 0, 0, 0, 0]
        ends.settle(10)     # until they are gone


def _listen_and_close():
    """Listen in a user's namespace, close all, and again later; how many were on record."""
    _own_user_namespace()
    hosts.unshare(hosts.CLONE_NEWNET)
    recorded = []
    for _ in range(3):
        if recorded:
            time.sleep(310)     # a closed one keeps its place for five minutes
        sockets = [socket.create_server(("0.0.0.0", 0)) for _ in range(6)]
        verdicts = [line.split()[1] for line in _open("listeners").splitlines()[1:]]
        recorded.append(len(verdicts) - verdicts.count("closed"))
        for sock in sockets:
            sock.close()
    return recorded


@pytest.mark.reloads
def test_closed_listeners_of_users(few_listeners):
    """Those that a user's namespace closed a while ago make room for its new ones."""
    assert processes.call(_listen_and_close) == [4, 4, 4]
