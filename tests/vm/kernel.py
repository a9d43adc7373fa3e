# SPDX-License-Identifier: GPL-2.0
"""What the kernel itself counts and shows: the second witness."""
import os
import re
import subprocess

import pytest

# 5.10: a simultaneous open takes an ACK more; no segment is handed to
# tcp_reset(), so data after close is told as a RST of the peer's; joining a
# group takes CAP_SYS_ADMIN; no request moves to another listener, although
# Debian's has the sysctl; MPTCP cannot be set up as the test does it.
IS_5_10 = os.uname().release.startswith("5.10.")

# Spinlocks sleep, and most of what runs in softirqs can be preempted.
IS_RT = "PREEMPT_RT" in os.uname().version

# A kernel of scripts/debug-kernel: everything is built in, there is no type
# information (BTF), and its checkers take time at each step.
IS_DEBUG = "-tcplife-" in os.uname().release

# From 6.5 on the first SYNs are sent at equal distances, unless told not to.
BACKOFF = {"tcp_syn_linear_timeouts": 0} if os.path.exists(
    "/proc/sys/net/ipv4/tcp_syn_linear_timeouts") else {}

FIGURE = re.compile(r"(\w+):(\d+)")


def nstat(host):
    """The counters of a host under nstat's names, such as TcpActiveOpens."""
    text = host.read("/proc/net/snmp") + host.read("/proc/net/netstat")
    counters = {}
    lines = text.splitlines()
    for names, values in zip(lines[::2], lines[1::2]):
        prefix = names.split(":")[0]
        for name, value in zip(names.split()[1:], values.split()[1:]):
            counters[prefix + name] = int(value)
    return counters


def time_waits(host):
    """How many timewait_socks a host has, those in FIN_WAIT2 included."""
    text = host.read("/proc/net/sockstat")
    return int(re.search(r"^TCP: .* tw (\d+)", text, re.MULTILINE)[1])


def ss(host, *filters):
    """`ss -tie`: what the sockets show, by cookie, which is a life's id."""
    text = host.run("ss", "-tieaHnO", *filters)
    sockets = {}
    for line in text.splitlines():
        cookie = re.search(r" sk:([0-9a-f]+)", line)
        if not cookie:
            continue
        figures = {name: int(value) for name, value in FIGURE.findall(line)}
        figures["state"] = line.split()[0]
        rtt = re.search(r" rtt:([\d.]+)/", line)
        if rtt:
            figures["srtt_us"] = round(float(rtt[1]) * 1000)
        minimum = re.search(r" minrtt:([\d.]+)", line)
        if minimum:
            figures["min_rtt_us"] = round(float(minimum[1]) * 1000)
        sockets[int(cookie[1], 16)] = figures
    return sockets


def load(**parameters):
    """Load the module."""
    words = [f"{name}={value}" for name, value in parameters.items()]
    return subprocess.run(["modprobe", "tcplife", *words], text=True,
                          capture_output=True, check=False)


def unload():
    """Unload the module."""
    return subprocess.run(["rmmod", "tcplife"], text=True,
                          capture_output=True, check=False)


def loaded():
    """Is the module loaded?"""
    with open("/proc/modules", encoding="ascii") as file:
        return any(line.startswith("tcplife ") for line in file)


def need(*names):
    """Load modules of the kernel's own, or skip the test if it has none."""
    for name in names:
        found = subprocess.run(["modinfo", "-n", name], text=True, check=False,
                               capture_output=True)
        if found.returncode:
            pytest.skip(f"{os.uname().release} has no module {name}")
        run("modprobe", name)


def run(*words):
    """Run a command that must succeed, and return what it writes."""
    return subprocess.run(words, text=True, capture_output=True,
                          check=True).stdout


class Log:
    """What the kernel says from now on.

    By the numbers of its records, not of its lines: a log that is full loses the
    oldest, and so has no more of them than before.
    """

    def __init__(self):
        self._file = os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK)
        os.lseek(self._file, 0, os.SEEK_END)

    def lines(self):
        """Those since the last time; that one was lost meanwhile is an error, EPIPE."""
        lines = []
        try:
            while True:
                record = os.read(self._file, 8192).decode(errors="replace")
                lines.append(record.split(";", 1)[1].split("\n", 1)[0])
        except BlockingIOError:
            return lines

    def __del__(self):
        os.close(self._file)
