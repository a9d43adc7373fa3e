# SPDX-License-Identifier: GPL-2.0
"""The right task among many, or none: who accepts, not who runs, binds or serves.

The kernel's trace is the witness of the task on top of which a softirq did
the work.
"""
import contextlib
import os
import socket
import subprocess
import sys
import threading

import pytest

import ends
import hosts
import kernel
import life
import processes
import trace
from hosts import SERVER

CLONE_NEWPID = 0x20000000
MSG_FASTOPEN = 0x20000000
TCP_FASTOPEN = 23
ACTIVATED = """
import os, socket, sys
accepted, _ = socket.socket(fileno=int(sys.argv[1])).accept()
cookie = int.from_bytes(accepted.getsockopt(socket.SOL_SOCKET, 57, 8), "little")
print(cookie, os.getpid(), open("/proc/self/comm").read().strip())
"""


@pytest.fixture
def tracing():
    """A trace of the test."""
    the_trace = trace.Trace()
    yield the_trace
    the_trace.close()


def _owner(it):
    return it.owner, it.pid, it.comm


def _nobody(it):
    """Is no task said to own it, nor to have accepted it?"""
    return (it.owner, it.pid, it.comm, it.uid, it.cgroup) == (None,) * 5 \
        and "accepted" not in [event for _, event in it.timeline]


def _passive(host, listener, caller):
    """The life of a listener's end of a connection."""
    it, = life.by_ports(host, listener.getsockname()[1],
                        caller.getsockname()[1])
    return it


def _name(listener):
    return listener.getsockname()[:2]


# --- servers ------------------------------------------------------------------

def _accept_some(listener, name, count):
    processes.set_name(name)
    accepted = [ends.accept(listener) for _ in range(count)]
    return [ends.cookie(sock) for sock in accepted]


def test_preforked(link, books, family):
    """One listener, three children that accept: each owns what it accepted."""
    listener = ends.listen(link.server, family)
    workers = {f"worker{n}": processes.Child(_accept_some, listener,
                                             f"worker{n}", 2)
               for n in range(3)}
    callers = []
    for _ in range(6):
        callers.append(ends.call(link.client, _name(listener), family))
        ends.settle()
    owners = {number: ("accept", worker.pid, name)
              for name, worker in workers.items()
              for number in worker.result()}
    assert len(owners) == 6
    for number, owner in owners.items():
        assert _owner(life.the_life(link.server, number)) == owner
    for sock in (*callers, listener):
        sock.close()


def _serve(accepted):
    processes.set_name("server")
    accepted.sendall(accepted.recv(100))
    accepted.shutdown(socket.SHUT_WR)
    accepted.close()


def _accept_and_fork(listener):
    processes.set_name("master")
    accepted = ends.accept(listener)
    number = ends.cookie(accepted)
    server = processes.Child(_serve, accepted)
    accepted.close()
    server.result()
    return number, server.pid


def test_forked_after_accept(link, books, family):
    """The parent accepts, a child serves and closes: the parent is the owner."""
    listener = ends.listen(link.server, family)
    master = processes.Child(_accept_and_fork, listener)
    caller = ends.call(link.client, _name(listener), family)
    caller.sendall(b"echo")
    assert caller.recv(100) == b"echo" and not caller.recv(100)
    caller.close()
    number, served_by = master.result()
    ends.settle()
    it = life.the_life(link.server, number)
    assert _owner(it) == ("accept", master.pid, "master"), it
    assert served_by != master.pid and it.outcome == "closed"
    listener.close()


def _in_thread(function, *arguments):
    """What the function returns in a thread of another name, and both names."""
    told = []

    def run():
        processes.set_name("thread")
        told.append(function(*arguments))
        with open("/proc/thread-self/comm", encoding="ascii") as thread, \
                open("/proc/self/comm", encoding="ascii") as process:
            told.extend((threading.get_native_id(), thread.read().strip(),
                         process.read().strip()))
    processes.set_name("process")
    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return told


def _call(link, family, target):
    caller = ends.call(link.client, target, family)
    number = ends.cookie(caller)
    caller.close()
    return number


def _accept(listener):
    accepted = ends.accept(listener)
    number = ends.cookie(accepted)
    accepted.close()
    return number


def test_threads(link, books, family):
    """A thread connects, another accepts: id and name are the process's."""
    listener = ends.listen(link.server, family)
    server = processes.Child(_in_thread, _accept, listener)
    client = processes.Child(_in_thread, _call, link, family, _name(listener))
    for child, host, how in ((client, link.client, "connect"),
                             (server, link.server, "accept")):
        number, thread, *names = child.result()
        assert thread != child.pid and names == ["thread", "process"]
        it = life.the_life(host, number)
        assert _owner(it) == (how, child.pid, "process"), it
    listener.close()


def test_activated_by_exec(link, books, family):
    """The listener is inherited through exec: who accepts is the owner."""
    listener = ends.listen(link.server, family)
    with subprocess.Popen([sys.executable, "-c", ACTIVATED,
                           str(listener.fileno())], text=True,
                          stdout=subprocess.PIPE,
                          pass_fds=[listener.fileno()]) as process:
        caller = ends.call(link.client, _name(listener), family)
        number, pid, comm = process.stdout.read().split()
    assert int(pid) == process.pid != os.getpid()
    assert _owner(life.the_life(link.server, int(number))) == \
        ("accept", process.pid, comm)
    caller.close()
    listener.close()


def _bind_and_send(link, family, channel):
    processes.set_name("binder")
    listener = ends.listen(link.server, family)
    socket.send_fds(channel, [b"x"], [listener.fileno()])
    return _name(listener)


def _accept_received(channel, onward):
    processes.set_name("taker")
    _, (descriptor,), _, _ = socket.recv_fds(channel, 1, 1)
    accepted = ends.accept(socket.socket(fileno=descriptor))
    socket.send_fds(onward, [b"x"], [accepted.fileno()])
    return ends.cookie(accepted)


def _close_received(channel):
    processes.set_name("closer")
    _, (descriptor,), _, _ = socket.recv_fds(channel, 1, 1)
    socket.socket(fileno=descriptor).close()


def test_passed_on(link, books, family):
    """One binds, one gets the listener and accepts, one gets that and closes."""
    first, second = socket.socketpair(), socket.socketpair()
    taker = processes.Child(_accept_received, first[1], second[0])
    target = processes.call(_bind_and_send, link, family, first[0])
    caller = ends.call(link.client, target, family)
    closer = processes.Child(_close_received, second[1])
    number = taker.result()
    closer.result()
    ends.settle()
    it = life.the_life(link.server, number)
    assert _owner(it) == ("accept", taker.pid, "taker"), it
    assert it.state == "fin_wait2"
    for sock in (caller, *first, *second):
        sock.close()


def _accept_and_look(link, listener):
    number = _accept_some(listener, "inner", 1)[0]
    return os.getpid(), number, life.the_life(link.server, number)


def _in_pid_namespace(link, listener):
    hosts.unshare(CLONE_NEWPID)
    child = processes.Child(_accept_and_look, link, listener)
    return child.pid, child.result()


def test_pid_namespace(link, books, family):
    """Accepted, and looked at, in a pid namespace: the id is the host's."""
    listener = ends.listen(link.server, family)
    child = processes.Child(_in_pid_namespace, link, listener)
    caller = ends.call(link.client, _name(listener), family)
    outer, (inner, number, seen) = child.result()
    assert inner == 1 < outer
    for it in (seen, life.the_life(link.server, number)):
        assert _owner(it) == ("accept", outer, "inner")
    caller.close()
    listener.close()


# --- nobody -------------------------------------------------------------------

@contextlib.contextmanager
def _fastopen(link, family):
    with link.client.sysctls(tcp_fastopen=0x5), \
            link.server.sysctls(tcp_fastopen=0x202):
        listener = ends.listen(link.server, family)
        listener.setsockopt(socket.IPPROTO_TCP, TCP_FASTOPEN, 16)
        caller = link.client.socket(family)
        caller.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            caller.sendto(b"early", MSG_FASTOPEN, _name(listener))
        yield listener, caller
        caller.close()
        listener.close()


def test_fastopen_accepted_early(link, books, family):
    """Accepted before its handshake was over: by whom is not known."""
    with link.delayed(50), _fastopen(link, family) as (listener, caller):
        accepted = ends.accept(listener)
        number = ends.cookie(accepted)
        # before the last ACK comes; the history would take long to read
        it, = life.live(link.server, keep=lambda row: row.startswith(f"{number} "))
        assert it.state == "syn_recv" and _nobody(it), it
        assert accepted.recv(100) == b"early"
        ends.settle(1)
        it = life.the_life(link.server, number)
        assert it.state == "established" and _nobody(it), it
        accepted.close()
        ends.settle(1)
        assert _nobody(life.the_life(link.server, number))


def test_fastopen_accepted_late(link, books, family):
    """Accepted when it was over: known."""
    with _fastopen(link, family) as (listener, caller):
        ends.settle(1)
        assert _nobody(_passive(link.server, listener, caller))
        ends.accept(listener).close()
        it = _passive(link.server, listener, caller)
        assert (it.owner, it.pid) == ("accept", os.getpid()), it
        assert "fastopen" in it.flags


def test_never_accepted(link, books, family):
    """The listener is closed: its process did not accept what waited there."""
    listener = ends.listen(link.server, family)
    caller = ends.call(link.client, _name(listener), family)
    port = listener.getsockname()[1]
    listener.close()
    ends.settle()
    it, = life.by_ports(link.server, port, caller.getsockname()[1])
    assert it.outcome == "not_accepted" and _nobody(it), it
    caller.close()


def _group_member(link, family, port=0):
    listener = link.server.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listener.bind((SERVER[family], port))
    listener.listen(16)
    return listener


@pytest.mark.skipif(kernel.IS_5_10, reason="5.10 does not hand them over")
@pytest.mark.parametrize("cookies", [1, 2], ids=["plain", "cookie"])
def test_moved_to_another_listener(link, books, family, cookies):
    """Closing a listener that others take over from is not accepting."""
    with link.server.sysctls(tcp_migrate_req=1, tcp_syncookies=cookies):
        listener = _group_member(link, family)
        caller = ends.call(link.client, _name(listener), family)
        other = _group_member(link, family, listener.getsockname()[1])
        ends.settle()
        listener.close()
        it = _passive(link.server, other, caller)
        assert "migrated" in it.flags and it.state == "established", it
        assert ("cookie" in it.flags) == (cookies == 2), it
        assert _nobody(it), it
        worker = processes.Child(_accept_some, other, "worker", 1)
        number, = worker.result()
        it = life.the_life(link.server, number)
        assert _owner(it) == ("accept", worker.pid, "worker"), it
        assert [e for _, e in it.timeline].count("accepted") == 1, it
        caller.close()
        other.close()


# --- who happens to run -------------------------------------------------------

def _spin():
    processes.set_name("busy")
    while True:
        pass


def test_interrupted(link, books, tracing, family):
    """A busy process that segments interrupt owns none of the connections."""
    listener = ends.listen(link.server, family)
    busy = processes.Child(_spin)
    callers, owners = [], []
    with link.delayed(5):
        for _ in range(5):
            callers.append(ends.call(link.client, _name(listener), family))
            ends.settle(0.1)
            assert _nobody(_passive(link.server, listener, callers[-1]))
            worker = processes.Child(_accept, listener)
            owners.append((worker.result(), worker.pid))
            ends.settle(0.1)
        for caller in callers:
            caller.shutdown(socket.SHUT_WR)
        ends.settle(1)
    busy.kill()
    port = listener.getsockname()[1]
    on_top = [c for c in tracing.changes(port) if c.pid == busy.pid]
    assert on_top and all(c.softirq and c.comm == "busy" for c in on_top)
    assert {"syn_recv", "established", "fin_wait2"} & \
        {c.new for c in on_top if c.ports[0] == port}, on_top
    for number, pid in owners:
        it = life.the_life(link.server, number)
        assert (it.owner, it.pid) == ("accept", pid), it
    for caller in callers:
        it = life.the_life(link.client, ends.cookie(caller))
        assert (it.owner, it.pid) == ("connect", os.getpid()), it
        caller.close()
    listener.close()


def _call_twice_and_reset(host, target, family, gate):
    """Two connections, reset when told to: the second may be accepted."""
    processes.set_name("caller")
    pair = [ends.call(host, target, family, address=target[0])
            for _ in range(2)]
    gate[0].send(b"connected")
    gate[0].recv(1)
    for caller in pair:
        ends.reset_at_close(caller)
        caller.close()


def test_loopback(link, books, tracing, family):
    """connect() runs the listener's softirq too, and is not its owner.

    Nor is who resets: the other end is closed on top of that.
    """
    gate = socket.socketpair()
    listener = ends.listen(link.client, family, ends.LOOPBACK[family])
    caller = processes.Child(_call_twice_and_reset, link.client,
                             _name(listener), family, gate)
    gate[1].recv(100)
    port = listener.getsockname()[1]

    def lives():
        return [it for it in life.live(link.client) + life.history(link.client)
                if it.local[1] == port and it.role == "passive"]
    assert len(lives()) == 2 and all(_nobody(it) for it in lives())
    accepted = ends.accept(listener)
    number = ends.cookie(accepted)
    gate[1].send(b"x")
    caller.result()
    ends.settle()
    mine = [c for c in tracing.changes(port)
            if c.ports[0] == port and c.pid == caller.pid]
    assert {c.new for c in mine} >= {"syn_recv", "established", "close"}, mine
    assert all(c.softirq for c in mine)
    for it in lives():
        assert it.outcome == "reset_remote", it
        if it.id == number:
            assert (it.owner, it.pid) == ("accept", os.getpid()), it
        else:
            assert _nobody(it) and "unaccepted" in it.flags, it
    assert number in {it.id for it in lives()}
    for sock in (accepted, listener, *gate):
        sock.close()
