# SPDX-License-Identifier: GPL-2.0
"""The same traffic, watched by libbpf-tools' tcplife and tcpstates.

docs/cross-check.md says what each of them sees, and why they differ.
"""
import dataclasses
import os
import shutil
import signal
import subprocess
import time

import pytest

import ends
import kernel
import life
import wire
from hosts import SERVER, UNREACHABLE

KB = 1024
MS = 1000
# Their columns round: 0.01 KB in tcplife, and milliseconds in both.
ROUND_KB, ROUND_US = 0.006, 20
BETWEEN_US = 200    # a tracepoint's two users do not run at the same time

TOOLS = {name: shutil.which(name) or shutil.which(f"{name}-libbpf")
         for name in ("tcplife", "tcpstates")}

pytestmark = [
    pytest.mark.skipif(None in TOOLS.values(),
                       reason="this release of Debian has no libbpf-tools"),
    pytest.mark.skipif(kernel.IS_DEBUG,
                       reason="a debug kernel has no BTF, which the tools need"),
]


@dataclasses.dataclass
class Session:
    """A row of tcplife."""
    pid: int
    sent_kb: float
    received_kb: float
    duration_us: float


def _rows(path):
    """The rows of a tool, each a list of words, without its heading."""
    return [line.split() for line in path.read_text().splitlines()[1:]]


class Watchers:
    """Both tools, from now on."""

    def __init__(self, folder):
        self._files = {tool: folder / tool for tool in TOOLS}
        self._processes = []
        for tool, path in self._files.items():
            with open(path, "wb") as file:
                self._processes.append(subprocess.Popen(
                    ["stdbuf", "-oL", TOOLS[tool], "-w"], stdout=file))
        for _ in range(600):
            if all(path.read_text() for path in self._files.values()):
                break
            time.sleep(0.1)
        else:
            raise TimeoutError("the tools do not begin")

    def stop(self):
        """Have them write what they know, and end."""
        ends.settle(1)
        for process in self._processes:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=600)
        self._processes = []

    def sessions(self, port):
        """tcplife's rows of a port, by (local, remote)."""
        found = {}
        for pid, *_, la, lp, ra, rp, tx, rx, ms in _rows(
                self._files["tcplife"]):
            if str(port) in (lp, rp):
                key = (la, int(lp)), (ra, int(rp))
                assert key not in found, f"{key} is there twice"
                found[key] = Session(int(pid), float(tx), float(rx),
                                     float(ms) * MS)
        return found

    def paths(self, port):
        """tcpstates' states of a port, by (local, remote): (state, us in it).

        A socket is one there, so its rows are put together: those before a
        port or an address is known belong to what follows.
        """
        found, begun = {}, {}
        for sk, _, *_, la, lp, ra, rp, old, _, new, ms in _rows(
                self._files["tcpstates"]):
            begun.setdefault(sk, []).append((old.lower(), float(ms) * MS))
            if new != "CLOSE":
                continue
            steps = begun.pop(sk)
            if str(port) in (lp, rp):
                found[(la, int(lp)), (ra, int(rp))] = steps
        return found


@pytest.fixture
def watchers(link, tmp_path):
    """Both tools, watching."""
    the_watchers = Watchers(tmp_path)
    yield the_watchers
    the_watchers.stop()


def _traffic(link, family):
    """Connections of several kinds: their ends, and those left as orphans."""
    listener = ends.listen(link.server, family)
    made = [ends.connect(link, family, listener=listener) for _ in range(5)]
    made[0].send("client", b"q" * 5000)
    made[0].send("server", b"a" * 70_000)
    ends.settle(0.5)
    made[0].client.close()
    made[0].server.close()
    made[1].server.close()
    made[1].client.close()
    made[2].client.reset()
    made[3].server.reset()
    made[4].client.shutdown()
    made[4].server.close()
    for connection in made:
        connection.client.close()
        connection.server.close()
    listener.close()
    return [end for pair in made for end in (pair.client, pair.server)], \
        {made[0].client.id, made[1].server.id}


def _compare_session(it, seen, orphan, shown):
    """A life and tcplife's row of it."""
    assert abs(it.bytes_sent / KB - seen.sent_kb) <= ROUND_KB, shown
    # The kernel's figure, which tcplife shows, counts the FIN as a byte.
    assert 0 <= seen.received_kb - it.bytes_received / KB + ROUND_KB \
        <= 2 * ROUND_KB + 1 / KB, shown
    # It counts from ESTABLISHED to the end of the socket.
    after = ("fin_wait2", "time_wait") if orphan else ("time_wait",)
    open_us = it.duration_us - sum(it.states.get(state, 0) for state in (
        "syn_sent", "syn_recv", *after))
    assert abs(open_us - seen.duration_us) <= ROUND_US + BETWEEN_US, shown


def _compare_path(it, steps, orphan, shown):
    """A life and tcpstates' rows of it."""
    theirs = [state for state, _ in steps if state not in ("close", "listen")]
    ours = [state for state in it.path().split()
            if state not in ("time_wait", "close")]
    assert theirs == ours, shown
    for state, us in steps:
        # What it calls SYN_RECV is the child, made by the last ACK; and the
        # socket of an orphan ends where FIN_WAIT2 begins.
        skip = state == "syn_recv" or orphan and state == "fin_wait2"
        if state in ours and not skip:
            assert abs(it.states[state] - us) <= ROUND_US + BETWEEN_US, shown


def test_connections(link, books, watchers, family):
    """What they see is on record, the same; and so is what they leave out."""
    made, orphans = _traffic(link, family)
    port = made[0].remote[1]
    ends.settle(1)
    watchers.stop()
    sessions, paths = watchers.sessions(port), watchers.paths(port)
    lives = {(end.local, end.remote): end.life() for end in made}
    assert set(sessions) == set(lives)
    for key, it in lives.items():
        orphan = it.id in orphans
        _compare_session(it, sessions[key], orphan, (it, sessions[key]))
        _compare_path(it, paths[key], orphan, (it, paths[key]))
    waiting = [it for it in lives.values() if it.state == "time_wait"]
    assert len(waiting) == 3, "TIME_WAIT is only in ours"
    assert all(step[0] != "time_wait" for steps in paths.values()
               for step in steps)
    assert set(lives) == {key for key in paths if key[1][1]}


def test_attempts(link, captures, books, watchers, family):
    """Refused and unreachable: all three; half-open and failed: ours only."""
    capture = captures(link.server)
    refused = link.client.socket(family)
    with pytest.raises(ConnectionRefusedError):
        refused.connect((SERVER[family], 9))
    lost = link.client.socket(family)
    with pytest.raises(OSError):
        lost.connect((UNREACHABLE[family].format(1), 10))
    listener = ends.listen(link.server, family)
    ghost = ends.ghost_caller(link, family, capture, listener)
    ghost.syn()
    ghost.send(wire.RST, ack=0)
    ends.settle(1)
    watchers.stop()
    for port, outcome in ((9, "refused"), (10, "unreachable")):
        (local, remote), = watchers.sessions(port)
        it, = [it for it in life.history(link.client)
               if (it.local, it.remote) == (local, remote)]
        assert it.outcome == outcome and it.pid == os.getpid(), it
        (key, steps), = watchers.paths(port).items()
        assert key == (local, remote)
        assert [state for state, _ in steps] == ["close", "syn_sent"]
    it, = life.by_ports(link.server, ghost.target[1], ghost.source[1])
    assert it.outcome == "stale_syn"
    assert not watchers.sessions(ghost.source[1])
    assert not watchers.paths(ghost.source[1])
    for thing in (refused, lost, listener, ghost):
        thing.close()
