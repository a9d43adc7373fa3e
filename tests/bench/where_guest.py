#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Do one kind of work without tcplife and with it, for tests/bench/where.

usage: where_guest.py FOLDER WORK TOOL

FOLDER has what tests/bench/programs builds; the addresses of the kernel's functions
are written there once the module is loaded.  TOOL is a state of tcplife, or bench_least
with some of its parts.  A line of JSON is printed for the work without it, and one for
the work with it.
"""
import contextlib
import json
import pathlib
import shutil
import sys
import tempfile

import guest
import tools


@contextlib.contextmanager
def started(name, folder, output):
    """What is measured, ready; Running, or None for a module alone."""
    if name in tools.OURS:
        with guest.ours(name, folder):
            yield None
        return
    with tools.ALL[name].started(output) as running:
        running.wait_ready()
        yield running


def main():
    """Measure both."""
    folder = pathlib.Path(sys.argv[1])
    work = next(it for it in guest.WORKS if it.name == sys.argv[2])
    bench = guest.Bench(folder)
    bench.warm_up()
    with tempfile.TemporaryDirectory() as name:
        print(json.dumps(bench.measure(work, guest.FIRST_PORT, None, times=1)), flush=True)
        with started(sys.argv[3], folder, name) as running:
            shutil.copy("/proc/kallsyms", folder / "kallsyms.new")
            (folder / "kallsyms.new").rename(folder / "kallsyms")
            print(json.dumps(bench.measure(work, guest.FIRST_PORT, running, times=1)),
                  flush=True)


if __name__ == "__main__":
    main()
