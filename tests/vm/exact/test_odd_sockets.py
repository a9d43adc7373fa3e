# SPDX-License-Identifier: GPL-2.0
"""Sockets of TCP that others have laid hands on, or that no process has.

Kernel TLS and BPF's maps of sockets put functions of their own in the place of TCP's;
RDS has its messages carried by TCP connections of the kernel's own.  All of them are TCP
connections, and on record as such.
"""
import contextlib
import ctypes
import os
import socket
import struct

import pytest

import ends
import kernel
import life
import wire
from hosts import CLIENT, SERVER, run

TCP_ULP, SOL_TLS, TLS_TX, TLS_RX = 31, 282, 1, 2
TLS_1_2, TLS_AES_GCM_128 = 0x0303, 51
TLS_OVERHEAD = 5 + 8 + 16       # of a record: header, nonce, tag
SYS_BPF, BPF_MAP_CREATE, BPF_MAP_UPDATE_ELEM, BPF_MAP_TYPE_SOCKMAP = 321, 0, 2, 15
RDS_PORT, RDS_MESSAGE_PORT = 16385, 4000
QUESTION, ANSWER = b"question", b"an answer to it"
ORDERS = {"client": ("local", "remote"), "server": ("remote", "local"),
          "reset": ("local", "remote")}
RESETS = {"reset_local", "reset_remote"}

_LIBC = ctypes.CDLL(None, use_errno=True)


@contextlib.contextmanager
def _modules_on_demand():
    """The kernel may load modules of its own."""
    path = "/proc/sys/kernel/modprobe"
    with open(path, "w", encoding="ascii") as file:
        file.write("/sbin/modprobe")
    try:
        yield
    finally:
        with open(path, "w", encoding="ascii") as file:
            file.write("\n")


def _talk(connection):
    for name, data in (("client", QUESTION), ("server", ANSWER)):
        connection.send(name, data)


def _end(connection, how):
    """Close both, one first, or reset."""
    if how == "reset":
        connection.client.reset()
        connection.server.close()
    else:
        first, second = connection.end(how)
        first.close()
        second.close()
    connection.close()


def _check(connection, how, capture, overhead=0):
    """Both ends are on record from the first segment to the last."""
    client, server = connection.client.life(), connection.server.life()
    flow = connection.client.flow(capture)
    sizes = len(QUESTION) + overhead, len(ANSWER) + overhead
    assert (wire.payload_bytes(flow.sent), wire.payload_bytes(flow.received)) == sizes
    for it, (sent, received), closer in ((client, sizes, 0),
                                         (server, sizes[::-1], 1)):
        assert (it.bytes_sent, it.bytes_received) == (sent, received), it
        assert it.closer == ORDERS[how][closer], it
        assert it.path().split()[-1] in ("close", "time_wait"), it
        assert it.owner and it.pid == os.getpid(), it
    wanted = ("reset_local", "reset_remote") if how == "reset" else ("closed", "closed")
    assert (client.outcome, server.outcome) == wanted


def _tls(end):
    """The kernel encrypts what is sent, and decrypts what comes."""
    end.socket.setsockopt(socket.SOL_TCP, TCP_ULP, b"tls")
    keys = struct.pack("HH8s16s4s8s", TLS_1_2, TLS_AES_GCM_128, bytes(8), b"k" * 16,
                       b"salt", bytes(8))
    for way in (TLS_TX, TLS_RX):
        end.socket.setsockopt(SOL_TLS, way, keys)


@pytest.mark.parametrize("how", ORDERS)
def test_kernel_tls(link, captures, books, family, how):
    """What is counted is what is on the wire: with the overhead of TLS."""
    kernel.need("tls")
    capture = captures(link.client)
    connection = ends.connect(link, family)
    with _modules_on_demand():
        for end in (connection.client, connection.server):
            _tls(end)
    _talk(connection)
    _end(connection, how)
    _check(connection, how, capture, TLS_OVERHEAD)


def _bpf(command, attributes):
    """bpf(2); the attributes stay where they are."""
    buffer = ctypes.create_string_buffer(attributes, 128)
    result = _LIBC.syscall(SYS_BPF, command, buffer, 128)
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    return result


@pytest.fixture
def sockmap():
    """A map of two sockets."""
    descriptor = _bpf(BPF_MAP_CREATE, struct.pack("IIII", BPF_MAP_TYPE_SOCKMAP, 4, 4, 2))
    yield descriptor
    os.close(descriptor)


@pytest.mark.parametrize("how", ORDERS)
def test_sockmap(link, captures, books, sockmap, family, how):
    """Both ends are in a map, which takes them out as they are closed."""
    capture = captures(link.client)
    connection = ends.connect(link, family)
    for number, end in enumerate((connection.client, connection.server)):
        key = ctypes.c_uint(number)
        value = ctypes.c_uint(end.socket.fileno())
        _bpf(BPF_MAP_UPDATE_ELEM, struct.pack(
            "I4xQQQ", sockmap, ctypes.addressof(key), ctypes.addressof(value), 0))
    _talk(connection)
    _end(connection, how)
    _check(connection, how, capture)


@pytest.fixture
def rds():
    """RDS over TCP, which listens in each namespace, and lets go of all when it goes."""
    kernel.need("rds_tcp")
    yield
    run("modprobe", "-r", "rds_tcp")


def _rds_socket(host, address):
    with host.inside():
        sock = socket.socket(socket.AF_RDS, socket.SOCK_SEQPACKET)
    sock.settimeout(30)
    sock.bind((address, RDS_MESSAGE_PORT))
    return sock


def _of_rds(host):
    """The lives of RDS on a host, by the port that was not chosen; one may be used again."""
    by_port = {}
    for it in life.live(host) + life.history(host):
        if RDS_PORT in (it.local[1], it.remote[1]):
            by_port.setdefault(it.local[1] + it.remote[1] - RDS_PORT, []).append(it)
    return by_port


def test_sockets_of_the_kernel(link, captures, books, rds):
    """No process has them: none is named, and nothing else is missing."""
    capture = captures(link.client)
    client, server = (_rds_socket(host, address) for host, address in
                      ((link.client, CLIENT[4]), (link.server, SERVER[4])))
    header, *rows = link.server.read(f"{life.PROC}listeners").splitlines()
    owner, local = map(header.split().index, ("owner", "local"))
    there = {row.split()[owner] for row in rows
             if row.split()[local].endswith(f":{RDS_PORT}")}
    assert there == {"-"}, rows
    for caller, called, data in ((client, server, QUESTION), (server, client, ANSWER)):
        caller.sendto(data, called.getsockname())
        assert called.recvfrom(100) == (data, caller.getsockname())
    for sock in (client, server):
        sock.close()
    run("modprobe", "-r", "rds_tcp")
    ends.settle(1)
    called = {s.source[1] for s in capture.segments() if s.has(wire.SYN)} - {RDS_PORT}
    for host in (link.client, link.server):
        by_port = _of_rds(host)
        assert set(by_port) == called
        for lives in by_port.values():
            flow = capture.flow(lives[0].local, lives[0].remote)
            for it in lives:
                assert (it.owner, it.pid, it.comm) == (None, None, None), it
                assert it.role == ("active" if it.remote[1] == RDS_PORT else "passive"), it
                assert it.outcome in (RESETS if any(s.has(wire.RST) for s in flow.all)
                                      else {"closed"}), f"{it}\n{flow}"
            assert len(lives) == sum(s.has(wire.SYN) and not s.has(wire.ACK)
                                     for s in flow.all), flow
            if len(lives) > 1:
                continue
            assert it.bytes_sent == wire.payload_bytes(flow.sent), it
            # What comes to an end that is closed already is answered by a RST.
            late = wire.payload_bytes(flow.received) - it.bytes_received
            assert late == 0 or late > 0 and "rst_sent" in it.flags, it
