# SPDX-License-Identifier: GPL-2.0
"""/proc, netlink and tcplifectl say the same, and books balance under churn."""
import dataclasses
import json
import os
import pathlib
import socket

import jsonschema
import pytest

import ends
import genl
import life
import processes

SCHEMAS = pathlib.Path(__file__).parents[3] / "docs/json-schema"


@pytest.fixture
def varied(link, family, captures):
    """A few lives of each host, of many kinds, live and ended."""
    connection = ends.connect(link, family)
    connection.send("client", b"data")
    connection.client.close()
    connection.server.close()
    held = ends.connect(link, family)
    reset = ends.connect(link, family)
    reset.client.reset()
    listener = ends.listen(link.server, family)
    ghost = ends.ghost_caller(link, family, captures(link.server), listener)
    ghost.syn()
    yield
    for thing in (connection, held, reset, ghost, listener):
        thing.close()


def _unaged(it):
    """A life without what grows while it lasts."""
    if it.state == "close":
        return it
    states = {name: us for name, us in it.states.items() if name != it.state}
    return dataclasses.replace(it, duration_us=0, states=states)


def _same(ours, theirs):
    assert [_unaged(it) for it in ours] == [_unaged(it) for it in theirs]
    assert ours


@pytest.mark.parametrize("name", ["client", "server"])
def test_same_lives(link, spec, varied, name):
    """Every life, of all that this session has seen, from all sources."""
    host = getattr(link, name)
    with host.inside():
        client = genl.Client(spec)
    for scope, text, words in (
            ("history", life.history(host), ("history",)),
            ("live", life.live(host), ("list",))):
        netlink = [life.from_netlink(r) for r in client.lives(scope)]
        _same(text, netlink)
        _same(text, life.reader(host, *words))
    failed = [life.from_netlink(r) for r in client.lives("half_open_history")]
    assert failed == life.half_open_history(host)
    client.close()


@pytest.mark.parametrize("name", ["client", "server"])
def test_congestion_times(link, spec, varied, name):
    """Time in states of congestion control is time with data to send."""
    with getattr(link, name).inside():
        client = genl.Client(spec)
    for record in client.lives("history"):
        times, states = record.get("congestion"), record["states"]
        if times:
            assert sum(times.values()) == sum(
                states[n] for n in ("established", "close_wait", "fin_wait1",
                                    "closing", "last_ack")), record
    client.close()


def test_one_life(link, spec, family):
    """A life is had by its id while it is live, and by no other number."""
    connection = ends.connect(link, family)
    with link.client.inside():
        client = genl.Client(spec)
    record = client.life(connection.client.id)
    assert record["netns"] == link.client.inum
    assert record["family"] == family
    assert _unaged(life.from_netlink(record)) \
        == _unaged(connection.client.life())
    for number in (connection.server.id, 0, 2**64 - 1):
        with pytest.raises(genl.Refused) as refused:
            client.life(number)
        assert refused.value.errno == 2, refused.value
    with pytest.raises(genl.Refused) as refused:
        client.ask("life-get", "life")
    assert refused.value.errno == 22 and "id" in refused.value.strerror
    with pytest.raises(genl.Refused):
        client.lives(99)
    client.close()
    connection.close()


@pytest.mark.parametrize("name", ["client", "server"])
def test_same_totals(link, spec, varied, name):
    """The totals and the hooks from all sources."""
    host = getattr(link, name)
    with host.inside():
        client = genl.Client(spec)
    ours = life.summary(host)
    netlink = client.summary()
    assert netlink.pop("version")
    assert netlink == ours and ours["netns"] == host.inum
    text = json.loads(host.run("tcplifectl", "summary", "--json"))
    assert {n: v for n, v in text.items() if n != "version"} == ours
    hooks = life.health(host)[1]
    assert {h["name"]: h["status"] for h in client.hooks()} == hooks
    assert set(hooks.values()) == {"armed"}
    lines = host.run("tcplifectl", "health", "--json").splitlines()
    shown = [json.loads(line) for line in lines]
    assert {h["name"]: h["status"] for h in shown if "name" in h} == hooks
    client.close()


@pytest.mark.parametrize("schema, words", [
    ("life", ("history",)), ("life", ("list",)),
    ("life", ("history", "--half-open")), ("summary", ("summary",)),
    ("hook", ("health",))], ids=" ".join)
def test_schema(link, varied, schema, words):
    """Every line of JSON is as docs/json-schema says."""
    validator = jsonschema.Draft202012Validator(
        json.loads((SCHEMAS / f"{schema}.json").read_text("utf-8")))
    lines = link.server.run("tcplifectl", *words, "--json").splitlines()
    assert lines
    for line in lines[-50:]:
        validator.validate(json.loads(line))


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
    ends.settle(1)
    after = life.summary(link.client)
    assert after["opened"] - before["opened"] == 1000
    assert after["events_pending"] == 0
    told = listening.told()
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
        caller.connect(name)
        ports.append(caller.getsockname()[1])
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
        assert sorted(mine) == sorted(ports)
        for number, port in enumerate(ports):
            it = mine[port]
            assert it.outcome == "closed", it
            assert (it.bytes_sent, it.bytes_received) == \
                (number % sizes[0], number % sizes[1]), it
    assert len(told) == 2000
    listening.close()
    listener.close()
