# SPDX-License-Identifier: GPL-2.0
"""A raw recording beside a stream of lines: both tell the same."""
import json
import signal
import subprocess
import time

import life
import processes
from test_load import Stream

MADE = 3000


class Recorder(Stream):
    """A reader that writes a raw recording."""

    def __init__(self, start, folder, *options):
        folder.mkdir()
        self.out, self.err = folder / "raw", folder / "err"
        with open(self.err, "wb") as err:
            self.process = start("tcplifectl", "stream", "--write", self.out,
                                 *options, stderr=err)
        processes.wait_to_listen(self.process)

    def finish(self):
        """Stop it: what it said."""
        self.stop()
        return self.err.read_text()

    def read(self, *words):
        """What the recording is read as, and what is said then."""
        done = subprocess.run(["tcplifectl", *words, "--json", "--replay", self.out],
                              capture_output=True, check=True)
        return done.stdout, done.stderr.decode()


def test_the_same_lines(host, storm, load, start, tmp_path):
    """Read back, it is what a stream beside it wrote, byte for byte."""
    load(history=4 * MADE)
    lines = Stream(start, tmp_path, "--strict")
    recorder = Recorder(start, tmp_path / "recorder", "--strict")
    assert start(storm, str(MADE)).wait() == 0
    assert start(storm, str(MADE), "reset").wait() == 0
    said = recorder.finish()
    assert len(lines.finish()) == 4 * MADE
    assert "written; none lost" in said
    told, said = recorder.read("stream")
    assert told == lines.out.read_bytes()
    assert f"{4 * MADE} connections told; none lost" in said
    with open("/proc/sys/kernel/osrelease", encoding="ascii") as release, \
            open("/proc/sys/kernel/random/boot_id", encoding="ascii") as boot, \
            open("/sys/module/tcplife/version", encoding="ascii") as version:
        assert f"by tcplife {version.read().strip()} on Linux " \
            f"{release.read().strip()}, boot {boot.read().strip()}\n" in said
    assert len(recorder.read("history", "--outcome", "closed")[0].splitlines()) + \
        len(recorder.read("list")[0].splitlines()) >= 2 * MADE
    life.summary(host)


def test_loss_is_told_and_repaired(host, storm, load, start, tmp_path):
    """What the recorder missed is in the recording, and so is that it did."""
    load(history=65536)
    recorder = Recorder(start, tmp_path / "recorder", "--buffer", "65536")
    recorder.process.send_signal(signal.SIGSTOP)
    assert start(storm, str(MADE)).wait() == 0
    time.sleep(1)
    recorder.process.send_signal(signal.SIGCONT)
    written = recorder.finish()
    told, read = recorder.read("stream")
    ids = [json.loads(line)["id"] for line in told.splitlines()]
    assert len(set(ids)) == len(ids) == 2 * MADE, written
    for said in (written, read):
        assert "recovered from history" in said
        assert "the socket overflowed" in said
    missing = written.split("; ")[1]
    assert " missing: " in missing and missing in read, (written, read)


def test_loss_for_good_is_told(host, storm, load, start, tmp_path):
    """What history has forgotten is lost, and reading says how much."""
    load(history=16)
    recorder = Recorder(start, tmp_path / "recorder", "--buffer", "65536")
    recorder.process.send_signal(signal.SIGSTOP)
    assert start(storm, str(MADE), "reset").wait() == 0
    time.sleep(1)
    recorder.process.send_signal(signal.SIGCONT)
    written = recorder.finish()
    done = subprocess.run(["tcplifectl", "stream", "--strict", "--json",
                           "--replay", recorder.out], capture_output=True, check=False)
    assert done.returncode == 5
    missing = written.split("; ")[1]
    assert " missing: " in missing and " 0 not found" not in missing
    assert missing.encode() in done.stderr
