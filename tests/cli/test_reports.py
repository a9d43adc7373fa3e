# SPDX-License-Identifier: GPL-2.0
"""Listeners, and what half-open connections and TIME_WAIT add up to."""
import pytest

from floods import CLOSED, FULL, HALF_OPEN, LISTENER, TIME_WAIT, TIME_WAIT_TOTAL
from lives import ALL
from recording import EPERM, Recording, names
from test_json import check, keys_of_spec


def test_listeners(tcplifectl):
    lines = tcplifectl.lines("listeners", rec=Recording().listeners([LISTENER, FULL, CLOSED]))
    head, fine, full, closed = (line.split() for line in lines)
    assert head == ["VERDICT", "LOCAL", "PID", "COMM", "SYN_QUEUE", "ACCEPT_QUEUE", "SYNS",
                    "COMPLETED", "EXPIRED", "RESET", "DROPPED", "OVERFLOWED", "COOKIES",
                    "HANDSHAKE", "ACCEPT_WAIT"]
    assert fine == ["fine", "0.0.0.0:443", "77", "nginx", "1/12/511", "0/7/511", "1200", "1180",
                    "6", "3", "0", "0", "0/0/0", "1.0ms/2.0ms", "3µs/7µs"]
    assert full[0] == "accept_queue_full" and full[5] == "512/512/511"
    assert full[10:13] == ["321", "44", "5/4/3"]
    assert closed == ["closed", "[::]:8080", "?", "?", "0/?/?", "0/?/?"] + ["?"] * 6 + [
        "?/?/?", "-", "-"]
    assert max(map(len, lines)) <= 150


def test_listeners_fit(tcplifectl):
    lines = tcplifectl.lines("listeners", rec=Recording().listeners([LISTENER] * 4))
    assert len(lines) == 5 and max(map(len, lines)) <= 140


@pytest.mark.parametrize("us,text", [(0, "0µs"), (999, "999µs"), (1000, "1.0ms"),
                                     (9999, "9.9ms"), (10000, "10ms"), (999999, "999ms"),
                                     (1000000, "1.0s"), (134217727, "134s")])
def test_percentiles(tcplifectl, us, text):
    row = dict(LISTENER, handshake_p50_us=us, handshake_p99_us=us)
    rec = Recording().listeners([row])
    assert " %s/%s " % (text, text) in tcplifectl("listeners", rec=rec)
    ascii_text = text.replace("µ", "u")
    assert " %s/%s " % (ascii_text, ascii_text) in tcplifectl("listeners", rec=rec,
                                                              env={"LC_ALL": "C"})


def test_listeners_json(tcplifectl):
    rows = tcplifectl.json("listeners", rec=Recording().listeners([LISTENER, FULL, CLOSED]))
    for row in rows:
        check("listener", row)
        assert list(row) == keys_of_spec("listener")
    assert rows[0] == dict(LISTENER, version=1, id="12", family="ipv4", cgroup=str(2 ** 63),
                           opened_at="2026-01-02T03:04:05.000006Z", closed_us=None)
    assert rows[2]["owner"] is None and rows[2]["handshake"] is None
    assert rows[2]["syn_queue_peak"] is None and rows[2]["closed_us"] == 5000000


@pytest.mark.parametrize("verdict", names("verdict"))
def test_verdicts(tcplifectl, verdict):
    rec = Recording().listeners([dict(LISTENER, verdict=verdict)])
    assert tcplifectl.json("listeners", rec=rec)[0]["verdict"] == verdict
    assert tcplifectl.lines("listeners", rec=rec)[1].startswith(verdict)


def test_newer_words(tcplifectl):
    rec = Recording().listeners([dict(LISTENER, verdict=200, owner=200)])
    line, = tcplifectl.json("listeners", rec=rec)
    check("listener", line)
    assert line["verdict"] is None and line["owner"] is None
    assert tcplifectl.lines("listeners", rec=rec)[1].startswith("? ")


@pytest.mark.parametrize("name,raw", [
    ("handshake", b"1234567"), ("accept_wait", bytes(8 * 66)), ("syns", b"1234"),
    ("verdict", b"12"), ("local_addr", b"123"), ("local_port", b""),
])
def test_wrong_length(tcplifectl, name, raw):
    tcplifectl("listeners", rec=Recording().listeners([dict(LISTENER, **{name: raw})]), code=1)
    assert "makes no sense" in tcplifectl.err


def test_no_listeners(tcplifectl):
    assert tcplifectl.lines("listeners", rec=Recording().listeners([]))[0].startswith("VERDICT ")
    assert tcplifectl.json("listeners", rec=Recording().listeners([])) == []
    assert tcplifectl("listeners", "--no-header", rec=Recording().listeners([])) == ""


def test_listeners_refused(tcplifectl):
    tcplifectl("listeners", rec=Recording().listeners([], error=EPERM), code=4)


def half_open():
    rec = Recording().dump("live", [ALL["live_half_open"], ALL["adopted"]])
    rec.dump("half_open_history", [ALL["half_open"]])
    rec.tallies("half_open", HALF_OPEN)
    return rec.tallies("half_open_history", HALF_OPEN[:1])


TOTALS = [["BY", "WHAT", "COUNT"], ["total", "-", "12"], ["age", "0-5s", "8"],
          ["age", "60s-", "4"], ["listener", "192.0.2.1:443", "12"],
          ["prefix", "2001:db8::/64", "12"]]


def test_halfopen(tcplifectl):
    lines = [line.split() for line in tcplifectl.lines("halfopen", rec=half_open())]
    assert lines[1][0] == "4108" and lines[2] == []
    assert lines[3:] == TOTALS


def test_halfopen_totals(tcplifectl):
    lines = tcplifectl.lines("halfopen", "--totals", rec=half_open())
    assert [line.split() for line in lines] == TOTALS
    rows = tcplifectl.json("halfopen", "--totals", rec=half_open())
    for row in rows:
        check("tally", row)
        assert list(row) == keys_of_spec("tally") and row["report"] == "half_open"
    assert rows[2]["age_from_s"] == 5 and rows[2]["count"] == 0
    assert rows[3]["age_from_s"] == 60 and rows[3]["age_to_s"] is None


def test_halfopen_history(tcplifectl):
    lines = [line.split() for line in tcplifectl.lines("halfopen", "--history", rec=half_open())]
    assert lines[1][0] == "4103" and lines[1][-1] == "half_open_expired"
    assert lines[2:] == [[]] + TOTALS[:2]
    row, = tcplifectl.json("halfopen", "--history", "--totals", rec=half_open())
    assert row["report"] == "half_open_history" and row["count"] == 12
    assert tcplifectl.ids("halfopen", "--history", rec=half_open()) == [4103]


def test_halfopen_json_is_lives(tcplifectl):
    rows = tcplifectl.json("halfopen", rec=half_open())
    assert [row["id"] for row in rows] == ["4108"]
    check("life", rows[0])
    assert rows[0]["synacks_sent"] == 2 and rows[0]["expires_us"] == 3500000
    assert rows[0]["listener_id"] == "12"


def test_halfopen_without_totals(tcplifectl):
    """As in a recording of lives alone."""
    rec = Recording().dump("live", [ALL["live_half_open"]])
    assert len(tcplifectl.lines("halfopen", rec=rec)) == 2
    tcplifectl("halfopen", "--totals", rec=rec, code=1)
    assert "holds no answer" in tcplifectl.err


def test_timewait(tcplifectl):
    lines = tcplifectl.lines("timewait", rec=Recording().tallies("time_wait", TIME_WAIT))
    pairs = [line.split() for line in lines[:lines.index("")]]
    assert pairs == [["report", "time_wait"]] + [[name, str(value)] for name, value
                                                 in TIME_WAIT_TOTAL.items()]
    assert [line.split() for line in lines[len(pairs) + 1:]] == [
        ["BY", "WHAT", "COUNT", "PORTS_USED", "PORTS_OUT_S"],
        ["age", "0-5s", "1000", "-", "-"],
        ["local_port", "443", "400", "-", "-"],
        ["remote", "198.51.100.7:443", "600", "7058/28232=0.250", "900"],
        ["remote", "198.51.100.8:443", "600", "28232/28232=1.000", "-"]]


def test_timewait_json(tcplifectl):
    rows = tcplifectl.json("timewait", rec=Recording().tallies("time_wait", TIME_WAIT))
    for row in rows:
        check("tally", row)
        assert list(row) == keys_of_spec("tally") and row["report"] == "time_wait"
    assert rows[0]["limit"] == 8192 and rows[0]["ports_used"] is None
    assert rows[3] == dict(rows[3], addr="198.51.100.7", port=443, ports_out_s=900)


@pytest.mark.parametrize("used,range_,text", [
    (5, None, "5"), (5, 0, "5"), (2 ** 64 - 1, 1, str(2 ** 64 - 1)), (0, 1, "0/1=0.000"),
    (65536, 1, "65536/1=65536.000"), (1, 2 ** 64 - 1, "1")])
def test_ports_share(tcplifectl, used, range_, text):
    row = dict(TIME_WAIT[3], ports_used=used, ports_range=range_)
    lines = tcplifectl.lines("timewait", rec=Recording().tallies("time_wait", [row]))
    assert lines[-1].split()[3] == text


@pytest.mark.parametrize("name,raw", [("count", b"1"), ("addr", b"12"), ("by", b"12"),
                                      ("age_from_s", b"12345678"), ("port", b"1234")])
def test_tally_of_wrong_length(tcplifectl, name, raw):
    rows = [dict(TIME_WAIT[3], **{name: raw})]
    for words in (["timewait"], ["timewait", "--json"]):
        tcplifectl(*words, rec=Recording().tallies("time_wait", rows), code=1)
        assert "makes no sense" in tcplifectl.err


def test_new_criterion(tcplifectl):
    rec = Recording().tallies("half_open", [{"by": 200, "count": 1}])
    assert tcplifectl.lines("halfopen", "--totals", rec=rec)[1].split() == ["?", "?:?", "1"]
