# SPDX-License-Identifier: GPL-2.0
"""tcplifectl flood: the present, kept alerts, and alerts as they come."""
import socket
import subprocess

import pytest

from conftest import LOCALE, PROGRAM
from floods import FLOOD, QUIET, alert
from lives import ACTIVE
from recording import EOPNOTSUPP, EPERM, Recording, names
from test_json import check, keys_of_spec


def watched(*present):
    """A recording of flood --watch, as far as what comes before the first alert."""
    return Recording().floods(list(present))


def states(tcplifectl, *words, **more):
    return [line["state"] for line in tcplifectl.json("flood", *words, **more)]


def test_table(tcplifectl):
    lines = tcplifectl.lines("flood", rec=Recording().floods([FLOOD, QUIET]))
    assert lines[0].split() == ["STATE", "LOCAL", "SINCE", "SYN_RATE", "COMPLETION_RATIO",
                                "HALF_OPEN", "DISTINCT_SOURCES", "SPREAD", "COOKIES", "DROPPED",
                                "FLOODS"]
    assert lines[1].split() == ["flood", "192.0.2.1:443", "2026-01-02", "03:04:05.000",
                                "5000/9000", "0.012", "511/511", "65000", "prefix", "sending",
                                "0", "2"]
    assert lines[2].split() == ["quiet", "192.0.2.1:80", "2026-01-02", "03:04:05.000",
                                "0/9000", "-", "0/511", "65000", "?", "ready", "0", "2"]
    assert lines[3:] == ["", "192.0.2.1:443: Block the prefixes that stand out.",
                         "  top sources: 198.51.100.0/24 (70000 SYNs), 203.0.113.9/32 (900 SYNs)"]
    assert max(map(len, lines)) <= 140


def test_json(tcplifectl):
    first, second = tcplifectl.json("flood", rec=Recording().floods([FLOOD, QUIET]))
    for line in (first, second):
        check("flood", line)
        assert list(line) == keys_of_spec("flood")
    assert first == dict(FLOOD, version=1, family="ipv4", completion_ratio=0.012,
                         since="2026-01-02T03:04:05.000006Z", seq=None, previous_state=None,
                         at=None)
    assert second["top_sources"] == [] and second["completion_ratio"] is None
    assert second["spread"] is None and second["state"] == "quiet"


@pytest.mark.parametrize("thousandths,decimal", [(0, "0.000"), (1, "0.001"), (999, "0.999"),
                                                 (1000, "1.000")])
def test_completion_ratio(tcplifectl, thousandths, decimal):
    rec = Recording().floods([dict(FLOOD, completion_ratio=thousandths)])
    assert '"completion_ratio":%s,' % decimal in tcplifectl("flood", "--json", rec=rec)
    assert " %s " % decimal in tcplifectl("flood", rec=rec)


def test_nothing(tcplifectl):
    lines = tcplifectl.lines("flood", "--check", rec=Recording().floods([]))
    assert lines[0].startswith("STATE ")
    assert lines[1:] == ["no SYN flood since the module was loaded"]
    assert tcplifectl.err == ""
    assert tcplifectl.json("flood", rec=Recording().floods([])) == []


@pytest.mark.parametrize("state", names("flood_state"))
def test_check(tcplifectl, state):
    rec = Recording().floods([QUIET, dict(FLOOD, state=state), QUIET])
    code = 6 if state == "flood" else 0
    there = tcplifectl("flood", "--check", rec=rec, code=code)
    assert there == tcplifectl("flood", rec=rec)
    assert states(tcplifectl, "--check", rec=rec, code=code) == ["quiet", state, "quiet"]


def test_a_source_cannot_write_to_the_terminal(tcplifectl):
    rec = Recording().floods([dict(FLOOD, advice=b"\x1b[31m" + b"x" * 600 + b"\0")])
    assert "\x1b" not in tcplifectl("flood", rec=rec)
    check("flood", tcplifectl.json("flood", rec=rec)[0])


def test_many_sources(tcplifectl):
    """More than there is room for: the first, which have most SYNs."""
    sources = [{"addr": "2001:db8::%x" % i, "prefix_len": 128, "syns": i} for i in range(1, 41)]
    line, = tcplifectl.json("flood", rec=Recording().floods([dict(FLOOD, top_sources=sources)]))
    assert line["top_sources"] == sources[:32]


@pytest.mark.parametrize("change", [
    {"syn_rate": b"123"}, {"completion_ratio": b"12"}, {"state": b""}, {"seq": b"1"},
    {"local_addr": b"12345"}, {"since": b"1234567"}, {"top_sources": [b"\x0c\0\2\0abcd"]},
    {"top_sources": [{"syns": b"123"}]}, {"top_sources": [{"addr": b"123"}]},
    {"top_sources": [b"123"]}, {"top_sources": [b"\4\0"]},
])
def test_wrong_length(tcplifectl, change):
    tcplifectl("flood", rec=Recording().floods([dict(FLOOD, **change)]), code=1)
    assert "makes no sense" in tcplifectl.err


def test_alerts(tcplifectl):
    kept = [alert(1, "suspected"), alert(2, "flood", "suspected"), alert(3, "ending", "flood")]
    lines = tcplifectl.json("flood", "--alerts", rec=Recording().alerts(kept))
    assert [line["seq"] for line in lines] == ["1", "2", "3"]
    assert lines[1]["at"] == "2026-01-02T03:04:07.000006Z"
    assert lines[1]["previous_state"] == "suspected"
    for line in lines:
        check("flood", line)
    head, first, *_ = tcplifectl.lines("flood", "--alerts", rec=Recording().alerts(kept))
    assert head.split()[:4] == ["AT", "LOCAL", "PREVIOUS_STATE", "STATE"]
    assert first.split()[:5] == ["2026-01-02", "03:04:06.000", "192.0.2.1:443", "quiet",
                                 "suspected"]
    assert first.endswith("Block the prefixes that stand out.")


def test_no_alerts(tcplifectl):
    assert tcplifectl.lines("flood", "--alerts", rec=Recording().alerts([]))[0].startswith("AT ")


def test_watch(tcplifectl):
    """First what is going on, then each alert."""
    rec = watched(QUIET, dict(FLOOD, state="suspected")).alerted(alert(5, "flood", "suspected"))
    rec.told(ACTIVE).alerted(alert(6, "ending", "flood"))
    assert states(tcplifectl, "--watch", rec=rec) == ["suspected", "flood", "ending"]
    assert tcplifectl.err == "tcplifectl: 2 alerts told; none lost\n"
    head, first, second, third = tcplifectl.lines("flood", "--watch", rec=rec)
    assert head.split()[0] == "AT" and first.split()[:3] == ["-", "192.0.2.1:443", "-"]
    assert second.split()[4] == "flood" and third.split()[4] == "ending"


def test_stream_does_not_tell_alerts(tcplifectl):
    rec = Recording().alerted(alert(1, "flood")).told(ACTIVE)
    assert tcplifectl.ids("stream", "--strict", rec=rec) == [4097]


@pytest.mark.parametrize("present,code,told", [
    ([], 6, ["suspected", "flood"]),
    ([dict(FLOOD, state="ending")], 6, ["ending", "suspected", "flood"]),
    ([QUIET, FLOOD, dict(FLOOD, state="suspected")], 6, ["flood"]),
])
def test_once(tcplifectl, present, code, told):
    rec = watched(*present).alerted(alert(1, "suspected"), alert(2, "flood"), alert(3, "ending"))
    assert states(tcplifectl, "--watch", "--once", rec=rec, code=code) == told


def test_once_without_a_flood(tcplifectl):
    rec = watched().alerted(alert(1, "suspected"), alert(2, "quiet"))
    assert states(tcplifectl, "--watch", "--once", rec=rec) == ["suspected", "quiet"]


def test_watch_repairs_a_gap(tcplifectl):
    kept = [alert(seq, "suspected") for seq in range(1, 5)]
    rec = watched().alerted(kept[0], kept[3]).alerts(kept)
    lines = tcplifectl.json("flood", "--watch", "--strict", rec=rec)
    assert [line["seq"] for line in lines] == ["1", "4", "2", "3"]
    assert tcplifectl.err == ("tcplifectl: 4 alerts told; 2 missing: 2 recovered from history, "
                              "0 not found\n")


def test_watch_loses(tcplifectl):
    rec = watched().alerted(alert(1, "suspected")).overrun().alerts([]).alerted(
        alert(7, "quiet")).alerts([alert(7, "quiet")])
    assert states(tcplifectl, "--watch", "--strict", rec=rec, code=5) == ["suspected", "quiet"]
    assert "5 missing: 0 recovered from history, 5 not found; the socket overflowed 1 time" in \
        tcplifectl.err


def test_once_finds_the_flood_that_was_lost(tcplifectl):
    kept = [alert(1, "suspected"), alert(2, "flood"), alert(3, "ending")]
    rec = watched().alerted(kept[0], kept[2]).alerts(kept).alerted(alert(4, "quiet"))
    assert states(tcplifectl, "--watch", "--once", rec=rec, code=6) == ["suspected", "ending",
                                                                       "flood"]


def test_malformed_alert(tcplifectl):
    rec = watched().alerted(dict(alert(1, "flood"), syn_rate=b"1"), alert(2, "flood"))
    assert states(tcplifectl, "--watch", rec=rec) == ["flood"]
    assert "1 message made no sense" in tcplifectl.err


def test_unloaded(tcplifectl):
    rec = watched().alerted(alert(1, "flood")).unloaded().alerted(alert(2, "ending"))
    assert states(tcplifectl, "--watch", rec=rec, code=3) == ["flood"]


def test_no_such_group(tcplifectl):
    tcplifectl("flood", "--watch", rec=Recording(group=["lives"]).floods([]), code=1)
    assert "the module offers no alerts; tcplifectl flood shows the present" in tcplifectl.err


def test_refused(tcplifectl):
    tcplifectl("flood", rec=Recording().floods([], error=EPERM), code=4)
    tcplifectl("flood", "--watch", rec=Recording().floods([], error=EPERM), code=4)
    tcplifectl("flood", rec=Recording().floods([], error=EOPNOTSUPP), code=1)
    assert "the module does not know this request: it is older than tcplifectl" in tcplifectl.err


def test_lines_come_at_once(tmp_path):
    rec = watched(FLOOD).alerted(alert(1, "ending", "flood"), alert(2, "quiet", "flood")).save(tmp_path / "rec")
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, subprocess.Popen([PROGRAM, "flood", "--watch", "--no-header", "--replay", rec],
                                stdout=theirs, stderr=subprocess.DEVNULL, env=LOCALE) as process:
        theirs.close()
        written = [b" flood " in chunk for chunk in iter(lambda: ours.recv(65536), b"")]
    assert process.returncode == 0
    assert written == [True, True, True]
