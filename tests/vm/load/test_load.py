# SPDX-License-Identifier: GPL-2.0
"""Many connections on two CPUs: nothing is missing, and unloading is safe.

Witnesses: the number of connections made, and the kernel's own ActiveOpens and
PassiveOpens.
"""
import json
import os
import random
import signal
import subprocess
import time

MADE = 100_000
HELD = 50_000
LAWS = (
    (("opened", "adopted"), ("closed", "live", "lost")),
    (("half_open_begun",),
     ("half_open_established", "half_open_failed", "half_open")),
    (("time_wait_begun",), ("time_wait_ended", "time_wait")),
    (("events_told",),
     ("events_sent", "events_pending", "events_lost", "events_unheard")),
)


def summary():
    """/proc/tcplife/summary, after a look whether the books balance."""
    with open("/proc/tcplife/summary", encoding="ascii") as lines:
        pairs = dict(line.split(None, 1) for line in lines)
    totals = {name: int(value) for name, value in pairs.items() if name != "version"}
    for left, right in LAWS:
        assert sum(totals[n] for n in left) == sum(totals[n] for n in right), totals
    return totals


def tcp_counters():
    """The Tcp: lines of /proc/net/snmp."""
    with open("/proc/net/snmp", encoding="ascii") as lines:
        names, values = (line.split()[1:] for line in lines if line.startswith("Tcp:"))
    return dict(zip(names, map(int, values)))


def read_to_end(proc):
    """Wait until the reader has said nothing more for a while, and stop it."""
    size = -1
    while os.path.getsize(proc.out) != size:
        size = os.path.getsize(proc.out)
        time.sleep(2)
    proc.send_signal(signal.SIGINT)
    assert proc.wait(60) == 0
    with open(proc.out, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def stream(tmp_path, *options):
    """A reader that streams JSON to a file; .out and .err are its files."""
    out, err = str(tmp_path / "out"), str(tmp_path / "err")
    with open(out, "wb") as to, open(err, "wb") as says:
        proc = subprocess.Popen(["tcplifectl", "stream", "--json", *options],
                                stdout=to, stderr=says)
    proc.out, proc.err = out, err
    time.sleep(1)
    return proc


def test_hundred_thousand(storm, module, tmp_path):
    """Every connection made is told, at both ends, while two CPUs make them."""
    module("history=262144", "max_lives=524288")
    before = tcp_counters()
    reader = stream(tmp_path, "--strict")
    storms = [subprocess.Popen([storm, str(MADE // 2)]) for _ in range(2)]
    while any(s.poll() is None for s in storms):
        summary()
        time.sleep(0.5)
    assert [s.returncode for s in storms] == [0, 0]
    after, totals = tcp_counters(), summary()
    assert totals["opened_active"] == MADE == after["ActiveOpens"] - before["ActiveOpens"]
    assert totals["opened_passive"] == MADE == after["PassiveOpens"] - before["PassiveOpens"]
    assert totals["established"] == 2 * MADE and totals["lost"] == 0
    lives = read_to_end(reader)
    assert len(lives) == 2 * MADE
    assert len({life["id"] for life in lives}) == 2 * MADE
    ends = {(life["local_addr"], life["local_port"], life["remote_addr"], life["remote_port"])
            for life in lives}
    assert all((r, rp, l, lp) in ends for l, lp, r, rp in ends)
    assert {life["outcome"] for life in lives} == {"closed"}
    assert {(life["bytes_sent"], life["bytes_received"]) for life in lives} == {(1, 1)}
    assert all(sum(life["states"].values()) == life["duration_us"] for life in lives)


def test_overrun_is_repaired(storm, module, tmp_path):
    """A reader that was stopped too long says what it missed, and tells it."""
    module("history=65536")
    count = 5000
    reader = stream(tmp_path, "--buffer", "65536")
    reader.send_signal(signal.SIGSTOP)
    subprocess.run([storm, str(count)], check=True)
    time.sleep(1)
    reader.send_signal(signal.SIGCONT)
    lives = read_to_end(reader)
    with open(reader.err, encoding="utf-8") as says:
        said = says.read()
    told = {life["id"] for life in lives}
    assert len(told) == len(lives) == 2 * count, said
    assert "recovered" in said, said
    summary()


def test_hundred_thousand_open(storm, module):
    """The files are whole with as many open, read in pieces, under churn."""
    module("max_lives=262144")
    with subprocess.Popen([storm, str(HELD), "hold"], stdout=subprocess.PIPE) as held:
        assert held.stdout.readline() == b"holding\n"
        assert summary()["live"] == 2 * HELD
        with subprocess.Popen([storm, "3000"]) as churn:
            fd = os.open("/proc/tcplife/connections", os.O_RDONLY)
            pieces = []
            while piece := os.read(fd, random.choice((100, 1000, 4096, 65536))):
                pieces.append(piece)
            os.close(fd)
            assert churn.wait() == 0
        columns, *rows = b"".join(pieces).decode().splitlines()
        rows = [dict(zip(columns.split(), row.split(), strict=True)) for row in rows]
        open_ones = [row["id"] for row in rows
                     if row["state"] == "established" and int(row["duration_us"]) > 0]
        ids = [row["id"] for row in rows]
        assert len(set(ids)) == len(ids), "a connection twice"
        assert len(open_ones) >= 2 * HELD
        listed = subprocess.run(["tcplifectl", "list", "--json", "--state", "established"],
                                stdout=subprocess.PIPE, check=True).stdout
        assert len(listed.splitlines()) == 2 * HELD
        held.kill()


def test_load_and_unload_under_traffic(storm, module):
    """Fifty times, with traffic all the while, which never notices."""
    with subprocess.Popen(["sh", "-c", f"while {storm} 500; do :; done"],
                          start_new_session=True) as traffic:
        adopted = 0
        for _ in range(50):
            module()
            time.sleep(random.uniform(0, 0.3))
            adopted += summary()["adopted"]
            subprocess.run(["rmmod", "tcplife"], check=True)
        assert traffic.poll() is None, "the traffic stopped: a connection failed"
        os.killpg(traffic.pid, signal.SIGKILL)
    assert adopted > 0
