# SPDX-License-Identifier: GPL-2.0
"""Many connections: nothing is missing, and the books balance at every read."""
import os
import socket

import ends
import genl
import life
import processes

FIRST_PORT = 16000      # of 1,000 callers


def _churn(host, count):
    """Connections of a host to itself, one after the other."""
    listener = ends.listen(host, 4, address="127.0.0.1")
    name = listener.getsockname()
    for number in range(count):
        caller = host.socket(4)
        caller.connect(name)
        accepted, _ = listener.accept()
        caller.send(b"x")
        if number % 3 == 0:
            ends.reset_at_close(caller)
        caller.close()
        accepted.close()
    return count


def test_books_under_churn(link, spec):
    """The books balance at every read while connections come and go."""
    before = life.summary(link.client)
    with link.client.inside():
        listening = genl.Client(spec, receive_bytes=4 << 20)
        client = genl.Client(spec)
    listening.join()
    child = processes.Child(_churn, link.client, 500)
    reads, done = 0, (0, 0)
    while done[0] == 0:
        life.summary(link.client)
        life.balance(client.summary())
        reads += 1
        done = os.waitid(os.P_PID, child.pid,
                         os.WEXITED | os.WNOHANG | os.WNOWAIT) or (0,)
    assert child.result() == 500 and reads > 20
    told = []
    for _ in range(5):          # TIME_WAITs of earlier tests may end meanwhile
        told += listening.told()
        after = life.summary(link.client)
        if len(told) == after["events_told"] - before["events_told"]:
            break
    assert after["opened"] - before["opened"] == 1000
    assert after["events_pending"] == 0
    assert len(told) == after["events_told"] - before["events_told"]
    assert [r["seq"] for r in told] == list(range(
        told[0]["seq"], told[0]["seq"] + len(told)))
    first = [r for r in told if r["state"] == "time_wait" or
             r["time_wait_end"] == "none"]
    assert len({r["id"] for r in first}) == len(first) == 1000
    listening.close()
    client.close()


def test_thousand(link, spec, family):
    """1,000 connections with data: each is told once at either end."""
    with link.client.inside():
        listening = genl.Client(spec, receive_bytes=8 << 20)
    listening.join()
    listener = ends.listen(link.client, family, ends.LOOPBACK[family])
    name = listener.getsockname()[:2]
    ports = []
    for number in range(1000):
        caller = link.client.socket(family)
        caller.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # The kernel may choose one twice: at this end it is free at once.
        ports.append(FIRST_PORT + number)
        caller.bind((name[0], ports[-1]))
        caller.connect(name)
        accepted, _ = listener.accept()
        caller.sendall(b"x" * (number % 7))
        accepted.sendall(b"y" * (number % 5))
        accepted.shutdown(socket.SHUT_WR)
        caller.shutdown(socket.SHUT_WR)
        for sock in (caller, accepted):
            while sock.recv(100):
                pass
            sock.close()
    ends.settle(1)
    told = [life.from_netlink(r) for r in listening.told()
            if r["time_wait_end"] == "none"]
    for role, port_of, sizes in (
            ("active", lambda it: it.local[1], (7, 5)),
            ("passive", lambda it: it.remote[1], (5, 7))):
        mine = {port_of(it): it for it in told if it.role == role}
        assert set(mine) == set(ports), (
            len(told), sorted(set(mine) ^ set(ports)), life.summary(link.client))
        for number, port in enumerate(ports):
            it = mine[port]
            assert it.outcome == "closed", it
            assert (it.bytes_sent, it.bytes_received) == \
                (number % sizes[0], number % sizes[1]), it
    assert len(told) == 2000
    listening.close()
    listener.close()
