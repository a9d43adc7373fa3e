# SPDX-License-Identifier: GPL-2.0
"""Listening sockets: queues, what happened to their SYNs, who owns them.

The kernel's own counters are the witness, and what `ss -lt` shows.
"""
import os
import socket
import time

import pytest

import ends
import genl
import kernel
import life
import tally
import wire
from hosts import LOOPBACK, Host
from wire import ACK, RST, SYN

# What the kernel counts in a namespace, by our counters of its listeners.
LAWS = {
    "TcpExtListenOverflows": ("dropped_accept_queue", "overflowed"),
    "TcpExtListenDrops": ("dropped_accept_queue", "overflowed",
                          "dropped_syn_queue", "dropped_other"),
    "TcpExtTCPReqQFullDrop": ("dropped_syn_queue",),
    "TcpExtTCPReqQFullDoCookies": ("cookies_sent",),
    "TcpExtSyncookiesSent": ("cookies_sent",),
    "TcpExtSyncookiesRecv": ("cookies_validated",),
    "TcpExtSyncookiesFailed": ("cookies_failed",),
}
TOTALS = {
    "syns": "syns_received", "dropped_syn_queue": "syns_dropped_syn_queue",
    "dropped_accept_queue": "syns_dropped_accept_queue",
    "dropped_other": "syns_dropped_other", "overflowed": "handshakes_overflowed",
    "cookies_sent": "syncookies_sent", "cookies_failed": "syncookies_failed",
    "cookies_validated": "syncookies_validated",
}
WORDS = {"verdict", "local", "owner", "comm", "handshake_us", "accept_wait_us",
         "opened_at_s"}
PORTS = iter(range(40001, 65000))


def rows(host):
    """/proc/tcplife/listeners: a dict for each socket, without what is unknown."""
    header, *lines = host.read(f"{life.PROC}listeners").splitlines()
    names = header.split(" ")
    found = []
    for line in lines:
        cells = line.split(" ")
        assert len(cells) == len(names), line
        found.append({name: text if name in WORDS else int(text)
                      for name, text in zip(names, cells) if text != "-"})
    return found


def row(host, sock):
    """The row of a listening socket."""
    it, = [it for it in rows(host) if it["id"] == ends.cookie(sock)]
    return it


def histogram(text):
    """The counts of a histogram by upper edge."""
    return {int(edge): int(count) for edge, count in
            (pair.split(":") for pair in text.split(","))}


class Witness:
    """What the kernel and the module count from now on."""

    def __init__(self, host):
        self._host = host
        self._before = self._look()

    def _look(self):
        sums = {}
        for it in rows(self._host):
            for name, value in it.items():
                if isinstance(value, int):
                    sums[name] = sums.get(name, 0) + value
        return kernel.nstat(self._host), sums, life.summary(self._host)

    def agree(self):
        """Hold the growth of all three against each other; return the kernel's."""
        (stat, sums, totals), before = self._look(), self._before
        grown = {name: stat[name] - before[0].get(name, 0) for name in stat}
        ours = {name: value - before[1].get(name, 0)
                for name, value in sums.items()}
        for name, parts in LAWS.items():
            assert grown[name] == sum(ours[part] for part in parts), (name, ours)
        for name, total in TOTALS.items():
            assert totals[total] - before[2][total] == ours[name], name
        assert ours["syns"] == ours["synacks"] + ours["cookies_sent"] + sum(
            ours[name] for name in ours if name.startswith("dropped_"))
        return grown


@pytest.fixture
def witness(link):
    """Every test's counts agree with the kernel's."""
    it = Witness(link.server)
    yield it
    it.agree()


@pytest.fixture
def listener(link, family):
    """A function that makes a listener on a port of its own, closed at the end."""
    made = []

    def make(**options):
        made.append(ends.listen(link.server, family, **options))
        return made[-1]
    yield make
    for sock in made:
        sock.close()


def _syns(link, family, target, count):
    """Ghosts send so many SYNs, each from another address and port."""
    for n in range(count):
        port = next(PORTS)
        tally.syn(link, family, (ends.ghost_name(family)[0], port), target)
        if n % 16 == 15:
            ends.settle()
    ends.settle()


def _call(link, family, target):
    """A client on its way to a listener."""
    caller = link.client.socket(family)
    caller.setblocking(False)
    caller.connect_ex(target)
    return caller


def _ss(host, port):
    """Accept queue and backlog, as ss shows a listener."""
    line, = host.run("ss", "-ltnH", f"sport = :{port}").splitlines()
    return [int(word) for word in line.split()[1:3]]


def _flood(host, port):
    """The row of /proc/tcplife/flood of how things are now at a port."""
    header, *lines = host.read(f"{life.PROC}flood").splitlines()
    names = header.split(" ")
    found = [dict(zip(names, line.split(" "))) for line in lines]
    it, = [it for it in found if it["row"] == "now" and
           it["local"].endswith(f":{port}")]
    return it


def test_good_connections(link, books, witness, listener, family):
    """Twenty connections, each accepted 40 ms after it was established."""
    sock = listener(backlog=16)
    late = 0        # where this machine is busy
    for _ in range(20):
        begin = time.monotonic()
        caller = ends.call(link.client, sock.getsockname()[:2], family)
        ends.settle(0.04)
        ends.accept(sock).close()
        late += time.monotonic() - begin > 0.065
        caller.close()
    it = row(link.server, sock)
    for name in ("syns", "synacks", "completed", "accepted"):
        assert it[name] == 20, it
    assert (it["owner"], it["pid"]) == ("connect", os.getpid()), it
    assert it["verdict"] == "fine" and "closed_us" not in it, it
    assert abs(float(it["opened_at_s"]) - time.time()) < 600, it
    assert (it["syn_queue"], it["accept_queue"]) == (0, 0), it
    assert (it["syn_queue_peak"], it["accept_queue_peak"]) == (1, 1), it
    assert it["syn_queue_limit"] == it["accept_queue_limit"] == 16, it
    assert sum(histogram(it["handshake_us"]).values()) == 20
    waits = histogram(it["accept_wait_us"])
    assert sum(waits.values()) == 20 and waits[65535] >= 20 - late, waits
    assert it["accept_wait_p50_us"] == 65535
    assert it["accept_wait_p99_us"] == max(waits)


def test_accept_queue_overflows(link, books, witness, listener, family):
    """Nobody accepts: three fit, and the kernel takes no more."""
    sock = listener(backlog=2)
    callers = []
    for _ in range(10):     # all in the same instant, cookies could be sent
        callers.append(_call(link, family, sock.getsockname()[:2]))
        ends.settle(0.001)
    ends.settle(1.5)
    it = row(link.server, sock)
    grown = witness.agree()     # before SYNs are sent once more
    assert it["accept_queue"] == it["accept_queue_peak"] == 3, it
    assert [it["accept_queue"], it["accept_queue_limit"]] == \
        _ss(link.server, sock.getsockname()[1])
    assert it["verdict"] == "accept_queue_full", it
    assert it["completed"] == 3 and it["dropped_accept_queue"] > 0, it
    assert grown["TcpExtListenOverflows"] > 0
    for caller in callers:
        caller.close()


def test_handshakes_overflow(link, books, witness, listener, family, captures):
    """The last ACKs come when the accept queue is full already."""
    sock = listener(backlog=1)
    capture = captures(link.server)
    ghosts = [ends.ghost_caller(link, family, capture, sock) for _ in range(2)]
    for ghost in ghosts:
        ghost.syn()
    callers = [ends.call(link.client, sock.getsockname()[:2], family)
               for _ in range(2)]
    for ghost in ghosts:
        ghost.send(ACK)
    ends.settle()
    it = row(link.server, sock)
    assert it["overflowed"] == 2 and it["verdict"] == "accept_queue_full", it
    assert it["syn_queue"] == 2, it
    assert witness.agree()["TcpExtListenOverflows"] == 2
    for thing in ghosts + callers:
        thing.close()


def test_syn_queue_full_without_cookies(link, books, witness, listener, family):
    """Five half-open connections fit behind a backlog of four."""
    with link.server.sysctls(tcp_syncookies=0, tcp_max_syn_backlog=4096):
        sock = listener(backlog=4)
        _syns(link, family, sock.getsockname()[:2], 20)
        it = row(link.server, sock)
        assert (it["syns"], it["synacks"]) == (20, 5), it
        assert it["dropped_syn_queue"] == 15, it
        assert it["syn_queue"] == it["syn_queue_peak"] == 5, it
        assert it["verdict"] == "syn_queue_full", it
        assert witness.agree()["TcpExtTCPReqQFullDrop"] == 15


def test_reserve_for_known_peers(link, books, witness, listener, family):
    """Without cookies strangers get three quarters of tcp_max_syn_backlog."""
    with link.server.sysctls(tcp_syncookies=0, tcp_max_syn_backlog=16):
        sock = listener(backlog=128)
        _syns(link, family, sock.getsockname()[:2], 20)
        it = row(link.server, sock)
        assert it["synacks"] == 13 and it["dropped_other"] == 7, it
        assert it["verdict"] == "syn_queue_full", it
        assert witness.agree()["TcpExtListenDrops"] == 7


def test_cookies(link, books, witness, listener, family, captures):
    """The SYN queue is full: cookies are sent, one comes back, one is wrong."""
    with link.server.sysctls(tcp_syncookies=1):
        sock = listener(backlog=4)
        target = sock.getsockname()[:2]
        _syns(link, family, target, 15)
        caller = ends.call(link.client, target, family)
        ends.accept(sock).close()
        liar = ends.ghost_caller(link, family, captures(link.server), sock)
        liar.send(ACK, ack=12345)
        ends.settle()
        it = row(link.server, sock)
        assert (it["synacks"], it["cookies_sent"]) == (5, 11), it
        assert (it["cookies_validated"], it["cookies_failed"]) == (1, 1), it
        assert it["completed"] == it["accepted"] == 1, it
        assert it["syn_queue"] == 5 and it["verdict"] == "cookies", it
        grown = witness.agree()
        assert grown["TcpExtSyncookiesFailed"] == 1
        for thing in (caller, liar):
            thing.close()


def test_always_cookies(link, books, witness, listener, family):
    """tcp_syncookies=2: no half-open connection is ever kept."""
    with link.server.sysctls(tcp_syncookies=2):
        sock = listener()
        callers = [ends.call(link.client, sock.getsockname()[:2], family)
                   for _ in range(5)]
        it = row(link.server, sock)
        assert (it["synacks"], it["cookies_sent"]) == (0, 5), it
        assert it["cookies_validated"] == it["completed"] == 5, it
        for caller in callers:
            caller.close()


def test_failures_are_told_apart(link, books, witness, listener, family, captures):
    """One half-open connection expires, one is reset."""
    capture = captures(link.server)
    with link.server.sysctls(tcp_synack_retries=0):
        sock = listener()
        silent, other = (ends.ghost_caller(link, family, capture, sock)
                         for _ in range(2))
        silent.syn()
        other.syn()
        other.send(wire.RST, ack=0)
        ends.settle(3)
        it = row(link.server, sock)
        assert (it["expired"], it["reset"], it["failed"]) == (1, 1, 0), it
        for ghost in (silent, other):
            ghost.close()


def test_every_member_of_a_group(link, books, witness, family):
    """Each SO_REUSEPORT socket has a row, and the SYNs are split among them."""
    members, port = [], 0
    for _ in range(4):
        sock = link.server.socket(family)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        sock.bind(("0.0.0.0" if family == 4 else "::", port))
        port = sock.getsockname()[1]
        sock.listen(64)
        members.append(sock)
    from_ends = [ends.call(link.client, (_server(family), port), family)
                 for _ in range(40)]
    found = [row(link.server, sock) for sock in members]
    assert sum(it["syns"] for it in found) == 40
    assert sum(it["accept_queue"] for it in found) == 40
    assert sum(it["syns"] > 0 for it in found) > 1, found
    assert {it["local"] for it in found} == \
        {f"0.0.0.0:{port}" if family == 4 else f"[::]:{port}"}
    for sock in members + from_ends:
        sock.close()


def _server(family):
    return {4: "10.2.0.1", 6: "fd00:2::1"}[family]


def test_closed_ones_are_kept(link, books, witness, family):
    """A row says for how long it has been closed."""
    sock = ends.listen(link.server, family)
    number = ends.cookie(sock)
    assert row(link.server, sock)["verdict"] == "fine"
    sock.close()
    ends.settle(2)
    it, = [it for it in rows(link.server) if it["id"] == number]
    assert it["verdict"] == "closed", it
    assert 1_900_000 < it["closed_us"] < 3_000_000, it


def test_listens_again(link, books, listener, family):
    """What was half open before listen() is called again is counted off."""
    with link.server.sysctls(tcp_syncookies=0, tcp_synack_retries=2):
        sock = listener(backlog=256, port=4320 + family)
        target = sock.getsockname()[:2]
        _syns(link, family, target, 40)
        ends.settle(2)
        sock.shutdown(socket.SHUT_RDWR)
        sock.listen(256)
        _syns(link, family, target, 30)
        now = _flood(link.server, target[1])
        assert (now["state"], now["half_open"]) == ("flood", "30"), now
        ends.settle(20)
        now = _flood(link.server, target[1])
        assert (now["state"], now["half_open"]) == ("quiet", "0"), now


def test_netlink_says_the_same(link, books, witness, spec, listener, family):
    """listener-get has what /proc has."""
    sock = listener()
    ends.call(link.client, sock.getsockname()[:2], family).close()
    ends.accept(sock).close()
    with link.server.inside():
        client = genl.Client(spec)
    theirs, = [it for it in client.ask("listener-get", "listener", dump=True)
               if it["id"] == ends.cookie(sock)]
    client.close()
    ours = row(link.server, sock)
    for name in set(ours) & set(theirs):
        assert ours[name] == theirs[name], name
    assert theirs["netns"] == link.server.inum
    assert theirs["local_port"] == sock.getsockname()[1]
    counts = memoryview(theirs["handshake"]).cast("Q")
    assert sum(counts) == 1


def test_lives_name_their_listener(link, books, listener, family, captures):
    """A half-open connection, and one that is over."""
    sock = listener()
    ghost = ends.ghost_caller(link, family, captures(link.server), sock)
    ghost.syn()
    ends.call(link.client, sock.getsockname()[:2], family).close()
    accepted = ends.accept(sock)
    port = accepted.getpeername()[1]
    accepted.close()
    ends.settle()
    for remote in (ghost.source[1], port):
        it, = life.by_ports(link.server, sock.getsockname()[1], remote)
        assert it.listener_id == ends.cookie(sock), it
    ghost.close()


def _anywhere(host, family):
    """A listener on all addresses of a host."""
    sock = host.socket(family)
    sock.bind(("", 0))
    sock.listen()
    return sock


@pytest.mark.reloads
def test_place_of_another(link, few_listeners, listener, family, captures):
    """What is half open is never another namespace's, which has its listener's place."""
    passing = Host("tl-passing")
    first = _anywhere(passing, family)
    sock = listener(port=4330 + family)
    others = [_anywhere(link.client, family) for _ in range(few_listeners - 2)]
    first.close()
    passing.close()
    ends.settle(10)     # its place is the only one that is free
    ghost = ends.ghost_caller(link, family, captures(link.server), sock)
    ghost.send(SYN, ack=0)
    ghost.seq += 1
    time.sleep(0.1)
    sock.shutdown(socket.SHUT_RDWR)
    sock.listen()       # and it goes there
    other = _anywhere(link.client, family)
    it, = life.by_ports(link.server, ghost.target[1], ghost.source[1])
    assert it.state == "syn_recv" and it.listener_id != ends.cookie(other), it
    ghost.send(RST)
    ends.settle()
    it, = life.by_ports(link.server, ghost.target[1], ghost.source[1])
    assert it.outcome == "stale_syn", it
    theirs = row(link.client, other)
    assert not any(theirs[name] for name in
                   ("syns", "completed", "expired", "reset", "failed")), theirs
    for it in (other, *others, ghost):
        it.close()


@pytest.mark.reloads
def test_found_at_load(module, family):
    """A listener that was there before the module; its owner shows at accept()."""
    assert kernel.unload().returncode == 0
    sock = socket.socket({4: socket.AF_INET, 6: socket.AF_INET6}[family])
    sock.bind((LOOPBACK[family], 0))
    sock.listen(7)
    assert kernel.load().returncode == 0

    class Here:
        """This namespace."""
        @staticmethod
        def read(path):
            """The text of a file."""
            with open(path, encoding="ascii") as file:
                return file.read()
    it = row(Here, sock)
    assert (it["verdict"], it["accept_queue_limit"]) == ("fine", 7), it
    assert "opened_at_s" not in it and "owner" not in it, it
    assert it["uid"] == os.getuid(), it
    caller = socket.create_connection(sock.getsockname()[:2])
    sock.accept()[0].close()
    it = row(Here, sock)
    assert (it["owner"], it["pid"]) == ("accept", os.getpid()), it
    assert it["completed"] == 1, it
    for thing in (caller, sock):
        thing.close()


@pytest.mark.reloads
@pytest.mark.skipif(not os.path.exists("/proc/sys/net/ipv4/tcp_child_ehash_entries"),
                    reason="namespaces of this kernel have no table of their own")
def test_found_at_load_in_its_own_table(module, family):
    """A namespace that shares no table of connections: its listener is found, and they."""
    assert kernel.unload().returncode == 0
    common = Host()
    with common.sysctls(tcp_child_ehash_entries=1024):
        own = Host("tl-own")
    assert int(own.get_sysctl("tcp_ehash_entries")) == 1024    # below zero: shared
    connection = ends.connect_loopback(own, family)
    caller = ends.call(own, connection.server.local, family, address=LOOPBACK[family])
    assert kernel.load().returncode == 0
    it = row(own, connection.listener)
    assert (it["verdict"], it["accept_queue"], it["uid"]) == ("fine", 1, os.getuid()), it
    for end in (connection.client, connection.server):
        assert end.life().state == "established" and "adopted" in end.life().flags
    assert life.summary(own)["adopted"] == 4
    again = ends.call(own, connection.server.local, family, address=LOOPBACK[family])
    for _ in range(2):
        ends.accept(connection.listener).close()
    assert row(own, connection.listener)["owner"] == "accept"
    for thing in (caller, again, connection, own, common):
        thing.close()
