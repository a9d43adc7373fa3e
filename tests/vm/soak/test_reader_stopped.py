# SPDX-License-Identifier: GPL-2.0
"""A reader stands still while AMOUNT events are told.

It is told that it missed some, the module takes no more memory for it, and every event
is accounted for: sent, unheard or lost.
"""
import errno
import os
import signal
import socket
import subprocess

import pytest

import ends
import genl
import kernel
import life
import processes
import sizes
import soaking

AMOUNT = soaking.amount(4000)
PARAMETERS = {"event_queue": 1024, "history": 1024}
STREAM_BUFFER = 65536


def _read(host, ready):
    """Join, stand still, and then take what is there; what was heard, and of what errors."""
    with host.inside():
        client = genl.Client(genl.Spec())
        client.join()
    os.write(ready, b"x")
    os.kill(os.getpid(), signal.SIGSTOP)
    numbers, errors = [], []
    seq = client.spec.number("life", "seq")
    client.socket.settimeout(3)
    while True:
        try:
            data = client.socket.recv(1 << 17)
        except socket.timeout:      # TimeoutError from Python 3.10 on
            return numbers, errors
        except OSError as error:
            errors.append(error.errno)
            continue
        numbers += [int.from_bytes(dict(genl.attributes(payload[4:]))[seq], "little")
                    for *_, payload in genl.messages(data)]


def _wait_until_stopped(pid):
    for _ in range(1000):
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            if file.read().rsplit(")", 1)[1].split()[0] == "T":
                return
        ends.settle()
    raise AssertionError("the reader does not stand still")


def _tell(link, storm, most):
    """AMOUNT events, with the memory looked at as they come."""
    storming = link.client.start(storm, str(AMOUNT // 2), "reset")
    readings = 0
    while storming.poll() is None:
        assert life.summary(link.client)["memory_bytes"] == most
        readings += 1
        ends.settle(0.01)
    assert storming.returncode == 0
    ends.settle(1)
    totals = life.summary(link.client)
    assert totals["memory_bytes"] == most and totals["events_pending"] == 0
    return totals, readings


@pytest.fixture
def most(link, loads):
    """The module's memory, which it is loaded anew for."""
    ends.settle(70)
    loads(**PARAMETERS)
    totals = life.summary(link.client)
    by_parameters = sizes.expected(PARAMETERS, totals["lives_allocated"])
    if not kernel.IS_DEBUG:
        return by_parameters
    # Its locks are larger, and each listening address has one.
    assert totals["memory_bytes"] > by_parameters
    return totals["memory_bytes"]


def test_told(link, storm, most):
    """A client of its own, so that each number that it hears can be looked at."""
    pipe = os.pipe()
    reader = processes.Child(_read, link.client, pipe[1])
    os.read(pipe[0], 1)
    _wait_until_stopped(reader.pid)
    totals, readings = _tell(link, storm, most)
    os.kill(reader.pid, signal.SIGCONT)
    numbers, errors = reader.result()
    assert totals["events_told"] == AMOUNT == totals["events_sent"] + \
        totals["events_lost"] + totals["events_unheard"], totals
    assert totals["events_unheard"] + totals["events_lost"] > 0
    assert errors and set(errors) == {errno.ENOBUFS}
    assert len(numbers) == totals["events_sent"], totals
    assert numbers == sorted(set(numbers)) and 1 <= numbers[0] and \
        numbers[-1] <= AMOUNT
    print(f"{len(numbers)} heard, {totals['events_unheard']} unheard, "
          f"{totals['events_lost']} lost, {readings} readings of the memory")
    for end in pipe:
        os.close(end)
    soaking.done(AMOUNT, "events")


def test_stream(link, storm, most, tmp_path):
    """tcplifectl stream says what it missed and, what is kept, tells afterwards."""
    out, err = tmp_path / "out", tmp_path / "err"
    with open(out, "wb") as to, open(err, "wb") as said:
        stream = link.client.start("tcplifectl", "stream", "--json", "--buffer",
                                   str(STREAM_BUFFER), stdout=to, stderr=said)
    ends.settle(1)
    stream.send_signal(signal.SIGSTOP)
    _wait_until_stopped(stream.pid)
    totals, _ = _tell(link, storm, most)
    assert totals["events_told"] == AMOUNT
    stream.send_signal(signal.SIGCONT)
    size = -1
    while out.stat().st_size != size:
        size = out.stat().st_size
        ends.settle(2)
    stream.send_signal(signal.SIGINT)
    try:
        stream.wait(60)
    except subprocess.TimeoutExpired:
        stream.kill()
        raise
    words, lines = err.read_text(), out.read_text().splitlines()
    assert len(set(lines)) == len(lines) >= min(AMOUNT, PARAMETERS["history"])
    assert "missed" in words or "recovered" in words or "lost" in words, words
    print(words.strip().splitlines()[-1])
