# SPDX-License-Identifier: GPL-2.0
"""/proc, netlink and tcplifectl say the same of every life so far."""
import dataclasses
import json
import pathlib

import jsonschema
import pytest

import ends
import genl
import life

SCHEMAS = pathlib.Path(__file__).parents[3] / "docs/json-schema"
# The schema uses nothing that the older draft does not have.
_VALIDATOR = getattr(jsonschema, "Draft202012Validator",
                     jsonschema.Draft7Validator)


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


# What each source has: /proc, requests and the reader.
_SCOPES = {
    "history": (life.history, ("history",)),
    "live": (life.live, ("list",)),
    "half_open_history": (life.half_open_history, ("history", "--half-open")),
}


@pytest.mark.parametrize("scope", sorted(_SCOPES))
@pytest.mark.parametrize("name", ["client", "server"])
def test_same_lives(link, spec, varied, name, scope):
    """Every life, of all that this session has seen, from all sources.

    Half-open connections send, and end, by the clock, so up to five tries:
    what is read first must be the same when all is read.
    """
    host = getattr(link, name)
    read, words = _SCOPES[scope]
    with host.inside():
        client = genl.Client(spec)
    for _ in range(5):
        first = list(map(_unaged, read(host)))
        netlink = [_unaged(life.from_netlink(r)) for r in client.lives(scope)]
        reader = list(map(_unaged, life.reader(host, *words)))
        if list(map(_unaged, read(host))) == first:
            break
    client.close()
    assert netlink == first
    assert reader == first
    assert first or (name, scope) == ("client", "half_open_history")


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
    """The totals and the hooks from all sources.

    What ends by the clock is counted, hence up to five tries, as above.
    """
    host = getattr(link, name)
    with host.inside():
        client = genl.Client(spec)
    for _ in range(5):
        ours = life.summary(host)
        netlink = client.summary()
        text = json.loads(host.run("tcplifectl", "summary", "--json"))
        if life.summary(host) == ours:
            break
    assert netlink.pop("version")
    assert netlink == ours and ours["netns"] == host.inum
    assert {n: v for n, v in text.items() if n != "version"} == ours
    hooks = life.health(host)[1]
    assert {h["name"]: h["status"] for h in client.hooks()} == hooks
    assert set(hooks.values()) - {"absent"} == {"armed"}
    lines = host.run("tcplifectl", "health", "--json").splitlines()
    shown = [json.loads(line) for line in lines]
    assert {h["name"]: h["status"] for h in shown if "name" in h} == hooks
    client.close()


@pytest.mark.parametrize("schema, words", [
    ("life", ("history",)), ("life", ("list",)),
    ("life", ("history", "--half-open")), ("summary", ("summary",)),
    ("hook", ("health",)), ("listener", ("listeners",)),
    ("tally", ("halfopen", "--totals")), ("tally", ("timewait",))],
    ids=" ".join)
def test_schema(link, varied, schema, words):
    """Every line of JSON is as docs/json-schema says."""
    validator = _VALIDATOR(
        json.loads((SCHEMAS / f"{schema}.json").read_text("utf-8")))
    lines = link.server.run("tcplifectl", *words, "--json").splitlines()
    assert lines
    for line in lines[-50:]:
        validator.validate(json.loads(line))
