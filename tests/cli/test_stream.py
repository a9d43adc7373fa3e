# SPDX-License-Identifier: GPL-2.0
"""The stream: one line a connection, and honest books of what was lost."""
import re
import signal
import socket
import subprocess

import pytest

from conftest import LOCALE, PROGRAM
from lives import ACTIVE, ACTIVE_END, ACTIVE_ENDED, ALL, OVERFLOW, life
from recording import Recording, names


def told(seq, **more):
    """A connection with id 100 + seq that is over."""
    return life([(0, "syn_sent"), (1, "close")], id=100 + seq, seq=seq,
                outcome="connect_aborted", **more)


def books(tcplifectl):
    """The last line on stderr."""
    return tcplifectl.err.splitlines()[-1]


def test_header_first_then_lines(tcplifectl):
    lines = tcplifectl.lines(rec=Recording().told(told(1), told(2)))
    assert lines[0].split() == ["ID", "OPENED_AT", "PID", "COMM", "ROLE", "LOCAL", "REMOTE",
                                "DURATION", "SENT", "RECEIVED", "CLOSER", "OUTCOME"]
    assert [line.split()[0] for line in lines[1:]] == ["101", "102"]
    assert books(tcplifectl) == "tcplifectl: 2 connections told; none lost"


def test_no_header(tcplifectl):
    assert len(tcplifectl.lines("stream", "--no-header", rec=Recording().told(told(1)))) == 1


def test_columns_never_cut(tcplifectl):
    out = tcplifectl(rec=Recording().told(ALL["ipv6"], ALL["passive"]))
    assert "[2001:db8:85a3:1234:5678:8a2e:1370:7334]:45678" in out
    assert "[2001:db8:ffff:eeee:dddd:cccc:bbbb:aaaa]:443" in out
    assert "18446744073709551615" in out


def test_columns_stay_aligned_after_a_wide_line(tcplifectl):
    lines = tcplifectl.lines(rec=Recording().told(ALL["passive"], ALL["ipv6"],
                                                  dict(ALL["passive"], seq=13)))
    narrow, wide, after = (line.rindex(" ") for line in lines[1:])
    assert narrow < wide == after


def test_a_process_cannot_name_itself_into_the_terminal(tcplifectl):
    rec = Recording().told(ALL["ipv6"]).dump("history", [ALL["ipv6"]])
    for words in ([], ["history"], ["show", ALL["ipv6"]["id"]]):
        out = tcplifectl(*words, rec=rec)
        assert "\x1b" not in out
        assert "é\\xff\\x1b[31m\"\\x5c" in out
        assert "\\xc3\\xa9\\xff" in tcplifectl(*words, rec=rec, env={"LC_ALL": "C"})


def test_second_telling_is_no_line(tcplifectl):
    assert tcplifectl.ids(rec=Recording().told(ACTIVE, ACTIVE_ENDED)) == [4097]
    assert tcplifectl.json(rec=Recording().told(ACTIVE, ACTIVE_ENDED))[0]["state"] == "time_wait"


@pytest.mark.parametrize("end", names("time_wait_end"))
def test_first_telling_by_end_of_time_wait(tcplifectl, end):
    lives = dict(ALL["active_ended"], time_wait_end=end)
    first = end in ("none", "overflow")
    assert tcplifectl.ids(rec=Recording().told(lives)) == ([4097] if first else [])


def test_an_end_is_no_line(tcplifectl):
    """Whatever it tells; but it has a number."""
    for end in (ACTIVE_END, dict(ACTIVE_END, time_wait_end="none"),
                dict(ACTIVE_END, time_wait_end=None, state=None)):
        rec = Recording().told(ACTIVE).ended(end).told(dict(OVERFLOW, seq=3))
        assert tcplifectl.ids("stream", "--strict", rec=rec) == [ACTIVE["id"], OVERFLOW["id"]]


def test_overflow_is_a_first_telling(tcplifectl):
    assert tcplifectl.ids(rec=Recording().told(OVERFLOW)) == [OVERFLOW["id"]]


def test_count(tcplifectl):
    rec = Recording().told(*[told(seq) for seq in range(1, 6)])
    assert tcplifectl.ids("stream", "--count", 3, rec=rec) == [101, 102, 103]
    assert tcplifectl.ids("stream", "--count", 9, rec=rec) == [101, 102, 103, 104, 105]


def test_count_counts_what_is_wanted(tcplifectl):
    rec = Recording().told(told(1), told(2, local_port=1), told(3), told(4, local_port=1))
    assert tcplifectl.ids("stream", "--port", 1, "--count", 1, rec=rec) == [102]


def test_gap_is_repaired(tcplifectl):
    rec = Recording().told(told(1), told(5))
    rec.all_dumps(live=[dict(ACTIVE, seq=3), told(9)], history=[told(1), told(2), told(5)],
                  half_open=[told(4)])
    rec.told(told(6))
    assert tcplifectl.ids("stream", "--strict", rec=rec) == [101, 105, 102, 4097, 104, 106]
    assert books(tcplifectl) == ("tcplifectl: 6 connections told; 3 missing: 3 recovered from "
                                 "history, 0 not found (lost, or ends of TIME_WAIT)")


def test_gap_that_cannot_be_repaired(tcplifectl):
    rec = Recording().told(told(1), told(5)).all_dumps(history=[told(3)])
    assert tcplifectl.ids("stream", "--strict", rec=rec, code=5) == [101, 105, 103]
    assert "3 missing: 1 recovered from history, 2 not found" in books(tcplifectl)
    tcplifectl("stream", rec=rec, code=0)


def test_life_found_twice_is_told_once(tcplifectl):
    """It ended between the two dumps; what history has is the whole of it."""
    rec = Recording().told(told(1), told(3))
    rec.all_dumps(live=[dict(ACTIVE, seq=2)], history=[dict(ACTIVE_ENDED, seq=2)])
    lines = tcplifectl.json(rec=rec)
    assert [line["id"] for line in lines] == ["101", "103", "4097"]
    assert lines[2]["state"] == "close"
    assert "1 missing: 1 recovered" in books(tcplifectl)


def test_two_gaps_repaired_apart(tcplifectl):
    """Each repair in its place, with the answers of that moment."""
    rec = Recording().told(told(1), told(3)).all_dumps(history=[told(2)])
    rec.told(told(5)).all_dumps(history=[told(4)]).told(told(6))
    assert tcplifectl.ids(rec=rec) == [101, 103, 102, 105, 104, 106]
    assert "2 missing: 2 recovered from history, 0 not found" in books(tcplifectl)


def test_many_gaps(tcplifectl):
    """More gaps than there is room for: repaired in between, none forgotten."""
    odd = [told(seq) for seq in range(1, 401, 2)]
    rec = Recording().told(*odd).all_dumps(history=[told(seq) for seq in range(2, 401, 2)])
    assert sorted(tcplifectl.ids(rec=rec)) == [100 + seq for seq in range(1, 400)]
    assert "199 missing: 199 recovered from history, 0 not found" in books(tcplifectl)


def test_gap_filter(tcplifectl):
    rec = Recording().told(told(1), told(4)).all_dumps(history=[told(2), told(3, local_port=1)])
    assert tcplifectl.ids("stream", "--port", 1, rec=rec) == [103]
    assert "2 missing: 2 recovered" in books(tcplifectl)


def test_first_message_is_no_gap(tcplifectl):
    assert tcplifectl.ids("stream", "--strict", rec=Recording().told(told(1000))) == [1100]
    assert books(tcplifectl).endswith("; none lost")


def test_no_gap_without_seq(tcplifectl):
    rec = Recording().told(told(1), dict(ALL["adopted"], outcome="missed", state="close"), told(2))
    assert tcplifectl.ids("stream", "--strict", rec=rec) == [101, 4104, 102]


def test_overrun_is_not_fatal(tcplifectl):
    rec = Recording().told(told(1)).overrun().told(told(4))
    rec.all_dumps(history=[told(2), told(3)])
    assert tcplifectl.ids("stream", "--strict", rec=rec) == [101, 104, 102, 103]
    assert "2 missing: 2 recovered from history, 0 not found" in books(tcplifectl)
    assert books(tcplifectl).endswith("; the socket overflowed 1 time")


def test_overrun_with_nothing_behind_it(tcplifectl):
    """What was lost at the end shows in history only."""
    rec = Recording().told(told(1)).overrun().all_dumps(history=[told(1), told(2), told(4)])
    assert tcplifectl.ids("stream", "--strict", rec=rec, code=5) == [101, 102, 104]
    assert "3 missing: 2 recovered from history, 1 not found" in books(tcplifectl)


def test_overrun_is_said_before_what_was_queued(tcplifectl):
    """As the kernel does it: the error first, then the queue, then what was lost is missing."""
    rec = Recording().told(told(1)).overrun().told(told(2), told(3))
    rec.all_dumps(history=[told(seq) for seq in range(1, 6)]).told(told(6))
    assert tcplifectl.ids("stream", "--strict", rec=rec) == [101, 102, 103, 104, 105, 106]
    assert "2 missing: 2 recovered from history, 0 not found" in books(tcplifectl)


def test_one_overrun_is_one_repair(tcplifectl):
    rec = Recording().told(told(1)).overrun().all_dumps(history=[told(2)]).told(told(3))
    rec.all_dumps(history=[told(9)])
    assert tcplifectl.ids("stream", "--strict", rec=rec) == [101, 102, 103]


def test_overrun_that_nothing_shows(tcplifectl):
    rec = Recording().overrun().told(told(1)).all_dumps(history=[told(1)])
    assert tcplifectl.ids("stream", "--strict", rec=rec, code=5) == [101]
    assert "how many are lost is not known; the socket overflowed" in books(tcplifectl)


def test_no_line_twice_after_an_overrun(tcplifectl):
    """The repair found it first; then its message comes after all."""
    rec = Recording().told(told(1)).overrun().all_dumps(history=[told(2)])
    rec.told(told(2), told(3))
    assert tcplifectl.ids("stream", "--strict", rec=rec) == [101, 102, 103]


def test_overrun_before_any_message(tcplifectl):
    rec = Recording().overrun()
    assert tcplifectl.ids(rec=rec) == []
    assert "how many are lost is not known; the socket overflowed 1 time" in books(tcplifectl)
    tcplifectl("stream", "--strict", rec=rec, code=5)


def test_malformed_message_is_counted(tcplifectl):
    rec = Recording().told(told(1), dict(told(2), duration_us=b"123")).told(told(3))
    assert 103 in tcplifectl.ids(rec=rec)
    assert "1 message made no sense" in books(tcplifectl)
    tcplifectl("stream", "--strict", rec=rec, code=5)


def test_unload_ends_the_stream(tcplifectl):
    rec = Recording().told(told(1)).unloaded().told(told(2))
    assert tcplifectl.ids(rec=rec, code=3) == [101]
    assert "the module was unloaded" in tcplifectl.err


def test_without_group(tcplifectl):
    tcplifectl(rec=Recording(group=False).told(told(1)), code=1)
    assert "offers no stream" in tcplifectl.err
    assert tcplifectl.out == ""


def test_lines_come_at_once(tmp_path):
    """No line waits for the next: each is written before the next message is read."""
    rec = Recording().told(told(1), told(2), told(3)).save(tmp_path / "recording")
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, subprocess.Popen([PROGRAM, "--replay", rec], stdout=theirs,
                                stderr=subprocess.DEVNULL, env=LOCALE) as process:
        theirs.close()
        written = [chunk.split()[0] for chunk in iter(lambda: ours.recv(65536), b"")]
    assert process.returncode == 0
    assert written == [b"ID", b"101", b"102", b"103"]


def test_interrupt_ends_with_the_books(tmp_path):
    """Ctrl-C ends the stream, which says what it told, with exit code 0."""
    rec = Recording().told(*[told(seq) for seq in range(1, 20001)]).save(tmp_path / "recording")
    with subprocess.Popen([PROGRAM, "--replay", rec], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, env=LOCALE) as process:
        process.stdout.read(100)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 0
    assert re.fullmatch(rb"tcplifectl: \d{1,4} connections? told; none lost\n", err)


def test_full_disk_is_an_error(tcplifectl):
    with open("/dev/full", "w", encoding="utf-8") as full:
        command = [PROGRAM, "--replay",
                   Recording().told(told(1)).save(tcplifectl.directory / "recording")]
        result = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, env=LOCALE,
                                check=False)
    assert result.returncode == 1
    assert b"standard output: No space left on device" in result.stderr
