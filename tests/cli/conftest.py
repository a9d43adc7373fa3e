# SPDX-License-Identifier: GPL-2.0
"""Build the reader once, and run it on recordings."""
import json
import os
import subprocess

import pytest

import recording

READER = os.path.join(recording.ROOT, "reader")
# Another program is tested by naming it: TCPLIFECTL=/usr/sbin/tcplifectl
PROGRAM = os.environ.get("TCPLIFECTL", os.path.join(READER, "tcplifectl"))
LOCALE = {"LC_ALL": "C.UTF-8", "TZ": "UTC", "PATH": os.environ["PATH"]}


def pytest_configure():
    if "TCPLIFECTL" not in os.environ:
        subprocess.run(["make", "-s", "-C", READER, "WERROR=1"], check=True)


class Reader:
    """Runs tcplifectl; a recording, if given, is what it reads."""

    def __init__(self, directory):
        self.directory = directory

    def __call__(self, *words, rec=None, code=0, env=None, **more):
        command = [PROGRAM, *map(str, words)]
        if rec is not None:
            command += ["--replay", rec.save(self.directory / "recording")]
        self.result = subprocess.run(command, env={**LOCALE, **(env or {})}, timeout=60,
                                     capture_output=True, check=False, **more)
        self.out = self.result.stdout.decode()
        self.err = self.result.stderr.decode()
        assert self.result.returncode == code, self.out + self.err
        return self.out

    def lines(self, *words, **more):
        return self(*words, **more).splitlines()

    def json(self, *words, **more):
        return [json.loads(line) for line in self.lines(*words, "--json", **more)]

    def ids(self, *words, **more):
        return [int(line["id"]) for line in self.json(*words, **more)]


@pytest.fixture
def tcplifectl(tmp_path):
    return Reader(tmp_path)
