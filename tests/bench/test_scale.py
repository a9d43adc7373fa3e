# SPDX-License-Identifier: GPL-2.0
"""The parts of tests/bench/scale and tests/bench/coverage that need no guest."""
import copy
import importlib.machinery
import importlib.util
import json
import pathlib
import subprocess
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

# pylint: disable=wrong-import-position
import coverage_guest


def _program(name):
    """A program without .py, as a module."""
    loader = importlib.machinery.SourceFileLoader(f"bench_{name}",
                                                  str(HERE / name))
    module = importlib.util.module_from_spec(
        importlib.util.spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module


scale, coverage = _program("scale"), _program("coverage")

IDLE = {"memory_bytes": 1_000_000, "vmalloc": 1_000_000}
SMALL = {"live": 1000, "before": {"connection": 99.0, "idle_s": 10},
         "after": {"connection": 101.0, "idle_s": 10},
         "with": {"connection": 110.0, "idle_s": 15},
         "dumps": {"cat": 3e6, "true": 1e6},
         "memory": {"memory_bytes": 1_000_000, "allocated": 1000,
                    "vmalloc": 1_000_000, "free": 1_000_000}}


def _larger(added, record_bytes=256):
    it = copy.deepcopy(SMALL)
    it["live"] = 2000
    it["with"]["connection"] = 100 + added
    it["memory"]["allocated"] += 1000
    for name in ("memory_bytes", "vmalloc", "free"):
        it["memory"][name] += 1000 * record_bytes
    return it


def test_nothing_wrong():
    """What has not grown is right."""
    assert not list(scale.problems(IDLE, [SMALL, _larger(10.9)]))


def test_growth():
    """The added cost counts, not that of the connection."""
    problem, = scale.problems(IDLE, [SMALL, _larger(11.1)])
    assert "11.0 % higher among 2,000 than among 1,000" in problem


def test_time_wait_unknown():
    """Where the end of TIME_WAIT is not known, the cost without it counts."""
    results = [copy.deepcopy(SMALL), _larger(20)]
    for it in results:
        for name in ("before", "with", "after"):
            it[name] = {"until_close": it[name]["connection"] - 5,
                        "connection": None, "idle_s": None}
    assert scale.cost_table(results)[2][1:8] == \
        (94.0, 96.0, 115.0, 20.0, "+100.0 %", "+9.5 %", "-")
    assert scale.cost_table(results)[0][0] == \
        "instructions a connection until its close among"


def test_record():
    """A record of more than 256 bytes."""
    problem, = scale.problems(IDLE, [SMALL, _larger(10, 272)])
    assert problem == "a record takes 272.0 bytes"


def test_memory_not_said():
    """Memory that the module does not tell of."""
    problem, = scale.problems({**IDLE, "vmalloc": 1_100_000}, [SMALL])
    assert "memory_bytes is 1000000" in problem


def test_tables():
    """What stands in the tables."""
    results = [SMALL, _larger(11)]
    assert scale.memory_table(results)[-1] == \
        ("a record", "", "256.0", "256.0", "256.0")
    assert scale.cost_table(results)[2][1:7] == \
        (99.0, 101.0, 111.0, 11.0, "+10.0 %", "+0.9 %")
    assert scale.dump_table(results)[1] == ("cat", "3.0", "3.0", 1000.0)
    assert scale.aligned([("a", "bc"), ("def", 1234.4)]) == \
        ["a       bc", "def  1,234"]


@pytest.mark.parametrize("program, options", [
    ("scale", ["--sizes", "x"]), ("scale", ["--sizes", "99"]),
    ("scale", ["--kernel", "no"]), ("coverage", ["--tool", "no"]),
    ("coverage", ["--kernel", "no"])])
def test_bad_option(program, options):
    """What is wrong is said, and no guest starts."""
    done = subprocess.run([HERE / program, *options], text=True,
                          capture_output=True, check=False)
    assert done.returncode == 2 and options[1] in done.stderr.splitlines()[-1] \
        or "are from" in done.stderr


def test_missed():
    """Only of tcplife something missing is wrong."""
    seen = {"tool": {}, **{name: {"made": 10, "told": 10}
                           for name in coverage.SCENARIOS}}
    assert not list(coverage.missed("tcplife-reader", seen))
    seen["held"] = {"made": 16000, "told": 15999}
    assert list(coverage.missed("tcplife-reader", seen)) == \
        ["8,000 open: 15999 of 16000 told"]
    assert not list(coverage.missed("tcpdump", seen))
    del seen["held"]
    assert list(coverage.missed("tcplife-reader", seen)) == \
        ["8,000 open: not played"]


def test_ends_in_json(tmp_path):
    """One that is told again when TIME_WAIT ends is one."""
    file = tmp_path / "out"
    ends = [(1, 7000, 50000), (2, 50000, 7000), (1, 7000, 50000), (3, 80, 50001)]
    file.write_text("".join(json.dumps(
        {"id": str(number), "local_port": local, "remote_port": remote}) + "\n"
        for number, local, remote in ends))
    assert coverage_guest.the_tool("tcplife-reader").count(file, 7000) == 2


def test_connections_followed(tmp_path):
    """conntrack's that were seen from the beginning and to the end."""
    def line(event, state, port):
        return (f"[1795306476.159762]\t{event} tcp      6 120 {state} "
                f"src=127.0.0.1 dst=127.0.0.2 sport={port} dport=7000 "
                f"src=127.0.0.2 dst=127.0.0.1 sport=7000 dport={port}\n")
    file = tmp_path / "out"
    file.write_text(line("    [NEW]", "SYN_SENT", 1) +
                    line(" [UPDATE]", "TIME_WAIT", 1) +
                    line("    [NEW]", "SYN_SENT", 2) +
                    line(" [UPDATE]", "CLOSE_WAIT", 2) +
                    line(" [UPDATE]", "TIME_WAIT", 3))
    assert coverage_guest.the_tool("conntrack").count(file, 7000) == 1


@pytest.mark.parametrize("text, is_loss", [
    ("Possibly lost 12 samples", True), ("Lost 3 events", True),
    ("WARNING: We have hit ENOBUFS! We are losing events.", True),
    ("7 packets dropped by kernel", True), ("0 packets dropped by kernel", False),
    ("tcplifectl: 2000 connections told; none lost", False),
    ("127.0.0.1 7003 127.0.0.1 35188 CLOSING     -> CLOSE", False),
    ("tcplifectl: 10 connections told; 4 missing", True)])
def test_loss(text, is_loss):
    """What a tool says when it has lost something."""
    found = coverage_guest.LOSS.search(text) and \
        not coverage_guest.NO_LOSS.search(text)
    assert bool(found) == is_loss
