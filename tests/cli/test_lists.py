# SPDX-License-Identifier: GPL-2.0
"""Finite tables: list, history, halfopen, timewait, health."""
import pytest

from lives import ALL, HOOKS
from recording import Recording


def table(lines):
    """Cells by heading; no cell of ours has blanks but times, sizes and dates."""
    return [line.split() for line in lines]


def test_list(tcplifectl):
    rec = Recording().dump("live", [ALL["active"], ALL["adopted"], ALL["live_new"]])
    head, first, second, third = table(tcplifectl.lines("list", rec=rec))
    assert head == ["ID", "STATE", "DURATION", "PID", "COMM", "ROLE", "LOCAL", "REMOTE",
                    "HANDSHAKE", "RETRANSMITS"]
    assert first == ["4097", "time_wait", "1.230", "s", "1234", "curl", "active",
                     "192.0.2.1:45678", "198.51.100.7:443", "12.300", "ms", "0"]
    assert second == ["4104", "established", "9.000", "s", "?", "?", "?",
                      "192.0.2.1:45678", "198.51.100.7:443", "?", "3"]
    assert third[-4:] == ["192.0.2.1:-", "198.51.100.7:443", "?", "0"]


def test_history(tcplifectl):
    rec = Recording().dump("history", [ALL["passive"], ALL["connect_timeout"]])
    head, first, second = table(tcplifectl.lines("history", rec=rec))
    assert head[0] == "ID" and head[-1] == "OUTCOME"
    assert first == ["4098", "2026-01-02", "03:04:05.000", "77", "nginx", "passive",
                     "192.0.2.1:443", "198.51.100.7:51234", "53.300", "ms", "1.2", "kB",
                     "5.6", "MB", "remote", "closed"]
    assert second[-4:] == ["?", "?", "-", "connect_timeout"]


def test_history_half_open(tcplifectl):
    rec = Recording().dump("history", [ALL["passive"]])
    rec.dump("half_open_history", [ALL["half_open"]])
    assert tcplifectl.ids("history", rec=rec) == [4098]
    assert tcplifectl.ids("history", "--half-open", rec=rec) == [4103]


def test_halfopen(tcplifectl):
    rec = Recording().dump("live", [ALL["live_half_open"], ALL["adopted"], ALL["active"]])
    head, only = table(tcplifectl.lines("halfopen", rec=rec))
    assert head == ["ID", "DURATION", "SYNACKS_SENT", "SYNACK_RETRANSMITS", "EXPIRES",
                    "ISN_LOCAL", "ISN_REMOTE", "LISTENER_ID", "LOCAL", "REMOTE"]
    assert only == ["4108", "1.500", "s", "2", "1", "3.500", "s", "7", "4294967295", "12",
                    "192.0.2.1:443", "198.51.100.7:443"]


def test_timewait(tcplifectl):
    rec = Recording().dump("live", [ALL["live_half_open"], ALL["adopted"], ALL["active"]])
    head, only = table(tcplifectl.lines("timewait", "--list", rec=rec))
    assert head == ["ID", "TIME_WAIT", "CLOSER", "PID", "COMM", "LOCAL", "REMOTE"]
    assert only == ["4097", "1.000", "ms", "local", "1234", "curl", "192.0.2.1:45678",
                    "198.51.100.7:443"]


@pytest.mark.parametrize("command,scope", [("list", "live"), ("history", "history")])
def test_empty(tcplifectl, command, scope):
    rec = Recording().dump(scope, [])
    assert tcplifectl.lines(command, rec=rec)[0].startswith("ID ")
    assert tcplifectl.json(command, rec=rec) == []
    assert tcplifectl(command, "--no-header", rec=rec) == ""


def test_no_header(tcplifectl):
    rec = Recording().dump("live", [ALL["active"]])
    assert len(tcplifectl.lines("list", "--no-header", rec=rec)) == 1


def test_addresses_are_never_cut(tcplifectl):
    rec = Recording().dump("history", [ALL["ipv6"], ALL["passive"]])
    out = tcplifectl("history", rec=rec, env={"COLUMNS": "40"})
    assert "[2001:db8:85a3:1234:5678:8a2e:1370:7334]:45678" in out
    assert "[2001:db8:ffff:eeee:dddd:cccc:bbbb:aaaa]:443" in out
    assert len(out.splitlines()) == 3


# microseconds or bytes, and what people read
DURATIONS = [(0, "0 µs"), (999, "999 µs"), (1000, "1.000 ms"), (999999, "999.999 ms"),
             (1000000, "1.000 s"), (59999999, "59.999 s"), (60000000, "1 min 00 s"),
             (3599999999, "59 min 59 s"), (3600000000, "1 h 00 min"),
             (86399999999, "23 h 59 min"), (86400000000, "1 d 00 h"),
             (2 ** 64 - 1, "213503982 d 08 h")]
SIZES = [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (999949, "999.9 kB"), (999999, "999.9 kB"),
         (1000000, "1.0 MB"), (2 ** 64 - 1, "18.4 EB")]


@pytest.mark.parametrize("number,text", DURATIONS)
def test_duration(tcplifectl, number, text):
    rec = Recording().dump("live", [dict(ALL["adopted"], duration_us=number)])
    assert " %s " % text in tcplifectl("list", rec=rec)
    ascii_text = text.replace("µ", "u")
    assert " %s " % ascii_text in tcplifectl("list", rec=rec, env={"LC_ALL": "C"})


@pytest.mark.parametrize("number,text", SIZES)
def test_size(tcplifectl, number, text):
    rec = Recording().dump("history", [dict(ALL["passive"], bytes_sent=number)])
    assert " %s " % text in tcplifectl("history", rec=rec)


def test_healthy(tcplifectl):
    lines = tcplifectl.lines("health", "--check", rec=Recording().hooks(HOOKS))
    assert lines[0].split() == ["NAME", "KIND", "STATUS", "REQUIRED", "MISSED", "FEATURE"]
    assert lines[1].split() == ["inet_sock_set_state", "tracepoint", "armed", "yes", "0", "states"]
    assert lines[-1] == "healthy"


@pytest.mark.parametrize("change,said", [
    ({"status": "deaf"}, "unhealthy: 1 hooks deaf"),
    ({"status": "detached"}, "unhealthy: 1 hooks detached"),
    ({"missed": 7}, "unhealthy: 7 hits missed"),
])
def test_unhealthy(tcplifectl, change, said):
    rec = Recording().hooks([HOOKS[0], dict(HOOKS[1], **change)])
    assert tcplifectl.lines("health", rec=rec, code=0)[-1].startswith(said)
    tcplifectl("health", "--check", rec=rec, code=1)
    assert "\nhealthy" not in tcplifectl.out
    tcplifectl("health", "--check", "--json", rec=rec, code=1)
    assert "healthy" not in tcplifectl.out


def test_absent_is_healthy(tcplifectl):
    """What this kernel does not have cannot be attached."""
    rec = Recording().hooks([HOOKS[0], dict(HOOKS[1], status="absent")])
    lines = tcplifectl.lines("health", "--check", rec=rec)
    assert lines[2].split()[2] == "absent"
    assert lines[-1] == "healthy"


def test_no_hooks_is_unhealthy(tcplifectl):
    tcplifectl("health", "--check", rec=Recording().hooks([]), code=1)
    assert "unhealthy: the module has no hooks" in tcplifectl.out
