# SPDX-License-Identifier: GPL-2.0
"""The man page knows every command and option that the program knows."""
import os
import re

from recording import ROOT

with open(os.path.join(ROOT, "docs/man/tcplifectl.8.scd"), encoding="utf-8") as file:
    PAGE = file.read()


def test_commands(tcplifectl):
    commands = re.findall(r"^  (\w+)(?: ID)?  ", tcplifectl("--help"), re.MULTILINE)
    assert len(commands) == 11
    for command in commands:
        assert re.search(r"^\*%s\*( _ID_)?$" % command, PAGE, re.MULTILINE), command


def test_options(tcplifectl):
    told = set()
    for command in ("stream", "list", "history", "health", "flood", "halfopen", "timewait"):
        told |= set(re.findall(r"^  (--[\w-]+)", tcplifectl(command, "--help"), re.MULTILINE))
    documented = set(re.findall(r"\*(--[\w-]+)\*", PAGE))
    assert told == documented


def test_exit_codes():
    section = PAGE.split("# EXIT STATUS")[1].split("\n# ")[0]
    assert re.findall(r"^\*(\d)\*$", section, re.MULTILINE) == list("0123456")
