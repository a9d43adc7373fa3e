#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""What tcplife adds to a SYN of a flood, in instructions.

usage: scripts/vm --icount -- tests/bench/syn_cost.py

In a guest whose clock counts instructions (1 ns is one), sends SYNs from random
addresses to a listener that answers each by a SYN cookie, as fast as it goes, and
prints what one costs the kernel that receives it: without the module and with it.
What sending costs is measured by SYNs to another Ethernet address, which are
dropped first of all, and subtracted.  Each row is measured twice.
"""
import json
import pathlib
import socket
import subprocess

FLOOD = pathlib.Path(__file__).resolve().parents[1] / "flood/synflood.c"
PROGRAM = "/tmp/synflood"
HERE, THERE = "02:00:00:00:00:01", "02:00:00:00:00:02"
SETUP = f"""
ip netns add sender
ip link add victim address {HERE} type veth peer name eth0 netns sender address {THERE}
ip address add 10.0.0.1/24 dev victim
ip link set victim up
ip -netns sender link set eth0 up
ip route add default via 10.0.0.2
ip neighbour add 10.0.0.2 lladdr {THERE} dev victim
sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.victim.rp_filter=0
sysctl -qw net.ipv4.tcp_syncookies=2
"""


def run(*command):
    """Run a command that must succeed, and return what it writes."""
    return subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE).stdout


def cost(mac, port):
    """Instructions that a SYN costs, the whole guest counted."""
    told = json.loads(run("ip", "netns", "exec", "sender", PROGRAM, "--device", "eth0", "--mac", mac,
                          "--to", "10.0.0.1", "--ports", str(port), "--from", "0.0.0.0/0",
                          "--rate", "0", "--seconds", "1"))
    return (told["last_ns"] - told["first_ns"]) / (told["syns"] - 1)


def main():
    """Measure and print the table."""
    run("gcc", "-O2", "-static", "-o", PROGRAM, str(FLOOD), "-lm")
    for line in SETUP.split("\n"):
        if line:
            run(*line.split())
    listener = socket.create_server(("10.0.0.1", 0), backlog=16)
    port = listener.getsockname()[1]
    cost(HERE, port)        # warms up
    sending = cost("02:00:00:00:00:99", port)
    bare = min(cost(HERE, port) for _ in range(2)) - sending
    run("modprobe", "tcplife")
    cost(HERE, port)
    loaded = min(cost(HERE, port) for _ in range(2)) - sending
    with open("/proc/tcplife/summary", encoding="ascii") as file:
        seen = dict(line.split() for line in file)
    assert int(seen["syncookies_sent"]) > 10000, seen
    run("rmmod", "tcplife")
    cost(HERE, port)
    again = min(cost(HERE, port) for _ in range(2)) - sending
    print(f"{'instructions a SYN answered by a cookie':42} {'each':>9} {'added':>9}")
    for name, figure in (("without the module", bare), ("with the module, under a flood", loaded),
                         ("without the module again", again)):
        added = figure - bare
        print(f"{name:42} {figure:9.0f} {added:+9.0f} {100 * added / bare:+6.1f} % of receiving it, "
              f"{100 * added / (bare + sending):+.1f} % of sending and receiving it")
    print(f"{'sending it':42} {sending:9.0f}")



if __name__ == "__main__":
    main()
