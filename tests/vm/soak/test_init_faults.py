# SPDX-License-Identifier: GPL-2.0
"""Loading with each of its allocations made to fail in turn.

For a debug kernel, which can do that (fault-injection.rst).  AMOUNT: how many of them,
after the first FIRST.  They are numbered in the order in which loading makes them, from
the first that the module asks for.  What allocates is every step that can fail: tables,
namespaces, files, the netlink family, tracepoints, kprobes, the set of hooked functions.
Lost memory is for scripts/vm to find.
"""
import errno
import os
import pathlib
import subprocess

import pytest

import kernel
import life
import soaking

HERE = pathlib.Path(__file__).resolve().parent
FAULTS = soaking.amount(40)
NONE = 1_000_000_000
# What there is to say of a fault: the kernel's number, as init hands it on.
ERRORS = {errno.ENOMEM, errno.ENOENT, errno.EINVAL}
# What blames the kernel for lacking a hook, where it was memory that lacked.
BLAME = ("use a kernel", "error -12")

pytestmark = pytest.mark.skipif(not os.path.exists("/sys/kernel/debug/failslab"),
                                reason="this kernel makes no allocation fail")


class Loader:
    """Loads by a program that has the nth allocation fail."""

    def __init__(self, folder):
        self._program = str(folder / "fail_nth")
        kernel.run("gcc", "-O2", "-Wall", "-Wextra", "-Werror", "-o", self._program,
                   str(HERE / "fail_nth.c"))
        self._module = kernel.run("modinfo", "-F", "filename", "tcplife").strip()

    def load(self, nth):
        """Return: the error, or 0, and how many were to come before the nth."""
        done = subprocess.run([self._program, self._module, str(nth)], check=True,
                              text=True, stdout=subprocess.PIPE)
        failed, left = map(int, done.stdout.split())
        return failed, left


def _works(host, storm, start):
    """Loaded as ever, it records, and goes again."""
    assert kernel.load().returncode == 0
    assert start(storm, "10").wait() == 0
    totals = life.summary(host)
    assert totals["opened"] == 20 and totals["lost"] == 0
    assert life.health(host)[0]["healthy"] == "yes"
    assert kernel.unload().returncode == 0


@pytest.fixture
def faults():
    """Faults where the module asks; none after the test."""
    the_faults = soaking.Faults(probability=0)
    yield the_faults
    the_faults.stop()


def test_init_faults(host, storm, load, start, spec, tmp_path, faults):
    """Each is an error and leaves nothing, or is made up for: then it works."""
    loader = Loader(tmp_path)
    _works(host, storm, start)
    failed, left = loader.load(NONE)
    assert failed == 0
    assert kernel.unload().returncode == 0
    count = NONE - left
    refused, loaded, missed = {}, 0, 0
    log = kernel.Log()
    with soaking.Warnings() as warnings:
        for number in range(soaking.FIRST, soaking.FIRST + min(FAULTS, count)):
            nth = number % count + 1
            failed, left = loader.load(nth)
            missed += left > 0      # made one less this time
            if failed:
                refused.setdefault(failed, []).append(nth)
            else:
                loaded += 1
                life.summary(host)
                assert kernel.unload().returncode == 0
            left_over = soaking.leftovers(spec)
            assert not left_over, (nth, failed)
            warnings.judge()
            assert not [line for line in log.lines()
                        if any(words in line for words in BLAME)]
    print(f"\n{count} allocations; refused:",
          {errno.errorcode[e]: len(n) for e, n in refused.items()},
          f"loaded all the same: {loaded}; not reached: {missed}; "
          f"warnings: {warnings.seen}")
    assert set(refused) <= ERRORS, refused
    assert refused and missed < FAULTS // 4 + 2
    _works(host, storm, start)
    soaking.done(min(FAULTS, count) - missed, "faults")
