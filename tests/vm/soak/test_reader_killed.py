# SPDX-License-Identifier: GPL-2.0
"""Readers are killed in the middle of dumps and streams, AMOUNT of them.

Afterwards nobody holds the module, and it can be unloaded.
"""
import itertools
import os
import signal
import subprocess
import time

import genl
import kernel
import life
import processes
import soaking

AMOUNT = soaking.amount(30)
LIVES = 500
TOOLS = (("list",), ("history",), ("stream",), ("history", "--half-open"),
         ("halfopen",), ("listeners",), ("flood", "--watch"), ("summary",))


def _dump(spec, ready):
    """Ask for everything over and over, and read of each answer but the beginning."""
    client = genl.Client(spec)
    os.write(ready, b"x")
    for scope in itertools.cycle(("live", "history")):
        payload = client.encode("life", "scope", scope)
        client.send(client.family, spec.commands["life-get"], payload,
                    genl.NLM_F_DUMP)
        client.socket.recv(4096)
        client.close()
        client = genl.Client(spec)


def _half_read(spec, ready):
    """Stand still in the middle of an answer, which holds the module."""
    client = genl.Client(spec)
    client.send(client.family, spec.commands["life-get"],
                client.encode("life", "scope", "history"), genl.NLM_F_DUMP)
    client.socket.recv(4096)
    os.write(ready, b"x")
    signal.pause()


def _listen(spec, ready):
    """Follow what is told."""
    client = genl.Client(spec)
    client.join()
    client.join("alerts")
    os.write(ready, b"x")
    while True:
        client.socket.recv(4096)


def _proc(spec, ready):
    """Read files in small pieces, with all of them open."""
    files = [os.open(f"{life.PROC}{name}", os.O_RDONLY)
             for name in ("connections", "history", "timewait", "halfopen")]
    os.write(ready, b"x")
    for file in itertools.cycle(files):
        if not os.read(file, 100):
            os.lseek(file, 0, os.SEEK_SET)


READERS = (_dump, _half_read, _listen, _proc)


def _references():
    with open("/proc/modules", encoding="ascii") as file:
        return next(int(line.split()[2]) for line in file
                    if line.startswith("tcplife "))


def _kill_a_child(dice, spec):
    pipe = os.pipe()
    which = dice.choice(READERS)
    child = processes.Child(which, spec, pipe[1])
    os.read(pipe[0], 1)
    if which is _half_read:     # or nothing is proved
        assert _references() > 0
    time.sleep(dice.uniform(0, 0.02))
    child.kill()
    for end in pipe:
        os.close(end)


def _kill_a_tool(dice):
    tool = subprocess.Popen(["tcplifectl", *dice.choice(TOOLS)],
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(dice.uniform(0, 0.05))
    tool.kill()
    tool.wait()


def _unload():
    """The last reference is let go of a moment after the process is gone, at most."""
    for _ in range(100):
        if not _references():
            break
        time.sleep(0.05)
    assert _references() == 0
    done = kernel.unload()
    assert done.returncode == 0, done.stderr


def test_killed(link, storm, loads, spec):
    """They are killed at any moment, while connections come and go."""
    dice, host = soaking.dice(), link.client
    loads(history=LIVES)
    assert host.start(storm, str(LIVES), "reset").wait() == 0
    traffic = host.start("sh", "-c", f"while {storm} 50 reset; do sleep 0.1; done",
                         start_new_session=True)
    with host.inside():
        for number in range(AMOUNT):
            if dice.random() < 0.8:
                _kill_a_child(dice, spec)
            else:
                _kill_a_tool(dice)
            if number % 100 == 99:
                life.summary(host)
    assert traffic.poll() is None
    totals = life.summary(host)
    assert totals["opened"] > 2 * LIVES and totals["lost"] == 0
    os.killpg(traffic.pid, signal.SIGKILL)
    traffic.wait()
    _unload()
    soaking.done(AMOUNT, "readers")
