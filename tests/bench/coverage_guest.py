#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Counts how many of the connections made a tool tells of, in a guest.

usage: coverage_guest.py TOOL

For scripts/vm --smp 2.  The tool is started, the scenarios are played one after
the other, each when the tool has been idle for a while, and it is stopped.  Prints
lines of JSON, which tests/bench/coverage makes a table of.
"""
import contextlib
import dataclasses
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

# pylint: disable=wrong-import-position
import tools

PROGRAMS = pathlib.Path("/tmp/coverage")
SOURCES = {"connstorm": HERE.parent / "vm/load/connstorm.c",
           "synflood": HERE.parent / "flood/synflood.c"}
PORTS = {"thousand": [7000], "two_cpus": [7001, 7002], "held": [7003]}
FLOODED_PORT = 7999
FLOOD_FROM = "11.0.0.0/8"
FLOOD_ADDRESS = re.compile(r"\b11\.\d+\.\d+\.\d+\b")
SYNS = 20_000
SYNACK_RETRIES = 1          # half-open ones expire after three seconds
IDLE_S = 3                  # so long a tool does nothing when it has told all
IDLE_NS = 20_000_000        # and that is what it may use meanwhile
HERE_MAC, THERE_MAC = "02:00:00:00:00:01", "02:00:00:00:00:02"
SETUP = f"""
ip netns add sender
ip link add victim address {HERE_MAC} type veth peer name eth0 netns sender address {THERE_MAC}
ip address add 10.0.0.1/24 dev victim
ip link set victim up
ip -netns sender link set eth0 up
ip route add default via 10.0.0.2
ip neighbour add 10.0.0.2 lladdr {THERE_MAC} dev victim
sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.victim.rp_filter=0
sysctl -qw net.ipv4.tcp_syncookies=0 net.ipv4.tcp_synack_retries={SYNACK_RETRIES}
sysctl -qw net.core.somaxconn=65536 net.ipv4.tcp_max_syn_backlog=65536
sysctl -qw net.ipv4.tcp_max_tw_buckets=1000000
"""
# What a tool says when it knows that it has lost something.
LOSS = re.compile(r"\b(lost|losing|dropped|overrun|missing)\b", re.IGNORECASE)
NO_LOSS = re.compile(r"none lost|\b0 packets dropped")


def _ends_in_json(path, port):
    """Ends in tcplifectl's JSON; those told in TIME_WAIT are told twice."""
    ids = set()
    for line in path.read_text(encoding="utf-8").splitlines():
        life = json.loads(line)
        if port in (life["local_port"], life["remote_port"]):
            ids.add(life["id"])
    return len(ids)


def _connections_followed(path, port):
    """Those of which conntrack shows that they began and that they were closed."""
    begun, closed = set(), set()
    wanted = re.compile(rf"src=(\S+) dst=(\S+) sport=(\d+) dport={port}\b")
    for line in path.read_text(encoding="ascii").splitlines():
        found = wanted.search(line)
        if found and "[NEW]" in line:
            begun.add(found.groups())
        elif found and ("TIME_WAIT" in line or " CLOSE " in line
                        or "[DESTROY]" in line):
            closed.add(found.groups())
    return len(begun & closed)


CHANGED = {
    "tcplife-reader": {"options": ("stream", "--json"), "per_connection": 2,
                       "count": _ends_in_json},
    "conntrack": {"count": _connections_followed, "per_connection": 1},
}
# It sees each packet of loopback twice, and tells of the connection, not of its ends.
PER_CONNECTION = ("conntrack", "tcpdump")


def the_tool(name):
    """The tool, as it is used here."""
    return dataclasses.replace(tools.ALL[name], **CHANGED.get(name, {}))


def prepare():
    """Compile the programs into memory, and make a sender of SYNs."""
    PROGRAMS.mkdir()
    for name, source in SOURCES.items():
        tools.output_of("gcc", "-O2", "-Wall", "-Wextra", "-Werror", "-static",
                        "-o", PROGRAMS / name, source, "-lm")
    for line in filter(None, SETUP.split("\n")):
        tools.output_of(*line.split())


@contextlib.contextmanager
def storm(*words):
    """A connstorm that runs."""
    with subprocess.Popen([PROGRAMS / "connstorm", *map(str, words)],
                          stdout=subprocess.PIPE) as process:
        yield process


def at_full_speed(ports, each):
    """A storm at each port, all at once: how many connections it made."""
    with contextlib.ExitStack() as stack:
        storms = [stack.enter_context(storm(each, f"port={port}"))
                  for port in ports]
        for process in storms:
            if process.wait():
                sys.exit("a connection failed")
    return len(ports) * each


def held(port, count):
    """So many that are open at once, and then closed at once by their process."""
    with storm(count, "hold", f"port={port}") as process:
        if process.stdout.readline() != b"holding\n":
            sys.exit("a connection failed")
        process.send_signal(signal.SIGTERM)
    return count


def flood():
    """SYNs of which nobody waits for the answer: from how many addresses."""
    said = tools.output_of(
        "ip", "netns", "exec", "sender", PROGRAMS / "synflood", "--device", "eth0",
        "--mac", HERE_MAC, "--to", "10.0.0.1", "--ports", str(FLOODED_PORT),
        "--from", FLOOD_FROM, "--rate", str(SYNS), "--seconds", "1")
    told = json.loads(said)
    if told["syns"] != SYNS:
        sys.exit(f"{told['syns']} SYNs instead of {SYNS}")
    time.sleep(2 ** (SYNACK_RETRIES + 1) + 1)   # until they have expired
    return told["sources"]


def settle(running):
    """Wait until the tool does nothing any more."""
    while True:
        before_ns = running.cpu_ns()
        time.sleep(IDLE_S)
        if not running.is_alive():
            sys.exit(f"the tool ended: {running.complaint()}")
        if running.cpu_ns() - before_ns < IDLE_NS:
            return


def complaints(running, tool):
    """What it said of a loss, the last two lines."""
    files = [running.errors]
    if tool.name not in ("tcpdump", "tcplife-reader"):
        files.append(running.output)    # lines for a person to read
    said = [line.strip() for file in files for line in
            file.read_text(encoding="utf-8", errors="replace").splitlines()
            if LOSS.search(line) and not NO_LOSS.search(line)]
    return said[-2:]


def sources_shown(running, tool):
    """How many addresses of the flood the tool shows in any way."""
    if tool.name == "tcpdump":
        text = tools.output_of("tcpdump", "-nr", str(running.output),
                               f"tcp dst port {FLOODED_PORT}")
    elif tool.name == "tcplife-record":
        text = tools.output_of("tcplifectl", "stream", "--no-header",
                               "--replay", str(running.output))
    else:
        text = running.output.read_text(encoding="utf-8", errors="replace")
    return len(set(FLOOD_ADDRESS.findall(text)))


def books(tool):
    """Of tcplife: what its summary says of losses, and of SYNs."""
    if tool.name != "tcplife-reader":
        return {}
    text = pathlib.Path("/proc/tcplife/summary").read_text(encoding="ascii")
    totals = dict(line.split() for line in text.splitlines())
    return {name: int(totals[name]) for name in
            ("lost", "events_lost", "syns_received", "floods")}


def play_all(running, tool):
    """Play all scenarios: what was made in each, and how long it took."""
    one, two, three, four = PORTS["thousand"] + PORTS["two_cpus"] + PORTS["held"]
    scenarios = {"thousand": lambda: at_full_speed([one], 1000),
                 "two_cpus": lambda: at_full_speed([two, three], 10_000),
                 "held": lambda: held(four, 8000), "flood": flood}
    for name, scenario in scenarios.items():
        start = time.monotonic()
        made = scenario()
        took_s = round(time.monotonic() - start, 1)
        settle(running)
        ends = 1 if name == "flood" or tool.name in PER_CONNECTION else 2
        yield name, {"made": made * ends, "took_s": took_s}


def watch(tool):
    """Have the tool watch all scenarios: lines of what it told."""
    folder = PROGRAMS / "told"
    folder.mkdir()
    with tool.started(folder) as running:
        running.wait_ready()
        conntrack_max = pathlib.Path("/proc/sys/net/netfilter/nf_conntrack_max")
        if conntrack_max.exists():
            conntrack_max.write_text("262144", encoding="ascii")
        made = dict(play_all(running, tool))
        said = books(tool)
        running.stop()
        for name, seen in made.items():
            if name == "flood":
                seen["told"] = sources_shown(running, tool)
            else:
                ends = 1 if tool.name in PER_CONNECTION else 2
                seen["told"] = round(ends * sum(map(running.told, PORTS[name])))
            yield {"scenario": name, **seen}
        yield {"said": complaints(running, tool), **said}


def main():
    """Play all scenarios to one tool."""
    if os.uname().nodename != "tcplife" or os.geteuid():
        sys.exit("this runs in a guest: tests/bench/coverage")
    tool = the_tool(sys.argv[1])
    reason = tool.why_not()
    if reason:
        print(json.dumps({"why_not": reason}))
        return
    prepare()
    print(json.dumps({"version": tool.version()}), flush=True)
    with socket.create_server(("10.0.0.1", FLOODED_PORT), backlog=65536):
        for seen in watch(tool):
            print(json.dumps(seen), flush=True)


if __name__ == "__main__":
    main()
