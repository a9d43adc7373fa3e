# SPDX-License-Identifier: GPL-2.0
"""The conversation with the module: refusals, retries, recordings."""
import os
import struct
import subprocess

import pytest

from conftest import LOCALE, PROGRAM
from lives import ALL
from recording import (EPERM, NLM_F_DUMP, NLM_F_REQUEST, Recording, SETS, attr, attrs, genl, nlmsg)

COMMANDS = ["stream", "list", "history", "halfopen", "timewait", "show 1", "summary", "health",
            "listeners", "flood", "flood --alerts", "flood --watch", "timewait --list",
            "halfopen --totals", "advise"]


@pytest.mark.parametrize("command", COMMANDS)
def test_module_not_loaded(tcplifectl, command):
    tcplifectl(*command.split(), rec=Recording(family=False), code=3)
    assert "sudo modprobe tcplife" in tcplifectl.err
    assert "Key was rejected by service" in tcplifectl.err and "mokutil" in tcplifectl.err
    assert tcplifectl.out == ""


def test_no_permission(tcplifectl):
    rec = Recording().dump("live", [], error=EPERM)
    tcplifectl("list", rec=rec, code=4)
    assert "no permission: root, or CAP_NET_ADMIN" in tcplifectl.err
    tcplifectl("summary", rec=Recording().summary({}, error=EPERM), code=4)


def test_the_kernels_own_words(tcplifectl):
    rec = Recording().summary({}, error=22, text="speak friend and enter")
    tcplifectl("summary", rec=rec, code=1)
    assert "the kernel says: speak friend and enter (Invalid argument)" in tcplifectl.err
    rec = Recording().dump("live", [], error=EPERM, text="not yours")
    tcplifectl("list", rec=rec, code=4)
    assert "no permission - the kernel says: not yours: root" in tcplifectl.err


def test_error_at_the_end_of_a_dump(tcplifectl):
    rec = Recording()
    seq = rec._ask(genl, 1, attrs("life", {"scope": "live"}), flags=NLM_F_REQUEST | NLM_F_DUMP)
    rec.add(nlmsg(3, 2, seq, struct.pack("=i", -12)))
    tcplifectl("list", rec=rec, code=1)
    assert "Cannot allocate memory" in tcplifectl.err


def test_uncapped_error(tcplifectl):
    """The whole request stands between the error and the kernel's words."""
    rec = Recording()
    seq = rec._ask(genl, 2, b"", flags=NLM_F_REQUEST | 4)
    request = struct.pack("=IHHII", 27, 0x2a, 5, seq, 0) + bytes(12)
    rec.add(nlmsg(2, 0x200, seq, struct.pack("=i", -22) + request + attr(1, b"after it\0")))
    tcplifectl("summary", rec=rec, code=1)
    assert "the kernel says: after it" in tcplifectl.err


def test_interrupted_dump_is_tried_again(tcplifectl):
    rec = Recording().dump("live", [ALL["active"], ALL["active"]], changed=True)
    rec.dump("live", [ALL["active"], ALL["adopted"]])
    assert tcplifectl.ids("list", rec=rec) == [4097, 4104]
    assert tcplifectl.err == ""


def test_dump_that_never_holds_still(tcplifectl):
    rec = Recording().dump("live", [ALL["active"]], changed=True)
    assert tcplifectl.ids("list", rec=rec) == [4097]
    assert "the table changed whenever it was read" in tcplifectl.err


@pytest.mark.parametrize("name,raw", [
    ("id", b"1234567"), ("id", b"123456789"), ("state", b""), ("state", b"12"),
    ("local_port", b"1"), ("pid", b"12345"), ("local_addr", b"12345"), ("remote_addr", b""),
    ("states", b"123"), ("congestion", b"1234"), ("timeline", b"123456789"),
])
def test_wrong_length(tcplifectl, name, raw):
    values = dict(ALL["active"], **{name: raw})
    tcplifectl("list", rec=Recording().dump("live", [values]), code=1)
    assert "makes no sense" in tcplifectl.err


def test_attribute_beyond_the_message(tcplifectl):
    rec = Recording()
    rec.told(ALL["passive"])
    rec.add(genl(4, struct.pack("=HH", 400, 3) + bytes(8)))
    tcplifectl("stream", rec=rec)
    assert "1 message made no sense" in tcplifectl.err


def test_newer_module(tcplifectl):
    """Attributes, states and padding that we do not know do no harm."""
    values = attrs("life", ALL["active"])
    number = SETS["life"]["states"][0]
    grown = values + attr(200, b"new") + attr(number, struct.pack("=13Q", *range(13)))
    rec = Recording()
    seq = rec._ask(genl, 1, attrs("life", {"scope": "live"}), flags=NLM_F_REQUEST | NLM_F_DUMP)
    rec.add(genl(1, grown, seq=seq, flags=2)).add(nlmsg(3, 2, seq, bytes(4)))
    line, = tcplifectl.json("list", rec=rec)
    assert line["states"]["closing"] == 11 and len(line["states"]) == 11


def test_older_module(tcplifectl):
    """States that the module does not know yet were not visited."""
    values = dict(ALL["active"], states=struct.pack("=3Q", 0, 7, 5))
    line, = tcplifectl.json("list", rec=Recording().dump("live", [values]))
    assert line["states"] == {"established": 7, "syn_sent": 5, "time_wait": 0}


def test_recording_cut_short(tcplifectl):
    rec = Recording().told(ALL["passive"], ALL["refused"])
    rec.data = rec.data[:-10]
    assert tcplifectl.ids(rec=rec) == [4098]
    assert "the recording ends within a message" in tcplifectl.err


def test_rubbish_is_no_recording(tcplifectl):
    rec = Recording(family=None).add(b"#!/bin/sh\necho this is no recording\n")
    tcplifectl("list", rec=rec, code=1)
    assert "this is no recording" in tcplifectl.err


def test_recording_without_the_answer(tcplifectl):
    for command in ("summary", "health"):
        tcplifectl(command, rec=Recording().dump("live", []), code=1)
        assert "the recording holds no answer to this request" in tcplifectl.err


def test_looking_through_a_recorded_stream(tcplifectl):
    """All that was said of a life; the last of it counts; each in its place."""
    rec = Recording().told(*ALL.values())
    assert tcplifectl.ids("list", rec=rec) == [4104, 4108, 4109]
    assert tcplifectl.ids("history", "--half-open", rec=rec) == [4103]
    history = tcplifectl.ids("history", rec=rec)
    assert history[:2] == [4097, 4098] and 4103 not in history and 4104 not in history
    ended = tcplifectl.json("history", rec=rec)[0]
    assert ended["state"] == "close" and ended["time_wait_end"] == "expired"
    for ident in (4097, 4103, 4104):
        assert "id          %d" % ident in tcplifectl("show", ident, rec=rec)
    tcplifectl("show", 1, rec=rec, code=1)


def module_is_loaded():
    return os.path.exists("/sys/module/tcplife")


@pytest.mark.skipif(module_is_loaded(), reason="the module is loaded")
def test_record(tmp_path):
    """Without the module there is still a refusal to record."""
    path = tmp_path / "recording"
    first = subprocess.run([PROGRAM, "list", "--record", path], env=LOCALE, check=False,
                           capture_output=True)
    again = subprocess.run([PROGRAM, "list", "--replay", path], env=LOCALE, check=False,
                           capture_output=True)
    assert first.returncode == again.returncode == 3
    assert first.stderr == again.stderr
    assert os.stat(path).st_mode & 0o777 == 0o600
