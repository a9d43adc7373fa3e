# SPDX-License-Identifier: GPL-2.0
"""JSON: every line fits its schema, and the schemas fit the netlink spec."""
import filecmp
import json
import os
import subprocess

import jsonschema
import pytest

from lives import ALL, HOOKS, life
from recording import ROOT, SETS, Recording, names

SCHEMAS = os.path.join(ROOT, "docs/json-schema")


def schema(name):
    with open(os.path.join(SCHEMAS, name + ".json"), encoding="utf-8") as file:
        return json.load(file)


def check(name, line):
    jsonschema.Draft202012Validator(schema(name)).validate(line)


def keys_of_spec(name):
    keys = [key for key in SETS[name] if key not in ("pad", "scope", "first_seq")]
    return keys if "version" in keys else ["version"] + keys


@pytest.mark.parametrize("name", ["life", "summary", "hook", "listener", "flood", "tally"])
def test_schema_fits_spec(name):
    content = schema(name)
    jsonschema.Draft202012Validator.check_schema(content)
    assert list(content["properties"]) == keys_of_spec(name)
    assert content["required"] == keys_of_spec(name)
    assert content["additionalProperties"] is False


def test_schemas_are_up_to_date(tmp_path):
    subprocess.run([os.path.join(SCHEMAS, "make-schema"), tmp_path], check=True)
    names_ = sorted(name for name in os.listdir(SCHEMAS) if name.endswith(".json"))
    assert sorted(os.listdir(tmp_path)) == names_ and len(names_) == 7
    for name in names_:
        assert filecmp.cmp(tmp_path / name, os.path.join(SCHEMAS, name), shallow=False), name


@pytest.mark.parametrize("name", ALL)
def test_life(tcplifectl, name):
    line, = tcplifectl.json("history", rec=Recording().dump("history", [ALL[name]]))
    check("life", line)
    assert list(line) == keys_of_spec("life")


def test_values(tcplifectl):
    line, = tcplifectl.json("history", rec=Recording().dump("history", [ALL["active_ended"]]))
    expected = dict(ALL["active_ended"], version=1, id="4097", seq="2", family="ipv4",
                    opened_at="2026-01-02T03:04:05.000006Z", cgroup="5678", ssthresh=None,
                    previous_id=None, next_id=None, listener_id=None, synacks_sent=None,
                    expires_us=None)
    expected["timeline"] = [{"us": us, "event": event} for us, event in expected["timeline"]]
    expected["congestion"] = {"open": 90000, "disorder": 0, "cwr": 0, "recovery": 12000, "loss": 0}
    expected["states"] = {"established": 1204000, "syn_sent": 12300, "fin_wait1": 12400,
                          "fin_wait2": 300, "time_wait": 60000000, "close": 0}
    assert line == expected


@pytest.mark.parametrize("name", ALL)
def test_states_worked_out(tcplifectl, name):
    """What the module leaves out where it tells a connection follows from the rest."""
    values = ALL[name]
    line, = tcplifectl.json("history", rec=Recording().dump("history", [values]))
    told = {key: value for key, value in values.items() if key != "states"}
    if "congestion" in told:
        told["congestion"] = {**told["congestion"], "open": 0}
    worked_out, = tcplifectl.json("history", rec=Recording().dump("history", [told]))
    states = line.get("states") or {}
    if "congestion" in told:
        taken = sum(us for state, us in told["congestion"].items() if state != "open")
        open_us = sum(states.get(state, 0) for state in (
            "established", "close_wait", "fin_wait1", "closing", "last_ack"))
        line["congestion"]["open"] = max(0, open_us - taken)
    assert worked_out == line


def test_states_of_a_cut_timeline(tcplifectl):
    """Where not all of the timeline fits, nothing is made up."""
    values = life([(us, "retransmit") for us in range(1000)] + [(2000, "close")])
    del values["states"]
    line, = tcplifectl.json("history", rec=Recording().dump("history", [values]))
    assert line["states"] is None and line["timeline_omitted"] > 0


def test_absent_is_null(tcplifectl):
    line, = tcplifectl.json("history", rec=Recording().dump("history", [{"netns": 1}]))
    check("life", line)
    assert line.pop("version") == 1 and line.pop("netns") == 1
    assert set(line.values()) == {None}


def test_nothing_known_is_null(tcplifectl):
    values = life([(0, "adopted")], state="none", role="unknown", closer="unknown",
                  owner="unknown", time_wait_end="none", outcome="open")
    line, = tcplifectl.json("list", rec=Recording().dump("live", [values]))
    for key in ("state", "role", "closer", "owner", "time_wait_end"):
        assert line[key] is None, key
    assert line["outcome"] == "open"


@pytest.mark.parametrize("key,enum", [("state", "state"), ("role", "role"), ("owner", "owner"),
                                      ("outcome", "outcome"), ("closer", "closer"),
                                      ("time_wait_end", "time_wait_end")])
def test_every_word(tcplifectl, key, enum):
    for word in names(enum):
        line, = tcplifectl.json("list", rec=Recording().dump("live", [dict(ALL["live_new"],
                                                                           **{key: word})]))
        check("life", line)
        assert line[key] == word or line[key] is None and word in ("none", "unknown")
    assert line[key] == names(enum)[-1]


def test_numbers_of_a_newer_module_are_null(tcplifectl):
    values = dict(ALL["live_new"], state=200, role=200, outcome=200, closer=200, owner=200,
                  time_wait_end=200, timeline=[(0, 200)])
    line, = tcplifectl.json("list", rec=Recording().dump("live", [values]))
    check("life", line)
    for key in ("state", "role", "outcome", "closer", "owner", "time_wait_end"):
        assert line[key] is None, key
    assert line["timeline"] == [{"us": 0, "event": None}]
    tcplifectl("list", rec=Recording().dump("live", [values]))
    tcplifectl("show", 4109, rec=Recording().get(4109, values))
    assert "event_200" in tcplifectl.out


def test_every_flag(tcplifectl):
    values = dict(ALL["live_new"], flags=names("flag"))
    line, = tcplifectl.json("list", rec=Recording().dump("live", [values]))
    assert line["flags"] == names("flag")


def test_large_numbers(tcplifectl):
    most = 2 ** 64 - 1
    values = dict(ALL["active_ended"], id=most, seq=most, cgroup=most, duration_us=most,
                  handshake_us=most, bytes_sent=2 ** 53, bytes_received=2 ** 53 - 1,
                  opened_at=most, states={"established": most}, congestion={"loss": most},
                  timeline=[(most, "close")], isn_local=2 ** 32 - 1)
    line, = tcplifectl.json("history", rec=Recording().dump("history", [values]))
    check("life", line)
    assert line["id"] == line["seq"] == line["cgroup"] == "18446744073709551615"
    for number in (line["duration_us"], line["handshake_us"], line["bytes_sent"],
                   line["bytes_received"], line["states"]["established"],
                   line["congestion"]["loss"], line["timeline"][0]["us"]):
        assert number == 2 ** 53 - 1
    assert line["isn_local"] == 2 ** 32 - 1
    assert line["opened_at"] == "2554-07-21T23:34:33.709551Z"
    for command in ("history", "show"):
        tcplifectl(command, *([most] if command == "show" else []),
                   rec=Recording().get(most, values).dump("history", [values]))


# bytes of comm, and what JSON says
COMMS = [
    (b"nginx\0", "nginx"),
    (b"\0", ""),
    (b"no end", "no end"),
    (b"a\"b\\c\0", "a\"b\\c"),
    (b"\x01\x1f\x7f\n\0", "\x01\x1f\x7f\n"),
    ("é€😀".encode() + b"\0", "é€😀"),
    (b"\xff\xfe\0", "\ufffd\ufffd"),
    (b"\xc3\0", "\ufffd"),
    (b"\xc0\xaf\0", "\ufffd\ufffd"),                    # overlong
    (b"\xe0\x80\xaf\0", "\ufffd\ufffd\ufffd"),          # overlong
    (b"\xf0\x80\x80\xaf\0", "\ufffd\ufffd\ufffd\ufffd"),
    (b"\xed\xa0\x80\0", "\ufffd\ufffd\ufffd"),          # surrogate
    (b"\xf4\x90\x80\x80\0", "\ufffd\ufffd\ufffd\ufffd"),  # above U+10FFFF
    (b"\xf4\x8f\xbf\xbf\0", "\U0010ffff"),
    (b"abcdefghijklm\xe2\x82\0", "abcdefghijklm\ufffd\ufffd"),
    (b"a\0b\0", "a"),
    (b"x" * 40 + b"\0", "x" * 31),
]


@pytest.mark.parametrize("raw,text", COMMS)
def test_comm(tcplifectl, raw, text):
    values = dict(ALL["active_ended"], comm=raw)
    line, = tcplifectl.json("history", rec=Recording().dump("history", [values]))
    check("life", line)
    assert line["comm"] == text


def test_summary(tcplifectl):
    values = {name: i * 1000 for i, name in enumerate(SETS["summary"]) if name != "pad"}
    values["version"] = "0.1.0"
    line, = tcplifectl.json("summary", rec=Recording().summary(values))
    check("summary", line)
    assert line == values
    assert list(line) == keys_of_spec("summary")
    pairs = [row.split() for row in tcplifectl.lines("summary", rec=Recording().summary(values))]
    assert pairs == [[name, str(value)] for name, value in values.items()]


def test_summary_with_less(tcplifectl):
    line, = tcplifectl.json("summary", rec=Recording().summary({"live": 2 ** 60}))
    check("summary", line)
    assert line["live"] == 2 ** 53 - 1 and line["opened"] is None
    assert tcplifectl("summary", rec=Recording().summary({"live": 2 ** 60})).split() == \
        ["live", str(2 ** 60)]


def test_health(tcplifectl):
    lines = tcplifectl.json("health", rec=Recording().hooks(HOOKS))
    for line in lines:
        check("hook", line)
        assert list(line) == keys_of_spec("hook")
    assert lines == [dict(hook, version=1, required=bool(hook["required"])) for hook in HOOKS]


@pytest.mark.parametrize("command,scope", [("list", "live"), ("halfopen", "live"),
                                           ("timewait --list", "live"),
                                           ("history", "history"),
                                           ("halfopen --history", "half_open_history")])
def test_every_list_has_json(tcplifectl, command, scope):
    for line in tcplifectl.json(*command.split(), rec=Recording().dump(scope, list(ALL.values()))):
        check("life", line)


def test_stream_and_show(tcplifectl):
    lines = tcplifectl.json("stream", rec=Recording().told(*ALL.values()))
    assert len(lines) > 5
    line, = tcplifectl.json("show", 4097, rec=Recording().told(*ALL.values()))
    for each in lines + [line]:
        check("life", each)
