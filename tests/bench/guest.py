#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Measure what a tool costs, in a guest of scripts/vm --icount.

usage: guest.py [--short] PROGRAMS TOOL...

PROGRAMS is the folder that tests/bench/programs has filled.  All kinds of work are
done once to warm up, as a kernel that has seen a flood is another; then without a
tool, with a module that does nothing, with each tool in turn, and without a tool
again.  --short leaves out the module that does nothing, and what comes after the
tools.  A line of JSON is printed for each kind of work in each of these phases, and
one for each tool; tests/bench/run makes a table of them.

How it is measured.  A plugin of QEMU's (meter.c) counts what the guest's one CPU
executes: the work, the kernel and the tool.  So waiting costs nothing, and a figure
covers the work, all that the kernel and the tool do because of it later,
and the end of TIME_WAIT: after the work the guest sleeps until TIME_WAIT has
ended and then until the tool's processes use less than a tenth of the CPU.  The
same with no unit of work is subtracted, so that what is at rest is no one's cost:
it stands in a column of its own.  The tool's processes are also counted apart, by
/proc/PID/task/*/schedstat; their system calls are in that, and so is an interrupt
that came while they ran.
"""
import argparse
import contextlib
import json
import pathlib
import platform
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

import tools

HERE, THERE, NOBODY = "02:00:00:00:00:01", "02:00:00:00:00:02", "02:00:00:00:00:99"
VICTIM = "10.0.0.1"
SETUP = f"""
ip netns add sender
ip link add victim address {HERE} type veth peer name eth0 netns sender address {THERE}
ip address add {VICTIM}/24 dev victim
ip link set victim up
ip -netns sender link set eth0 up
ip route add default via 10.0.0.2
ip neighbour add 10.0.0.2 lladdr {THERE} dev victim
sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.victim.rp_filter=0
sysctl -qw net.ipv4.tcp_max_tw_buckets=65536 net.core.somaxconn=16384
sysctl -qw net.ipv4.tcp_max_syn_backlog=16384 net.ipv4.tcp_synack_retries=0
"""
COOKIES = pathlib.Path("/proc/sys/net/ipv4/tcp_syncookies")
FIRST_PORT = 9000
OFFLOADS = ("tso", "gso", "gro")
TIMEWAIT_S, OTHERWISE_S = 66, 4     # timers of a minute are up to 2 s late
BUSY = 0.1                          # of the CPU: more, and a tool is not done
FIRST_SOURCES = {"warm": "20.0.0.0", "counted": "60.0.0.0"}


class Work:
    """One kind of work.

    name: as in the tables
    count: units
    kind: what the program `work` calls it
    settle_s: when what it left behind is over
    """

    def __init__(self, name, count, kind, settle_s=OTHERWISE_S):
        self.name, self.count, self.kind = name, count, kind
        self.settle_s = settle_s

    @contextlib.contextmanager
    def prepared(self, port):
        """Whatever is needed first, while it is done; words for `work`."""
        del port
        yield []


class Segments(Work):
    """Bulk data, each segment by itself."""

    @contextlib.contextmanager
    def prepared(self, port):
        for state in ("off", "on"):
            tools.output_of("ethtool", "-K", "lo",
                            *(word for it in OFFLOADS for word in (it, state)))
            if state == "off":
                yield []


class Syns(Work):
    """SYNs, to a listener, by cookie or not, or to none, or to another machine."""

    def __init__(self, name, count, cookies=None, mac=HERE):
        super().__init__(name, count, "syn")
        self._cookies, self._mac = cookies, mac

    @contextlib.contextmanager
    def prepared(self, port):
        with contextlib.ExitStack() as stack:
            if self._cookies is not None:
                before = COOKIES.read_text(encoding="ascii")
                COOKIES.write_text(str(self._cookies), encoding="ascii")
                # connections of the works to come shall not begin with a cookie
                stack.callback(COOKIES.write_text, before, encoding="ascii")
                stack.enter_context(socket.create_server((VICTIM, port),
                                                         backlog=16384))
            yield ["/run/netns/sender", "eth0", self._mac]


WORKS = (
    Work("connection", 3000, "connection", TIMEWAIT_S),
    Work("reset", 2000, "reset"),
    Work("request", 6000, "request"),
    Segments("segment", 12000, "segment"),
    Syns("half_open", 12000, 0),
    Syns("cookie", 12000, 2),
    Syns("closed_port", 12000),
    Syns("elsewhere", 12000, mac=NOBODY),
)
TIMES = 3                           # each is done: the median counts


class Meter:
    """What was executed, in instructions."""

    def __init__(self, programs):
        self._mark = shutil.copy(programs / "mark", "/tmp")
        self._file = programs / "executed"

    def mark(self):
        """The plugin sees the program run, and writes down what was executed so far."""
        tools.output_of(self._mark)

    def between(self):
        """What was executed between the last two marks.

        Not to be read in between: while a guest waits for a share its clock runs on.
        """
        before, after = self._file.read_text(encoding="ascii").splitlines()[-2:]
        return int(after) - int(before)


class Bench:
    """A guest, and what is measured there."""

    def __init__(self, programs):
        # in memory: what is on the share outside is read anew each time
        self._program = shutil.copy(programs / "work", "/tmp")
        self._meter = Meter(programs)
        for line in filter(None, SETUP.split("\n")):
            tools.output_of(*line.split())

    def _do(self, work, count, port, words, sources):
        command = [self._program, work.kind, str(count), str(port)]
        if words:
            command += [*words, FIRST_SOURCES[sources], VICTIM]
        return int(tools.output_of(*command))

    def _settle(self, seconds, running):
        """Wait until what the work left behind is over."""
        time.sleep(seconds)
        while running:
            used = running.cpu_ns()
            time.sleep(2)
            if running.cpu_ns() - used < BUSY * 2e9:
                break

    def _once(self, work, count, port, words, running, sources="counted"):
        """Do it: all that was executed, the tool's part, and how long it settled."""
        settle_s = work.settle_s + (running.tool.settle_s if running else 0)
        self._meter.mark()
        start = time.monotonic_ns()
        used = running.cpu_ns() if running else 0
        work_ns = self._do(work, count, port, words, sources)
        self._settle(settle_s, running)
        if running and not running.is_alive():
            raise RuntimeError(f"it ended: {running.complaint()}")
        used = running.cpu_ns() - used if running else 0
        settled_ns = time.monotonic_ns() - start - work_ns
        self._meter.mark()
        return self._meter.between(), used, settled_ns

    def measure(self, work, port, running, times=TIMES):
        """What a unit costs, all and the tool's part, and what rest costs."""
        count = work.count
        with work.prepared(port) as words:
            self._once(work, max(count // 4, 100), port - 1000, words, running, "warm")
            rests = [self._once(work, 0, port, words, running) for _ in range(times)]
            alls = [self._once(work, count, port, words, running)
                    for _ in range(times)]
        rest_per_ns, reader_rest_per_ns = (
            statistics.median(it[part] / it[2] for it in rests) for part in (0, 1))
        each = [(it[0] - rest_per_ns * it[2]) / count for it in alls]
        return {"work": work.name, "count": count, "made": count * times,
                "each": statistics.median(each), "spread": max(each) - min(each),
                "reader": statistics.median(
                    (it[1] - reader_rest_per_ns * it[2]) / count for it in alls),
                "rest_per_s": rest_per_ns * 1e9}

    def phase(self, name, running=None):
        """All kinds of work; a line is printed for each."""
        for number, work in enumerate(WORKS):
            figures = self.measure(work, FIRST_PORT + number, running)
            print(json.dumps({"phase": name, **figures}), flush=True)

    def warm_up(self):
        """All kinds of work, once."""
        for number, work in enumerate(WORKS):
            self.measure(work, FIRST_PORT + number, None, times=1)


def hooks():
    """Where tcplife looks, as bench_floor.ko wants it."""
    tools.output_of("modprobe", "tcplife")
    text = pathlib.Path("/proc/tcplife/health").read_text(encoding="ascii")
    tools.output_of("rmmod", "tcplife")
    return ",".join(f"{kind}:{name}" for name, kind, status in re.findall(
        r"^hook (\S+) (\S+) \S+ (\S+)", text, re.M) if status == "armed")


@contextlib.contextmanager
def module(file, *parameters):
    """A module, while it is loaded."""
    tools.output_of("insmod", str(file), *parameters)
    yield
    tools.output_of("rmmod", file.stem)


def ours(name, programs):
    """A module that shows what cannot be saved, while it is loaded."""
    words = [f"hooks={hooks()}"] if name == "floor" else []
    return module(programs / f"{tools.module_of(name)}.ko", *words)


def run_tool(bench, name, programs):
    """One tool's phase; what it told of the connections."""
    if name in tools.OURS:
        with ours(name, programs):
            bench.phase(name)
        print(json.dumps({"tool": name, "version": None, "told": None}), flush=True)
        return
    tool = tools.ALL[name]
    try:
        why_not = tool.why_not()
        if why_not:
            raise RuntimeError(why_not)
        with tempfile.TemporaryDirectory() as folder, tool.started(folder) as running:
            running.wait_ready()
            bench.phase(name, running)
            running.stop()
            print(json.dumps({"tool": name, "version": tool.version(),
                              "told": running.told(FIRST_PORT)}), flush=True)
    except (RuntimeError, OSError, subprocess.SubprocessError) as problem:
        print(json.dumps({"tool": name, "problem": str(problem)}), flush=True)


def main():
    """Measure each phase."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("programs", type=pathlib.Path)
    parser.add_argument("tool", nargs="*", choices=[*tools.OURS, *tools.ALL])
    options = parser.parse_args()
    print(json.dumps({"kernel": platform.release()}), flush=True)
    bench = Bench(options.programs)
    bench.warm_up()
    bench.phase("none")
    if not options.short:
        with module(options.programs / "bench_nothing.ko"):
            bench.phase("nothing")
    for name in options.tool:
        run_tool(bench, name, options.programs)
    if not options.short:
        bench.phase("none_again")


if __name__ == "__main__":
    sys.exit(main())
