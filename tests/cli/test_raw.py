# SPDX-License-Identifier: GPL-2.0
"""Raw recordings: what is written undecoded, and what is read of it later."""
import os
import pty
import re
import signal
import struct
import subprocess

import pytest

from conftest import LOCALE, PROGRAM
from lives import ACTIVE, ACTIVE_END, ACTIVE_ENDED, ALL, OVERFLOW, life
from recording import (COMMANDS, CTRL_NEWFAMILY, FAMILY_ID, GENL_ID_CTRL, Raw, Recording, attr, attrs,
                       genl, nlmsg)
from test_stream import books, told

HEADER = 168
ORIGIN = "tcplifectl: recorded from - on, by tcplife - on Linux -, boot -"

# streams that meet everything, and the exit code of each
STREAMS = {
    "none": (Recording(), 0),
    "all_kinds": (Recording().told(*ALL.values()), 0),
    "second_telling": (Recording().told(ACTIVE, ACTIVE_ENDED, OVERFLOW), 0),
    "end": (Recording().told(ACTIVE).ended(ACTIVE_END).told(dict(OVERFLOW, seq=3)), 0),
    "without_number": (Recording().told(told(1), dict(ALL["adopted"], seq=None)), 0),
    "gap": (Recording().told(told(1), told(5)).all_dumps(
        live=[dict(ACTIVE, seq=3)], history=[told(1), told(2), told(5)], half_open=[told(4)])
        .told(told(6)), 0),
    "gap_not_found": (Recording().told(told(1), told(5)).all_dumps(history=[told(3)]), 0),
    "two_gaps": (Recording().told(told(1), told(3)).all_dumps(history=[told(2)])
                 .told(told(5)).all_dumps(history=[told(4)]).told(told(6)), 0),
    "many_gaps": (Recording().told(*[told(seq) for seq in range(1, 401, 2)])
                  .all_dumps(history=[told(seq) for seq in range(2, 401, 2)]), 0),
    "overrun": (Recording().told(told(1)).overrun().told(told(4))
                .all_dumps(history=[told(2), told(3)]), 0),
    "overrun_at_the_end": (Recording().told(told(1)).overrun()
                           .all_dumps(history=[told(2), told(4)]), 0),
    "overrun_unseen": (Recording().overrun().told(told(1)).all_dumps(history=[told(1)]), 0),
    "late": (Recording().told(told(1)).overrun().all_dumps(history=[told(2)])
             .told(told(2), told(3)), 0),
    "malformed": (Recording().told(told(1), dict(told(2), duration_us=b"123"), told(3)), 0),
    "malformed_number": (Recording().told(told(1), dict(told(2), seq=b"123"), told(3)), 0),
    "unloaded": (Recording().told(told(1)).unloaded().told(told(2)), 3),
}


def record(tcplifectl, rec, code=0, options=()):
    """Write a stream as a raw recording: its path."""
    path = tcplifectl.directory / "raw"
    assert tcplifectl("stream", "--write", path, *options, rec=rec, code=code) == ""
    return path


@pytest.mark.parametrize("name", STREAMS)
def test_reads_as_the_stream_itself(tcplifectl, name):
    """Byte for byte, with the same losses, repairs and exit code."""
    rec, code = STREAMS[name]
    path = record(tcplifectl, rec, code)
    for words in (["--json"], ["--strict"], ["--port", "443"], ["--count", "2"]):
        result = subprocess.run([PROGRAM, "stream", *words, "--replay",
                                 rec.save(tcplifectl.directory / "recording")],
                                env=LOCALE, capture_output=True, text=True, check=False)
        again = tcplifectl("stream", *words, "--replay", path, code=result.returncode)
        assert again == result.stdout
        assert tcplifectl.err.splitlines()[0] == ORIGIN
        assert tcplifectl.err.splitlines()[1:] == result.stderr.splitlines()


def test_what_is_said_when_it_is_written(tcplifectl):
    record(tcplifectl, Recording().told(told(1)))
    assert tcplifectl.err == "tcplifectl: 1 message written; none lost\n"
    record(tcplifectl, Recording().told(ACTIVE, ACTIVE_ENDED))
    assert books(tcplifectl) == "tcplifectl: 2 messages written; none lost"
    record(tcplifectl, STREAMS["gap_not_found"][0], code=5, options=["--strict"])
    assert books(tcplifectl) == ("tcplifectl: 3 messages written; 3 missing: 1 recovered from "
                                 "history, 2 not found (lost, or ends of TIME_WAIT)")
    record(tcplifectl, STREAMS["overrun_unseen"][0], code=5, options=["--strict"])
    assert "how many are lost is not known; the socket overflowed 1 time" in books(tcplifectl)
    record(tcplifectl, STREAMS["malformed_number"][0], code=5, options=["--strict"])
    assert "1 message made no sense" in books(tcplifectl)
    record(tcplifectl, STREAMS["unloaded"][0], code=3)
    assert "the module was unloaded" in tcplifectl.err


def test_the_format(tcplifectl):
    """The header, then the messages as they came, and no others."""
    foreign = genl(CTRL_NEWFAMILY, attr(2, b"nlctrl\0"), kind=GENL_ID_CTRL)
    rec = Recording().told(told(1)).add(foreign).told(told(2)).overrun().unloaded()
    path = record(tcplifectl, rec, code=3)
    wanted = Raw().told(told(1), told(2)).overrun().unloaded()
    assert path.read_bytes() == wanted.data
    assert os.stat(path).st_mode & 0o777 == 0o600
    record(tcplifectl, Recording().told(told(1), told(3)).all_dumps(history=[told(2)]))
    written = path.read_bytes()
    assert len(written) == len(Raw().told(told(1), told(3)).repair([told(2)]).data)
    assert nlmsg(1, 0, 0, b"repair\0lull\0") in written


def test_to_standard_output(tcplifectl):
    path = record(tcplifectl, STREAMS["gap"][0])
    result = subprocess.run([PROGRAM, "stream", "--write", "-", "--replay",
                             tcplifectl.directory / "recording"], env=LOCALE, check=False,
                            capture_output=True)
    assert result.returncode == 0 and result.stdout == path.read_bytes()
    assert b"5 messages" not in result.stderr and b"6 messages written" in result.stderr


def test_not_to_a_terminal(tcplifectl):
    ours, theirs = pty.openpty()
    result = subprocess.run([PROGRAM, "stream", "--write", "-", "--replay",
                             Recording().save(tcplifectl.directory / "recording")],
                            env=LOCALE, check=False, stdout=theirs, stderr=subprocess.PIPE)
    os.close(ours)
    os.close(theirs)
    assert result.returncode == 2 and b"not written to a terminal" in result.stderr


def test_lists_filters_and_the_ladder(tcplifectl):
    """All lives in it, each as it was told last."""
    path = Raw().told(*ALL.values()).save(tcplifectl.directory / "raw")
    assert tcplifectl.ids("list", "--replay", path) == [4104, 4108, 4109]
    assert tcplifectl.ids("history", "--half-open", "--replay", path) == [4103]
    assert tcplifectl.ids("history", "--replay", path)[:2] == [4097, 4098]
    assert "id          4097" in tcplifectl("show", 4097, "--replay", path)
    tcplifectl("show", 1, "--replay", path, code=1)
    tcplifectl("summary", "--replay", path, code=1)
    assert "holds no answer" in tcplifectl.err
    tcplifectl("flood", "--watch", "--replay", path, code=1)
    assert "the recording holds no answer" in tcplifectl.err


def test_half_open_however_it_ended(tcplifectl):
    """Those that never were established stand apart, as in the module, whatever the outcome."""
    timeline = [(0, "syn_recv"), (9, "rst_sent"), (10, "close")]
    here = [life(timeline, id=number, role="passive", outcome=outcome)
            for number, outcome in enumerate(("killed", "reset_local", "missed", "stale_syn"), 1)]
    there = [life([(0, "syn_sent"), (10, "syn_recv"), (20, "close")], id=5, role="simultaneous",
                  outcome="killed"),
             life([(0, "syn_recv"), (10, "established"), (20, "close")], id=6, role="passive",
                  outcome="killed")]
    path = Raw().told(*here, *there).save(tcplifectl.directory / "raw")
    assert tcplifectl.ids("history", "--half-open", "--replay", path) == [1, 2, 3, 4]
    assert tcplifectl.ids("history", "--replay", path) == [5, 6]


def test_an_end_adds_to_what_was_told(tcplifectl):
    """The connection is the same as if all of it had been told at once."""
    whole = Raw().told({**ACTIVE_ENDED, "states": None}).save(tcplifectl.directory / "whole")
    wanted = tcplifectl("history", "--json", "--replay", whole)
    # as a stream tells it, and as a list, which has the time in each state
    for begun in ({**ACTIVE, "states": None}, ACTIVE):
        path = Raw().told(begun).ended(ACTIVE_END).save(tcplifectl.directory / "raw")
        assert tcplifectl("history", "--json", "--replay", path) == wanted
        assert tcplifectl.ids("list", "--replay", path) == []
        assert tcplifectl.ids("stream", "--strict", "--replay", path) == [ACTIVE["id"]]


def test_an_end_of_another(tcplifectl):
    """A socket may be in TIME_WAIT twice under one id; an end without a begin is none."""
    for raw in (Raw().told(ACTIVE).ended(dict(ACTIVE_END, first_seq=7)),
                Raw().told(ACTIVE).ended(dict(ACTIVE_END, first_seq=None)),
                Raw().ended(ACTIVE_END).told(ACTIVE)):
        path = raw.save(tcplifectl.directory / "raw")
        assert tcplifectl.ids("list", "--replay", path) == [ACTIVE["id"]]
        assert tcplifectl.ids("history", "--replay", path) == []
    path = Raw().ended(ACTIVE_END).save(tcplifectl.directory / "raw")
    assert tcplifectl.ids("list", "--replay", path) == tcplifectl.ids(
        "history", "--replay", path) == tcplifectl.ids("stream", "--replay", path) == []


def test_an_end_that_a_repair_completed(tcplifectl):
    """The begin was lost: history has all of it, and nothing is added to that."""
    found = dict(ACTIVE_ENDED, seq=ACTIVE["seq"])
    path = Raw().ended(ACTIVE_END).repair([found]).save(tcplifectl.directory / "raw")
    whole = Raw().told(found).save(tcplifectl.directory / "whole")
    assert tcplifectl("history", "--json", "--replay", path) == \
        tcplifectl("history", "--json", "--replay", whole)


@pytest.mark.parametrize("more", [[], [(2229000, "time_wait_restart")]])
def test_an_end_behind_what_a_repair_found(tcplifectl, more):
    """The begin was lost, and found when more was known of it than it would have told."""
    known = ACTIVE["timeline"] + more
    whole = dict(ACTIVE_ENDED, timeline=known + ACTIVE_END["timeline"], states=None)
    closed = dict(whole, seq=ACTIVE["seq"])
    still = dict(ACTIVE, timeline=known, states=None)
    end = dict(ACTIVE_END, timeline=more + ACTIVE_END["timeline"])
    path = Raw().told(whole).save(tcplifectl.directory / "whole")
    wanted = tcplifectl("history", "--json", "--replay", path)
    for found in (closed, still):
        path = Raw().repair([found], lull=False).ended(end).save(tcplifectl.directory / "raw")
        assert tcplifectl("history", "--json", "--replay", path) == wanted


def test_what_a_repair_found_is_history(tcplifectl):
    path = record(tcplifectl, STREAMS["gap"][0])
    assert sorted(tcplifectl.ids("history", "--replay", path)) == [101, 102, 104, 105, 106]
    assert tcplifectl.ids("list", "--replay", path) == [4097]


def test_repair_while_more_is_queued(tcplifectl):
    """What comes behind the gaps then is not lost; in a lull it would have come before."""
    raw = Raw().told(told(1)).overrun().told(told(3)).repair([told(2)], lull=False)
    raw.told(told(4), told(6)).repair([told(5)])
    path = raw.save(tcplifectl.directory / "raw")
    assert tcplifectl.ids("stream", "--strict", "--replay", path) == [
        101, 103, 102, 104, 106, 105]
    assert "2 missing: 2 recovered from history, 0 not found" in books(tcplifectl)
    raw = Raw().told(told(1)).overrun().told(told(3)).repair([told(2)], lull=False)
    path = raw.repair([told(4)]).save(tcplifectl.directory / "raw")
    assert tcplifectl.ids("stream", "--strict", "--replay", path) == [101, 103, 102, 104]


def test_killed_before_the_repair(tcplifectl):
    """A gap without a repair is a loss."""
    path = Raw().told(told(1), told(5)).save(tcplifectl.directory / "raw")
    assert tcplifectl.ids("stream", "--strict", "--replay", path, code=5) == [101, 105]
    assert "3 missing: 0 recovered from history, 3 not found" in books(tcplifectl)
    path = Raw().told(told(1)).overrun().save(tcplifectl.directory / "raw")
    tcplifectl("stream", "--strict", "--replay", path, code=5)
    assert "how many are lost is not known; the socket overflowed 1 time" in books(tcplifectl)


def test_marks_without_a_gap(tcplifectl):
    """They do nothing, and what stands behind them is no answer to anything."""
    path = Raw().repair([]).told(told(1)).repair([told(2)], lull=False).told(told(3)).repair(
        []).save(tcplifectl.directory / "raw")
    assert tcplifectl.ids("stream", "--replay", path) == [101, 103]
    raw = Raw().told(told(1), told(3)).repair([told(2), told(5)]).told(told(6))
    path = raw.save(tcplifectl.directory / "raw")
    assert tcplifectl.ids("stream", "--replay", path) == [101, 103, 102, 106]


def test_cut_short_anywhere(tcplifectl):
    """The power fails: all before the last whole message is there."""
    whole = Raw().told(told(1)).data
    raw = Raw().told(told(1), told(2))
    for more in (0, 1, 4, 15, 16, 17, 20, 24, 200, len(raw.data) - len(whole) - 1,
                 len(raw.data) - len(whole)):
        end = len(whole) + more
        cut = Raw()
        cut.data = raw.data[:end]
        path = cut.save(tcplifectl.directory / "raw")
        ids = tcplifectl.ids("stream", "--replay", path)
        assert ids == ([101, 102] if end == len(raw.data) else [101])
        said = "the recording ends within a message; what is before that is shown"
        assert (said in tcplifectl.err) == (len(whole) < end < len(raw.data))


def test_cut_within_the_header(tcplifectl):
    raw = Raw().told(told(1)).data
    path = tcplifectl.directory / "raw"
    for end in (1, 7, 8, 9, 15, 16, 100, HEADER - 1):
        path.write_bytes(raw[:end])
        tcplifectl("stream", "--replay", path, code=1)
        assert tcplifectl.err == "tcplifectl: %s: this %s\n" % (
            path, "is no recording" if end < 8 else "recording ends within its header")
    path.write_bytes(raw[:HEADER])
    assert tcplifectl.ids("stream", "--replay", path) == []


@pytest.mark.parametrize("rubbish", [bytes(4096), b"\xff" * 64, struct.pack("=I", 65537) + bytes(70000)])
def test_damage_behind_the_last_message(tcplifectl, rubbish):
    """As a file system may leave it, which had no time to write the rest."""
    raw = Raw().told(told(1)).add(rubbish)
    path = raw.save(tcplifectl.directory / "raw")
    assert tcplifectl.ids("stream", "--replay", path) == [101]
    assert "is damaged %d bytes from its beginning" % (len(raw.data) - len(rubbish)) in tcplifectl.err


@pytest.mark.parametrize("changes,said", [
    ({"magic": b"tcplifE\0"}, "this is no recording"),
    ({"byte_order": 0x04030201}, "this recording is from a machine of the other byte order"),
    ({"byte_order": 0}, "this recording has a header that makes no sense"),
    ({"version": 2}, "this recording is of a newer format than this tcplifectl knows"),
    ({"version": 0}, "this recording has a header that makes no sense"),
    ({"size": HEADER - 4}, "this recording has a header that makes no sense"),
    ({"size": HEADER + 1}, "this recording has a header that makes no sense"),
    ({"size": 65532}, "this recording ends within its header"),
    ({"family": 0}, "this recording has a header that makes no sense"),
    ({"family": GENL_ID_CTRL}, "this recording has a header that makes no sense"),
])
def test_headers_that_are_refused(tcplifectl, changes, said):
    path = Raw(**changes).told(told(1)).save(tcplifectl.directory / "raw")
    for command in ("stream", "list", "summary"):
        assert tcplifectl(command, "--replay", path, code=1) == ""
        assert tcplifectl.err == "tcplifectl: %s: %s\n" % (path, said)


def test_a_longer_header(tcplifectl):
    """A later tcplifectl may have more to say there."""
    raw = Raw(size=HEADER + 8)
    raw.add(b"new text").told(told(1))
    assert tcplifectl.ids("stream", "--replay", raw.save(tcplifectl.directory / "raw")) == [101]


def test_where_it_is_from(tcplifectl):
    raw = Raw(began_ns=1_700_000_000_123_000_000, boot_id=b"4f1e", module=b"0.1.0",
              kernel=b"6.1.0-\x1b[31m" + b"x" * 60).told(told(1))
    path = raw.save(tcplifectl.directory / "raw")
    tcplifectl("list", "--replay", path)
    assert tcplifectl.err.startswith(
        "tcplifectl: recorded from 2023-11-14 22:13:20.123 on, by tcplife 0.1.0 on Linux "
        "6.1.0-\\x1b[31mxx")
    assert tcplifectl.err.endswith(", boot 4f1e\n")
    tcplifectl("stream", "--replay", path, "--write", tcplifectl.directory / "again")
    again = (tcplifectl.directory / "again").read_bytes()
    assert again[16:104] == raw.data[16:104]


def test_full_disk_is_an_error(tcplifectl):
    rec = Recording().told(*[told(seq) for seq in range(1, 1001)])
    for path in ("/dev/full", "-"):
        with open("/dev/full", "w", encoding="utf-8") as full:
            command = [PROGRAM, "stream", "--write", path, "--replay",
                       rec.save(tcplifectl.directory / "recording")]
            result = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, env=LOCALE,
                                    check=False)
        name = b"standard output" if path == "-" else b"/dev/full"
        assert result.returncode == 1
        assert b"tcplifectl: " + name + b": No space left on device\n" in result.stderr
        assert b"none lost" not in result.stderr


def test_a_file_that_cannot_be_opened(tcplifectl):
    tcplifectl("stream", "--write", "/nonexistent/file", rec=Recording().told(told(1)), code=1)
    assert tcplifectl.err == "tcplifectl: /nonexistent/file: No such file or directory\n"


def test_interrupt_ends_with_whole_messages(tcplifectl):
    rec = Recording().told(*[told(seq) for seq in range(1, 20001)])
    rec.save(tcplifectl.directory / "recording")
    with subprocess.Popen([PROGRAM, "stream", "--write", "-", "--replay",
                           tcplifectl.directory / "recording"], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, env=LOCALE, bufsize=0) as process:
        begun = process.stdout.read(100)
        process.send_signal(signal.SIGINT)
        rest, err = process.communicate(timeout=30)
    assert process.returncode == 0
    count = int(re.fullmatch(rb"tcplifectl: (\d{1,4}) messages? written; none lost\n", err)[1])
    path = tcplifectl.directory / "raw"
    path.write_bytes(begun + rest)
    assert len(tcplifectl.ids("stream", "--replay", path)) == count


def test_nobody_reads_it(tcplifectl):
    """As a stream of lines: SIGPIPE ends it."""
    rec = Recording().told(*[told(seq) for seq in range(1, 20001)])
    rec.save(tcplifectl.directory / "recording")
    with subprocess.Popen([PROGRAM, "stream", "--write", "-", "--replay",
                           tcplifectl.directory / "recording"], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, env=LOCALE) as process:
        process.stdout.read(100)
        process.stdout.close()
        process.stderr.read()
    assert process.returncode == -signal.SIGPIPE


def test_requests_in_it_are_not_believed(tcplifectl):
    """A raw recording holds none; what looks like one answers nothing."""
    request = nlmsg(FAMILY_ID, 0x301, 1, struct.pack("=BBH", COMMANDS["life-get"], 1, 0) +
                    attrs("life", {"scope": "history"}))
    raw = Raw().told(told(1)).add(request).told(told(2))
    path = raw.save(tcplifectl.directory / "raw")
    assert tcplifectl.ids("history", "--replay", path) == [101, 102]
    assert tcplifectl.ids("stream", "--replay", path) == [101, 102]
