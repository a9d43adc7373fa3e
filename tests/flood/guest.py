#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Runs scenarios in a guest of scripts/vm --icount, and prints what was seen.

usage: guest.py [--dry] [--short] SCENARIO...

One line of JSON for each scenario: what was sent, what the detector said of it
(the rows of the moment in which the last SYN was sent, those at the end, and
the alerts), and what the kernel and nftables counted.  tests/flood/run judges.
With --dry the detector is not asked, and `ss` counts half-open connections.
"""
import argparse
import contextlib
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time
import zlib

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "vm"))

# pylint: disable=wrong-import-position
import genl
import hosts
import kernel
import memory
import scenarios

PROGRAMS = pathlib.Path("/tmp/flood")
CLIENTS = {4: "10.16.0.1", 6: "fd00:16::1"}             # the background's first
MORE_CLIENTS = {4: "10.16.16.1", 6: "fd00:16::1:1"}
TO_SERVER, TO_MIDDLE = "02:00:00:00:02:01", "02:00:00:00:01:fe"
BEFORE_S = 10       # the background alone
SETTLE_S = 0.2
AFTER_S = 15        # longer than the end of a flood may remain untold
COUNTERS = ("TcpExtSyncookiesSent", "TcpExtSyncookiesRecv",
            "TcpExtTCPReqQFullDrop", "TcpExtTCPReqQFullDoCookies",
            "TcpExtListenOverflows", "TcpExtListenDrops",
            "TcpExtEmbryonicRsts", "TcpPassiveOpens", "TcpRetransSegs")
RULES = """
add table inet flood
add chain inet flood input { type filter hook prerouting priority 0; }
add rule inet flood input tcp flags & (fin|syn|rst|ack) == syn counter comment "syns"
add rule inet flood input tcp flags & (fin|syn|rst|ack) == rst counter comment "rsts"
"""


def build():
    """Compile the programs into memory."""
    PROGRAMS.mkdir()
    for name in ("synflood", "clients", "server"):
        subprocess.run(["gcc", "-O2", "-Wall", "-Wextra", "-Werror", "-static",
                        "-o", PROGRAMS / name, HERE / f"{name}.c", "-lm"],
                       check=True)


class Scene:
    """The hosts of one scenario, and what runs on them."""

    def __init__(self, scenario, stack):
        self.scenario = scenario
        self.link = hosts.Link()
        stack.callback(self.link.close)
        self._stack = stack
        self._routes()
        self._shape()
        self.link.server.run("nft", "-f", "-", stdin=RULES)
        for name, value in scenario.sysctls:
            self.link.server.set_sysctl(name, value)

    def _routes(self):
        """The client has many addresses; who has no address is nowhere."""
        client, middle = self.link.client, self.link.middle
        client.run("ip", "route", "add", "local", "10.16.0.0/16", "dev", "lo")
        client.run("ip", "-6", "route", "add", "local", "fd00:16::/64", "dev",
                   "lo")
        client.set_sysctl("../ipv6/ip_nonlocal_bind", 1)
        client.set_sysctl("tcp_max_tw_buckets", 300_000)
        middle.run("ip", "route", "add", "10.16.0.0/16", "via",
                   hosts.CLIENT[4])
        middle.run("ip", "-6", "route", "add", "fd00:16::/64", "via",
                   hosts.CLIENT[6])
        middle.run("ip", "route", "add", "blackhole", "default")
        middle.run("ip", "-6", "route", "add", "blackhole", "default")

    def _shape(self):
        it = self.scenario
        if it.delay_ms:
            self._stack.enter_context(self.link.delayed(it.delay_ms))
        if it.loss_percent:
            for device in ("client", "server"):
                self.link.middle.run("tc", "qdisc", "add", "dev", device,
                                     "root", "netem", "loss",
                                     f"{it.loss_percent}%", "limit", "10000")

    def _start(self, host, program, *options):
        process = host.start(PROGRAMS / program, *map(str, options), text=True,
                             stdout=subprocess.PIPE)
        self._stack.callback(process.stdout.close)
        self._stack.callback(process.wait)
        self._stack.callback(process.kill)
        return process

    def serve(self):
        """Start the server and wait for it."""
        it = self.scenario
        server = self._start(self.link.server, "server", "--at",
                             it.listening_at, "--ports", it.port, *it.server)
        assert server.stdout.readline() == "ready\n", "no server"

    def background(self):
        """Start the clients that come and go all the time."""
        it = self.scenario
        return self._start(
            self.link.client, "clients", "--to", hosts.SERVER[it.family],
            "--ports", it.port, "--from", CLIENTS[it.family],
            "--addresses", it.background_addresses,
            "--rate", it.background_per_s, "--seconds", 0)

    def clients(self, seconds):
        """Start more clients."""
        it = self.scenario
        return self._start(
            self.link.client, "clients", "--to", hosts.SERVER[it.family],
            "--ports", it.port, "--from", MORE_CLIENTS[it.family],
            "--seconds", seconds, *it.clients)

    def syns(self, seconds):
        """Start to send SYNs."""
        it = self.scenario
        host, device, mac = (self.link.client, "eth0", TO_MIDDLE) \
            if it.from_client else (self.link.middle, "server", TO_SERVER)
        sources = [word for source in it.sources for word in ("--from", source)]
        return self._start(
            host, "synflood", "--device", device, "--mac", mac,
            "--to", hosts.SERVER[it.family], "--ports", it.port,
            "--seconds", seconds, "--seed", zlib.crc32(it.name.encode()),
            *sources, *it.syns)

    def counted(self):
        """What the server's kernel and the rules have counted."""
        figures = kernel.nstat(self.link.server)
        rules = self.link.server.run("nft", "list", "table", "inet", "flood")
        return {**{name: figures[name] for name in COUNTERS},
                **{name: int(number) for number, name in re.findall(
                    r'packets (\d+) bytes \d+ comment "(\w+)"', rules)}}

    def half_open(self):
        """How many connections are half-open, as ss shows them."""
        return len(self.link.server.run("ss", "-Htn", "state",
                                        "syn-recv").splitlines())


class Detector:
    """What the detector says of one host, by the netlink specification."""

    def __init__(self, spec, host):
        with host.inside():
            self._client = genl.Client(spec)

    def rows(self):
        """The listening addresses and ports that ever left quiet."""
        return self._client.ask("flood-get", "flood", dump=True)

    def alerts(self):
        """The changes."""
        return self._client.ask("alert-get", "flood", dump=True)

    def close(self):
        """Close the socket."""
        self._client.close()


def finish(process):
    """Wait until a program has ended; what it said of its work."""
    told = process.stdout.read()
    assert process.wait() == 0, process.args
    return json.loads(told)


def difference(after, before):
    """The counters that moved, and by how much."""
    return {name: after[name] - before[name] for name in after
            if after[name] != before[name]}


def play(scenario, seconds, spec, dry):
    """Run one scenario: what was seen."""
    seen = {"scenario": scenario.name, "seconds": seconds}
    with contextlib.ExitStack() as stack:
        scene = Scene(scenario, stack)
        detector = None
        if not dry:
            detector = Detector(spec, scene.link.server)
            stack.callback(detector.close)
        scene.serve()
        background = scene.background()
        time.sleep(BEFORE_S)
        before, begun = scene.counted(), time.monotonic()
        attack = scene.syns(seconds) if scenario.syns else None
        clients = scene.clients(seconds) if scenario.clients else None
        if attack:
            seen["sent"] = finish(attack)
        elif not clients:
            time.sleep(seconds)
        if clients:
            seen["clients"] = finish(clients)
        time.sleep(SETTLE_S)
        if detector:
            seen["rows"] = detector.rows()
        else:
            seen["half_open"] = scene.half_open()
        time.sleep(AFTER_S + (scenario.half_open_s if scenario.is_flood else 0))
        seen["innocent_s"] = time.monotonic() - begun
        seen["counted"] = difference(scene.counted(), before)
        if detector:
            seen["rows_after"], seen["alerts"] = detector.rows(), \
                detector.alerts()
        background.send_signal(signal.SIGTERM)
        seen["background"] = finish(background)
    return seen


def warm_up():
    """Have everything in memory: waiting for a disk moves the clock."""
    memory.hold()
    link = hosts.Link()
    with link.delayed(1):
        link.server.run("nft", "-f", "-", stdin=RULES)
        link.server.run("nft", "list", "table", "inet", "flood")
        link.server.run("ss", "-Htn", "state", "syn-recv")
    link.close()
    with open("/proc/sys/kernel/modprobe", "w", encoding="ascii") as file:
        file.write("\n")


def main():
    """Run the scenarios."""
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--dry", action="store_true")
    parser.add_argument("--short", action="store_true")
    parser.add_argument("scenario", nargs="+")
    options = parser.parse_args()
    if os.uname().nodename != "tcplife" or os.geteuid():
        sys.exit("this runs in a guest: tests/flood/run")
    build()
    done = kernel.load()
    assert done.returncode == 0, done.stderr
    warm_up()
    spec = genl.Spec()
    for name in options.scenario:
        it = scenarios.ALL[name]
        try:
            seen = play(it, it.short_seconds if options.short else it.seconds,
                        spec, options.dry)
        except (AssertionError, OSError, KeyError, ValueError) as problem:
            seen = {"scenario": name, "problem": repr(problem)}
        print(json.dumps(seen), flush=True)
    assert kernel.unload().returncode == 0


if __name__ == "__main__":
    main()
