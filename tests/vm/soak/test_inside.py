# SPDX-License-Identifier: GPL-2.0
"""Unloaded while somebody is in the middle of reading, over and over.

Run it with scripts/vm --turns --smp 2.  AMOUNT: how many times.  Each time some of
these are there: files half read, members of each group, one that waits in poll() for
what is told, a dump not read to its end, and programs that read everything all the
while.  rmmod then says that the module is in use, or it goes; what is read later is an
error.
"""
import errno
import os
import select

import pytest

import genl
import kernel
import life
import soaking

ROUNDS = soaking.amount(10)
CROWD = ("cat /proc/tcplife/connections /proc/tcplife/history /proc/tcplife/health",
         "tcplifectl list --json", "tcplifectl history", "tcplifectl summary",
         "tcplifectl stream --json")
GONE = {errno.ENOENT, errno.EOPNOTSUPP, errno.ENODEV, errno.EIO, errno.EINVAL}


def _crowd(start, failed):
    """Each command over and over; one that ends by a signal leaves a line."""
    for command in CROWD:
        start("sh", "-c", f"while :; do {command} >/dev/null 2>&1; s=$?; "
              f"[ $s -lt 128 ] || echo {command} $s >>{failed}; done")


def _half_read_files(host):
    names = sorted(os.listdir("/proc/tcplife"))
    with host.inside():
        files = [os.open(f"/proc/tcplife/{name}", os.O_RDONLY) for name in names]
    for file in files:
        os.read(file, 5)
    return files


def _check_files(files):
    """Reading fails, and waits for nothing."""
    for file in files:
        with pytest.raises(OSError) as caught:
            while os.read(file, 100):
                pass
        assert caught.value.errno in GONE, caught.value
        os.close(file)


def _members(host, spec):
    """One in each group, of which nothing is read."""
    members = []
    for group in spec.groups:
        with host.inside():
            members.append(genl.Client(spec))
        members[-1].join(group)
    return members


def _check_members(members):
    """A socket stays one; what it asks for is not there, and poll() waits on."""
    for member in members:
        poll = select.poll()
        poll.register(member.socket, select.POLLIN)
        poll.poll(10)
        with pytest.raises(OSError) as caught:
            member.summary()
        assert caught.value.errno in GONE, caught.value
        member.close()


def _half_dump(host, spec):
    """A dump that was begun, with much more to come."""
    with host.inside():
        client = genl.Client(spec, receive_bytes=4096)
    client.send(client.family, spec.commands["life-get"], flags=genl.NLM_F_DUMP,
                payload=client.encode("life", "scope", "history"))
    client.socket.recv(4096)
    return client


def _unload_in_use(host):
    """It is refused in words, and goes on as before."""
    done = kernel.unload()
    assert done.returncode != 0 and "in use" in done.stderr, done
    life.summary(host)


def test_inside(host, storm, load, start, spec, tmp_path):
    """No round ends otherwise than it should, and nothing is left."""
    dice, failed = soaking.dice(), tmp_path / "failed"
    host.set_sysctl("tcp_max_tw_buckets", 1000)
    load()
    soaking.try_to_unload()
    before, busy = soaking.meminfo(), 0
    crowd = False
    for number in range(ROUNDS):
        load()
        assert start(storm, "100", "reset").wait() == 0
        files = _half_read_files(host) if dice.random() < 0.7 else []
        members = _members(host, spec) if dice.random() < 0.7 else []
        if dice.random() < 0.5:
            dump = _half_dump(host, spec)
            _unload_in_use(host)
            dump.close()
        busy += soaking.try_to_unload()
        _check_files(files)
        _check_members(members)
        left = soaking.leftovers(spec)
        assert not left
        if number >= ROUNDS // 2 and not crowd:     # half of the rounds without
            _crowd(start, failed)
            crowd = True
    assert not failed.exists(), failed.read_text()
    start.stop()
    drift = soaking.drift(before, soaking.meminfo())
    print("\nmemory, in KiB:", drift, "busy:", busy)
    assert drift["VmallocUsed"] < 1024, drift
    soaking.done(ROUNDS, "rounds")
