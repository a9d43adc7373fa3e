# SPDX-License-Identifier: GPL-2.0
"""The kernel's own trace: which task ran, and whether in softirq, when the
state of a socket changed or a function was called.

Neither takes a kprobe, which would keep hits from the module's.
"""
import dataclasses
import os
import re

INSTANCE = "/sys/kernel/tracing/instances/tl"
_LINE = re.compile(r"\s*(.{1,16})-(\d+)\s+\[\d+\]\s+(\S+)\s+[\d.]+: (.*)")


@dataclasses.dataclass
class Change:
    """A socket's change of state, and the task on top of which it happened."""
    comm: str
    pid: int
    softirq: bool
    protocol: str
    ports: tuple    # local, remote
    old: str
    new: str


def _change(comm, pid, flags, text):
    told = dict(word.split("=", 1) for word in text.split() if "=" in word)
    return Change(comm, int(pid), flags[2] in "sH",
                  told["protocol"].replace("IPPROTO_", ""),
                  (int(told["sport"]), int(told["dport"])),
                  told["oldstate"].replace("TCP_", "").lower(),
                  told["newstate"].replace("TCP_", "").lower())


class Trace:
    """Changes of state from now on, and calls of FUNCTIONS that there are."""

    def __init__(self, *functions):
        os.mkdir(INSTANCE)
        self._functions = [name for name in functions if self._choose(name)]
        if self._functions:
            self._write("current_tracer", "function")
        self._write("events/sock/inet_sock_set_state/enable", "1")

    @staticmethod
    def _write(name, text, mode="w"):
        with open(f"{INSTANCE}/{name}", mode, encoding="ascii") as file:
            file.write(text)

    def _choose(self, function):
        """Trace the calls of a function, if there is one of that name."""
        try:
            self._write("set_ftrace_filter", f"{function}\n", "a")
        except OSError:
            return False
        return True

    @staticmethod
    def _lines():
        with open(f"{INSTANCE}/trace", encoding="utf-8",
                  errors="replace") as file:
            lines = [_LINE.fullmatch(line.rstrip("\n")) for line in file]
        return [line.groups() for line in lines if line]

    def changes(self, *ports, protocol="TCP"):
        """The changes of sockets of a protocol with all these ports."""
        found = [_change(comm, pid, flags, text.split(": ", 1)[1])
                 for comm, pid, flags, text in self._lines()
                 if text.startswith("inet_sock_set_state: ")]
        return [c for c in found
                if c.protocol == protocol and set(ports) <= set(c.ports)]

    def calls(self):
        """How often each function was called."""
        names = [text.split(" ", 1)[0] for _, _, _, text in self._lines()]
        return {name: names.count(name) for name in self._functions}

    def close(self):
        """Stop tracing."""
        self._write("events/sock/inet_sock_set_state/enable", "0")
        self._write("current_tracer", "nop")
        os.rmdir(INSTANCE)
