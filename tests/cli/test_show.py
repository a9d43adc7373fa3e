# SPDX-License-Identifier: GPL-2.0
"""The ladder: golden files of typical lives, and its finer points.

    UPDATE_GOLDEN=1 python3 -m pytest tests/cli/test_show.py    makes them anew
"""
import os

import pytest

from lives import ALL, life
from recording import Recording

GOLDEN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "golden")


def show(tcplifectl, values, **more):
    return tcplifectl("show", values["id"], rec=Recording().get(values["id"], values), **more)


def arrows(tcplifectl, values):
    """The segments of a drawing: > or <, and the label."""
    found = []
    for line in show(tcplifectl, values, env={"LC_ALL": "C"}).splitlines():
        if "->|" in line or "|<-" in line:
            way = ">" if "->|" in line else "<"
            body = line[line.index("|"):line.rindex("|")]
            found.append(way + body.strip("|<>-").strip().replace("-", " ").replace("SYN ACK",
                                                                                  "SYN-ACK"))
    return found


def golden(name, text):
    path = os.path.join(GOLDEN, name)
    if os.environ.get("UPDATE_GOLDEN"):
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
    with open(path, encoding="utf-8") as file:
        assert text == file.read()


@pytest.mark.parametrize("name", sorted(ALL))
def test_golden(tcplifectl, name):
    golden(name + ".txt", show(tcplifectl, ALL[name]))


def test_golden_ascii(tcplifectl):
    out = show(tcplifectl, ALL["active_ended"], env={"LC_ALL": "C"})
    assert out.isascii()
    golden("active_ended.ascii", out)


# what each life must draw, and nothing else
SEGMENTS = {
    "active_ended": [">SYN", "<SYN-ACK", ">ACK", ">FIN", "<ACK", "<FIN", ">ACK"],
    "passive": ["<SYN", ">SYN-ACK", "<ACK", "<FIN", ">FIN", "<ACK"],
    "simultaneous_open": [">SYN", "<SYN", ">SYN-ACK", "<ACK", "<RST"],
    "simultaneous_close": [">SYN", "<SYN-ACK", ">ACK", ">FIN", "<FIN", ">ACK", "<ACK", "<new SYN"],
    "refused": [">SYN", "<RST"],
    "connect_timeout": [">SYN", ">SYN again", ">SYN again"],
    "half_open": ["<SYN", ">SYN-ACK", ">SYN-ACK again", ">SYN-ACK again"],
    "adopted": [">data again"],
    "cookie": ["<ACK", ">RST"],
    "recovered": ["<ACK", ">FIN"],
    "overflow": [">SYN", "<SYN-ACK", ">ACK", ">FIN", "<ACK", "<FIN", ">ACK"],
    "ipv6": [">SYN with data", "<SYN-ACK", ">ACK", ">FIN", "<data", ">RST"],
}


@pytest.mark.parametrize("name", sorted(SEGMENTS))
def test_segments(tcplifectl, name):
    assert arrows(tcplifectl, ALL[name]) == SEGMENTS[name]


def ended(outcome, *before, **more):
    """An established connection that ended so, without an event that says it."""
    timeline = [(0, "syn_sent"), (1, "established"), *before, (9, "close")]
    return life(timeline, outcome=outcome, **more)


OPENING = [">SYN", "<SYN-ACK", ">ACK"]


@pytest.mark.parametrize("values,segments", [
    # implied by the outcome, as the timeline had no room for the event
    (life([(0, "syn_sent"), (9, "close")], outcome="refused"), [">SYN", "<RST"]),
    (ended("reset_remote"), OPENING + ["<RST"]),
    (ended("data_after_close", (2, "fin_wait1")), OPENING + [">FIN", "<data", ">RST"]),
    (ended("data_after_close", (2, "fin_wait1"), (3, "late_data")),
     OPENING + [">FIN", "<data", ">RST"]),
    # not implied: nobody saw a segment
    (ended("reset_local"), OPENING),
    (ended("killed"), OPENING),
    (ended("retransmit_timeout", (2, "close_wait"), (3, "last_ack")), OPENING + ["<FIN", ">FIN"]),
    (ended("fin_wait2_timeout", (2, "fin_wait1"), (3, "fin_wait2")), OPENING + [">FIN", "<ACK"]),
    (life([(0, "syn_sent"), (9, "close")], outcome="unreachable"), [">SYN"]),
    (life([(0, "syn_recv"), (9, "close")], outcome="half_open_reset"), ["<SYN", ">SYN-ACK"]),
    # the peer's FIN came with the acknowledgement of ours
    (life([(0, "syn_sent"), (1, "established"), (2, "fin_wait1"), (3, "time_wait")],
          state="time_wait"), OPENING + [">FIN", "<FIN", ">ACK"]),
    (life([(0, "syn_sent"), (1, "established"), (2, "fin_wait1"), (3, "closing"), (4, "close")],
          time_wait_end="overflow"), OPENING + [">FIN", "<FIN", ">ACK", "<ACK"]),
    # what ended TIME_WAIT
    (life([(0, "adopted"), (0, "time_wait"), (9, "close")], flags=["adopted"],
          time_wait_end="reopened"), ["<new SYN"]),
    (life([(0, "adopted"), (0, "time_wait"), (5, "time_wait_restart"), (9, "close")],
          flags=["adopted"], time_wait_end="reset"), ["<segment"]),
    # the server's side of Fast Open
    (life([(0, "syn_recv"), (1, "accepted"), (9, "established")], flags=["fastopen"],
          state="established"), ["<SYN with data", ">SYN-ACK", "<ACK"]),
    # our FIN, or data before it
    (ended("retransmit_timeout", (2, "fin_wait1"), (3, "retransmit")),
     OPENING + [">FIN", ">data or FIN again"]),
])
def test_implied(tcplifectl, values, segments):
    assert arrows(tcplifectl, values) == segments


def test_looks_everywhere(tcplifectl):
    rec = Recording().get(4098).dump("history", [ALL["refused"], ALL["passive"]])
    assert "closer remote" in tcplifectl("show", 4098, rec=rec)
    rec = Recording().get(4103).dump("history", [ALL["refused"]])
    rec.dump("half_open_history", [ALL["half_open"]])
    assert "half_open_expired" in tcplifectl("show", 4103, rec=rec)


def test_not_found(tcplifectl):
    rec = Recording().get(5).dump("history", [ALL["refused"]]).dump("half_open_history", [])
    tcplifectl("show", 5, rec=rec, code=1)
    assert "no connection 5" in tcplifectl.err
    assert tcplifectl.out == ""


def test_without_timeline(tcplifectl):
    values = dict(ALL["passive"], timeline=[])
    assert show(tcplifectl, values).endswith("no timeline was recorded\n")


def test_omitted(tcplifectl):
    values = dict(ALL["connect_timeout"], timeline_omitted=4)
    assert "...  4 more events found no room" in show(tcplifectl, values)


def test_huge_timeline(tcplifectl):
    values = dict(ALL["passive"], timeline=[(i, "retransmit") for i in range(1000)])
    line, = tcplifectl.json("show", 4098, rec=Recording().get(4098, values))
    assert len(line["timeline"]) == 256 and line["timeline_omitted"] == 744
    assert "744 more events found no room" in show(tcplifectl, values)


def test_times_that_go_back(tcplifectl):
    values = dict(ALL["passive"], timeline=[(500, "syn_recv"), (3, "established"), (1, "close")])
    show(tcplifectl, values)
    values.pop("states")
    show(tcplifectl, values)
    assert " d " not in tcplifectl.out.split("TIME  EVENT")[1]     # 2^64 less a bit


def test_state_entered_twice(tcplifectl):
    """Each visit has its own time, although the totals have only the sum."""
    values = life([(0, "syn_sent"), (10, "established"), (30, "syn_sent"), (70, "established"),
                   (150, "close")], outcome="reset_remote")
    rows = [line.split() for line in show(tcplifectl, values).splitlines() if " µs  " in line]
    assert [row[3] for row in rows if row[2] in ("syn_sent", "established")] == \
        ["10", "20", "40", "80"]
