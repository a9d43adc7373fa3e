# SPDX-License-Identifier: GPL-2.0
"""Odd requests to the netlink family, while connections come and go.

requests.c asserts that the family goes on answering; scripts/vm fails if the kernel has
anything to say.  AMOUNT and SEED in the environment: how many, and which.
"""
import pathlib
import re
import subprocess

import pytest

import life
import soaking

HERE = pathlib.Path(__file__).resolve().parent
COUNT = soaking.amount(100_000)
MADE = 20_000


@pytest.fixture(scope="session")
def requests(tmp_path_factory):
    """The path of the program."""
    binary = str(tmp_path_factory.mktemp("requests") / "requests")
    subprocess.run(["gcc", "-O2", "-Wall", "-Wextra", "-Werror", "-o", binary,
                    HERE / "requests.c"], check=True)
    return binary


def test_odd_requests(host, storm, load, start, requests):
    """They are refused or answered, and nothing else comes of them."""
    load(history=1000)
    traffic = start(storm, str(MADE))
    done = subprocess.run([requests, str(COUNT), str(soaking.SEED)], check=True, text=True,
                          stdout=subprocess.PIPE)
    print(done.stdout)
    sent, answers, refused, ends = map(int, re.findall(r"\d+", done.stdout))
    assert sent >= COUNT
    # It was odd enough, and not too odd to get anywhere.
    assert refused > COUNT / 10 and answers > COUNT / 100 and ends > COUNT / 1000
    assert traffic.wait() == 0
    totals = life.summary(host)
    assert totals["opened_active"] == totals["opened_passive"] == MADE
    soaking.done(sent, "requests")
