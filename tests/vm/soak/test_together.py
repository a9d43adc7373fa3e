# SPDX-License-Identifier: GPL-2.0
"""Others at the same hooks: ftrace, kprobes of the kernel's own trace, perf and bpftrace.

AMOUNT times the module and the four are attached in one order and detached in another,
with connections all the while.  Whenever the module is there they are on record whole.
"""
import itertools
import os
import signal
import subprocess

import pytest

import ends
import kernel
import life
import soaking
import trace

AMOUNT = soaking.amount(4)
PROBES = "/sys/kernel/tracing/kprobe_events"
EVENTS = "/sys/kernel/tracing/events"
SWITCH = "/sys/kernel/debug/kprobes/enabled"
pytestmark = pytest.mark.skipif(kernel.IS_DEBUG, reason="bpftrace needs BTF")


def _functions(link):
    """The functions that the module hooks on this kernel, all armed."""
    hooks = life.health(link.client)[1]
    text = link.client.read(f"{life.PROC}health")
    kinds = {line.split()[1]: line.split()[2] for line in text.splitlines()
             if line.startswith("hook ")}
    return [name for name, status in hooks.items()
            if status == "armed" and kinds[name] in ("kprobe", "ftrace")]


class Module:
    """tcplife itself."""

    @staticmethod
    def attach():
        """Load it."""
        done = kernel.load()
        assert done.returncode == 0, done.stderr

    @staticmethod
    def detach():
        """Unload it."""
        done = kernel.unload()
        assert done.returncode == 0, done.stderr


class Ftrace:
    """The function tracer, and the event of states."""

    def __init__(self, functions):
        self._functions, self._trace = functions, None

    def attach(self):
        """Trace."""
        self._trace = trace.Trace(*self._functions)

    def detach(self):
        """It saw something, too."""
        assert sum(self._trace.calls().values()) > 0
        self._trace.close()


def _write(path, line):
    # Not by open(), which would look for the end of it first.
    file = os.open(path, os.O_WRONLY | os.O_APPEND)
    try:
        os.write(file, line.encode() + b"\n")
    except OSError:
        return False
    finally:
        os.close(file)
    return True


def _define(group, functions):
    """A kprobe of the trace on each function that can have one.  Return: those."""
    there = [name for name in functions if _write(PROBES, f"p:{group}/{name} {name}")]
    assert len(there) > 3, there
    return there


def _undefine(group, functions):
    for name in functions:
        assert _write(PROBES, f"-:{group}/{name}")


class Probes:
    """The trace notes each call."""

    def __init__(self, functions):
        self._functions, self._there = functions, []

    def attach(self):
        """Define them and switch them on."""
        self._there = _define("tl", self._functions)
        assert _write(f"{EVENTS}/tl/enable", "1")

    def detach(self):
        """Take them away."""
        assert _write(f"{EVENTS}/tl/enable", "0")
        _undefine("tl", self._there)


def _ready(process):
    """Wait until it has said that it is."""
    said = ""
    while "ready" not in said:
        line = process.stdout.readline()
        said += line
        assert line, said


class Perf:
    """It counts the calls, and the events of the tracepoint, on all CPUs.

    At the same tracepoint the programs of some versions of bpftrace return 0, by which
    the kernel keeps the event from perf, with tcplife or without.
    """

    def __init__(self, functions):
        self._functions, self._there, self._process = functions, [], None
        self.told_states = False

    def attach(self):
        """Define its probes and start it, and wait until it counts."""
        self.told_states = False
        self._there = _define("tlperf", self._functions)
        self._process = subprocess.Popen(
            ["perf", "stat", "--all-cpus", "--field-separator", ",", "--event",
             "tlperf:*,sock:inet_sock_set_state", "sh", "-c", "echo ready; read stop"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True)
        _ready(self._process)

    def detach(self):
        """End it; it could have told each, and saw something, too."""
        said, _ = self._process.communicate("stop\n")
        assert self._process.returncode == 0, said
        counts = dict(line.split(",")[2::-2] for line in said.splitlines())
        assert set(counts) == {"sock:inet_sock_set_state",
                               *(f"tlperf:{name}" for name in self._there)}, said
        assert all(int(count) >= 0 for count in counts.values()), said
        assert int(counts["tlperf:tcp_make_synack"]) > 0, said
        assert int(counts["sock:inet_sock_set_state"]) > 0 or not self.told_states, said
        _undefine("tlperf", self._there)


class Bpftrace:
    """A count at each function, and at the tracepoint."""

    def __init__(self, functions):
        at = ",".join(f"kprobe:{name}" for name in functions)
        self._program = f"BEGIN {{ printf(\"ready\\n\"); }} " \
            f"{at},tracepoint:sock:inet_sock_set_state {{ @hits = count(); }}"
        self._process = None

    def attach(self):
        """Start it, and wait until it is there."""
        self._process = subprocess.Popen(
            ["bpftrace", "-e", self._program], stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True)
        _ready(self._process)

    def detach(self):
        """End it; it saw something, too."""
        self._process.terminate()
        said = self._process.stdout.read()
        assert self._process.wait() == 0 and "@hits: " in said, said
        assert int(said.split("@hits: ")[1].split()[0]) > 0


def _connect(link, module_there):
    """A few connections; if the module is there, they are on record whole."""
    for family, how in itertools.product((4, 6), ("close", "reset")):
        it = ends.connect(link, family)
        it.send("client", b"whole")
        if how == "reset":
            it.client.reset()
        else:
            it.client.close()
        it.server.close()
        it.close()
        if not module_there:
            continue
        wanted = ("reset_local", "reset_remote") if how == "reset" else \
            ("closed", "closed")
        for end, outcome, sent in ((it.client, wanted[0], 5),
                                   (it.server, wanted[1], 0)):
            one = end.life()
            assert (one.outcome, one.bytes_sent, one.bytes_received) == \
                (outcome, sent, 5 - sent), one
            assert one.times("established") and one.owner and "adopted" not in \
                one.flags, one


def test_orders(link, in_memory):
    """As many pairs of orders as there is time for, each another."""
    functions = _functions(link)
    assert len(functions) > 5
    who = {"module": Module(), "ftrace": Ftrace(functions),
           "probes": Probes(functions), "perf": Perf(functions),
           "bpftrace": Bpftrace(functions)}
    pairs = list(itertools.product(itertools.permutations(who), repeat=2))
    soaking.dice().shuffle(pairs)
    try:
        for turn in range(AMOUNT):
            if kernel.loaded():
                Module.detach()
            there = set()
            attach, detach = pairs[turn % len(pairs)]
            print(turn, *attach, "/", *detach, flush=True)
            for name in attach:
                who[name].attach()
                there.add(name)
                _connect(link, "module" in there)
                who["perf"].told_states |= {"perf", "bpftrace"} & there == {"perf"}
            assert life.health(link.client)[0]["healthy"] == "yes"
            for name in detach:
                if name == "module":
                    assert life.health(link.client)[0]["hits_missed"] == "0"
                who[name].detach()
                there.remove(name)
                _connect(link, "module" in there)
                who["perf"].told_states |= {"perf", "bpftrace"} & there == {"perf"}
    finally:
        if not kernel.loaded():
            Module.attach()
    soaking.done(AMOUNT, "orders")


def _switch(value):
    with open(SWITCH, "w", encoding="ascii") as file:
        file.write(value)


def test_switched_off(link, loads, storm):
    """Kprobes off and on again under traffic, AMOUNT times: said, counted, recovered."""
    loads(history=500)      # read in moments, and not overwritten in the same
    traffic = link.client.start("sh", "-c",
                                f"while {storm} 20 reset; do sleep 0.5; done",
                                start_new_session=True)
    try:
        for turn in range(1, AMOUNT + 1):
            _switch("0")
            values, hooks = life.health(link.client)
            assert (values["healthy"], values["kprobes_deaf"]) == ("no", "yes")
            assert "deaf" in hooks.values()
            ends.settle(1)
            life.summary(link.client)
            _switch("1")
            values, hooks = life.health(link.client)
            assert (values["kprobes_deaf"], values["deaf_spells"]) == \
                ("no", str(turn)), values
            assert set(hooks.values()) - {"absent"} == {"armed"}
            assert int(values["deaf_us"]) >= turn * 900_000, values
            _connect(link, True)
            life.summary(link.client)
        assert traffic.poll() is None
    finally:
        _switch("1")
        os.killpg(traffic.pid, signal.SIGKILL)
        traffic.wait()
    soaking.done(AMOUNT, "switches")
