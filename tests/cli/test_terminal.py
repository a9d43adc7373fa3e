# SPDX-License-Identifier: GPL-2.0
"""Colour: on a terminal only, and not against the user's will."""
import os
import pty
import select
import subprocess

import pytest

from conftest import LOCALE, PROGRAM
from lives import ALL
from recording import Recording

RED = b"\x1b[31m"


def on_terminal(command, **env):
    """What a command that succeeds writes to a terminal.

    The terminal is held open until the mark behind it has come: the kernel
    may forget what was written last to one that is closed at once.
    """
    main, side = pty.openpty()
    env = {**LOCALE, "TERM": "xterm-256color", **env}
    script = ["sh", "-c", '"$@"; printf "ended: %d" $?', "sh"]
    out = b""
    with subprocess.Popen(script + command, stdout=side, env=env):
        while b"ended: " not in out and select.select([main], [], [], 30)[0]:
            out += os.read(main, 4096)
    os.close(side)
    os.close(main)
    out, ended, code = out.partition(b"ended: ")
    assert ended and code == b"0", (command, out)
    return out


@pytest.fixture(name="commands")
def fixture_commands(tmp_path):
    """Each writes something red."""
    rec = Recording().told(ALL["simultaneous_open"]).save(tmp_path / "recording")
    return [[PROGRAM, *words, "--replay", rec] for words in (["stream"], ["history"],
                                                             ["show", "4099"])]


def test_colour_on_a_terminal(commands):
    for command in commands:
        assert RED in on_terminal(command), command


@pytest.mark.parametrize("env", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_no_colour_against_the_will(commands, env):
    for command in commands:
        out = on_terminal(command, **env)
        assert b"\x1b" not in out and b"4099" in out


def test_empty_no_color_means_nothing(commands):
    assert RED in on_terminal(commands[0], NO_COLOR="")


def test_no_colour_in_json(commands):
    for command in commands:
        assert b"\x1b" not in on_terminal(command + ["--json"])


def test_no_colour_in_a_pipe(commands):
    for command in commands:
        result = subprocess.run(command, env={**LOCALE, "TERM": "xterm"}, capture_output=True,
                                check=True)
        assert b"\x1b" not in result.stdout


def test_nothing_is_cut_on_a_narrow_terminal(tmp_path):
    rec = Recording().dump("history", [ALL["ipv6"]]).save(tmp_path / "recording")
    out = on_terminal([PROGRAM, "history", "--replay", rec], COLUMNS="40")
    assert b"[2001:db8:ffff:eeee:dddd:cccc:bbbb:aaaa]:443" in out
