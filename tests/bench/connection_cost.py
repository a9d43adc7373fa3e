#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""What tcplife adds to a connection, in instructions.

usage: scripts/vm --icount -- tests/bench/connection_cost.py

In a guest whose clock counts instructions (1 ns is one), opens loopback
connections one after the other, each with one request and answer and closed by
the client, and prints what one costs: without the module, with it, and with a
reader that streams to a file.  Both ends are on this machine, so a connection
is two lives.  The first row is measured twice, before and after, as a control.
"""
import socket
import subprocess
import time

WARM_UP, COUNT = 1000, 3000


def connection(listener, address):
    """Open a connection, ask, answer, and close it, the client first."""
    client = socket.create_connection(address)
    server, _ = listener.accept()
    client.send(b"q" * 100)
    server.recv(100)
    server.send(b"a" * 1000)
    client.recv(1000)
    client.close()
    server.close()


def measure(listener):
    """Instructions that one connection costs, the whole guest counted."""
    address = listener.getsockname()
    for _ in range(WARM_UP):
        connection(listener, address)
    start = time.monotonic_ns()
    for _ in range(COUNT):
        connection(listener, address)
    return (time.monotonic_ns() - start) / COUNT


def run(*command):
    """Run a command that must succeed."""
    subprocess.run(command, check=True)


def main():
    """Measure and print the table."""
    with open("/proc/sys/net/ipv4/tcp_max_tw_buckets", "w", encoding="ascii") as f:
        f.write("2000")
    listener = socket.create_server(("127.0.0.1", 0), backlog=16)
    bare = measure(listener)
    run("modprobe", "tcplife")
    loaded = measure(listener)
    with open("/tmp/stream", "w", encoding="ascii") as out:
        reader = subprocess.Popen(["tcplifectl"], stdout=out, stderr=subprocess.DEVNULL)
        time.sleep(1)
        streamed = measure(listener)
        reader.terminate()
        reader.wait()
    run("rmmod", "tcplife")
    control = measure(listener)
    print(f"{'':32}{'per connection':>15}{'added':>9}")
    for name, cost in (("without tcplife", bare), ("tcplife loaded", loaded),
                       ("tcplife loaded, reader to a file", streamed),
                       ("without tcplife again", control)):
        print(f"{name:32}{cost:15.0f}{cost - bare:9.0f}")


if __name__ == "__main__":
    main()
