#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Measures how tcplife grows with the number of connections, in a guest.

usage: scale_guest.py SIZE...

For scripts/vm --icount, where 1 ns is one instruction.  Prints lines of JSON,
one with the memory of the module idle and one for each size, which tests/bench/scale
makes tables of.  At each size as many established sockets stand (crowd.c), and a
connection's cost is measured among them (turnover.c): without the module, with it,
and without it again.  The module adopts them when it is loaded.
"""
import json
import math
import os
import pathlib
import re
import resource
import shutil
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "vm"))

# pylint: disable=wrong-import-position
import memory as memory_of_files

PROGRAMS = pathlib.Path("/tmp/scale")
MAX_LIVES = 2_097_152       # at every size the same table
MOST_DUMPED = 100_000
CONNECTIONS = 5000          # whose cost is measured
TURNS = 3                   # the median counts
QUICK = 20_000              # up to so many are listed TURNS times, others once
ADOPTION_MOST_S = 600
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
# Each with how many lines it has for a connection.
DUMPS = {"cat /proc/tcplife/connections": 1, "tcplifectl list": 1,
         "tcplifectl list --json": 1, "ss -tanH": 1, "ss -tniH": 2, "true": 0}


def run(*words):
    """Run a command that must succeed, and return what it writes."""
    return subprocess.run([str(word) for word in words], check=True, text=True,
                          stdout=subprocess.PIPE).stdout


def build():
    """Compile the programs into memory."""
    PROGRAMS.mkdir(exist_ok=True)
    for name in ("crowd", "turnover", "again"):
        run("gcc", "-O2", "-Wall", "-Wextra", "-Werror", "-static", "-o",
            PROGRAMS / name, HERE / f"{name}.c")


def hold():
    """Have what is timed in memory: reading a disk moves the clock."""
    memory_of_files.hold()
    for name in ("cat", "true"):
        os.utime(shutil.which(name))


def set_limits(most):
    """Let so many sockets stand, and TIME_WAIT be as long as it is."""
    for name, value in (("net/ipv4/tcp_max_tw_buckets", 100_000),
                        ("fs/nr_open", 2 * most + 1024),
                        ("fs/file-max", 2 * most + 100_000)):
        pathlib.Path("/proc/sys", name).write_text(str(value), encoding="ascii")


def summary():
    """The numbers of the module's summary."""
    text = pathlib.Path("/proc/tcplife/summary").read_text(encoding="ascii")
    return {name: int(value) for name, value in
            (line.split() for line in text.splitlines()) if value.isdigit()}


class Crowd:
    """Established sockets that only stand."""

    def __init__(self):
        self._processes = []
        self.size = 0

    def grow(self, size):
        """Have SIZE of them."""
        process = subprocess.Popen(
            [PROGRAMS / "crowd", str(size - self.size), str(self.size)],
            stdout=subprocess.PIPE)
        if process.stdout.readline() != b"standing\n":
            sys.exit(f"no {size} sockets: status {process.wait()}")
        self._processes.append(process)
        self.size = size

    def leave(self):
        """Close them all."""
        for process in self._processes:
            process.kill()
            process.wait()
            process.stdout.close()
        self._processes = []
        self.size = 0


def load(adopted, **parameters):
    """Load the module, and wait until it has adopted so many."""
    run("modprobe", "tcplife", *(f"{k}={v}" for k, v in parameters.items()))
    last = time.monotonic() + ADOPTION_MOST_S
    while (have := summary()["live"]) < adopted:
        if time.monotonic() > last:
            sys.exit(f"only {have} of {adopted} adopted")
        time.sleep(0.01)


def unload():
    """Unload the module."""
    run("rmmod", "tcplife")


def turnover(turns=TURNS):
    """What a connection costs now, the median of each figure: see turnover.c."""
    seen = [json.loads(run(PROGRAMS / "turnover", CONNECTIONS))
            for _ in range(turns)]
    return {name: None if seen[0][name] is None else
            statistics.median(it[name] for it in seen) for name in seen[0]}


def again(count):
    """What a connection costs of a socket that connects so often: see again.c."""
    return json.loads(run(PROGRAMS / "again", count))


def lower(turnovers):
    """Of turnovers after several loads the one that counts.

    Some loads add a thousand instructions to a connection for as long as the
    module is there, however many are open; why is not known.
    """
    return min(turnovers, key=whole)


def whole(figures):
    """Of a connection's cost the figure that has most of it."""
    return figures["until_close"] if figures["connection"] is None \
        else figures["connection"]


def _slab_bytes():
    """The memory of all slabs."""
    total = 0
    with open("/proc/slabinfo", encoding="ascii") as file:
        for line in file.readlines()[2:]:
            pages = int(line.split(":")[0].split()[-1])
            slabs = int(line.split("slabdata")[1].split()[1])
            total += slabs * pages * PAGE_BYTES
    return total


def _pages_at_cpus():
    """Free pages that each CPU has at hand, which MemFree is without."""
    with open("/proc/zoneinfo", encoding="ascii") as file:
        return sum(map(int, re.findall(r"^\s+count:\s+(\d+)$", file.read(),
                                       re.MULTILINE)))


def memory():
    """What the kernel itself says about memory, in bytes."""
    # not the names of files, which would have to be looked up on the disk again
    pathlib.Path("/proc/sys/vm/drop_caches").write_text("1", encoding="ascii")
    time.sleep(1)
    with open("/proc/meminfo", encoding="ascii") as file:
        info = {name: int(kb) * 1024 for name, kb in
                re.findall(r"(\w+):\s+(\d+) kB", file.read())}
    with open("/proc/vmallocinfo", encoding="ascii") as file:
        pages = [int(pages) for pages in
                 re.findall(r"\[tcplife\] pages=(\d+)", file.read())]
    # The addresses of an area's pages, where they are more than a page full, are
    # an area of their own that the kernel takes for itself.
    pages += [-math.ceil(8 * it / PAGE_BYTES) for it in pages
              if 8 * it > PAGE_BYTES]
    free = info["MemFree"] + _pages_at_cpus() * PAGE_BYTES
    return {"free": free, "percpu": info["Percpu"],
            "slab": _slab_bytes(), "vmalloc": sum(pages) * PAGE_BYTES}


def module_bytes():
    """The module's own code and data."""
    with open("/proc/modules", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file
                    if line.startswith("tcplife "))


def idle_memory():
    """Of the module with its defaults, while nothing is on record."""
    load(0)
    unload()    # what the first load leaves in the kernel's caches is there now
    before = memory()
    load(0)
    after, said = memory(), summary()
    figures = {"live": said["live"], "allocated": said["lives_allocated"],
               "memory_bytes": said["memory_bytes"], "code": module_bytes(),
               "vmalloc": after["vmalloc"], "free": before["free"] - after["free"],
               "slab": after["slab"] - before["slab"],
               "percpu": after["percpu"] - before["percpu"]}
    unload()
    return figures


def _idle_ns():
    """How long the CPU was idle; 0 where the kernel does not tell."""
    with open("/proc/timer_list", encoding="ascii") as file:
        found = re.search(r"\.idle_sleeptime *: (\d+) nsecs", file.read())
    return int(found[1]) if found else 0


def _took_ns(words, environment):
    """What a command took that writes to nowhere, without waiting for a disk."""
    nowhere = [(os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0)]
    words = [shutil.which(words[0]), *words[1:]]
    idle_ns = _idle_ns()
    start_ns = time.monotonic_ns()
    pid = os.posix_spawn(words[0], words, environment, file_actions=nowhere)
    status = os.waitpid(pid, 0)[1]
    took_ns = time.monotonic_ns() - start_ns
    if status:
        sys.exit(f"{' '.join(words)}: status {status}")
    return took_ns - (_idle_ns() - idle_ns)


def dumps(size):
    """The time of each way to list all connections, and that they are all there."""
    figures = {}
    for name, lines in DUMPS.items():
        words = name.split()
        listed = len(run(*words).splitlines())
        if not size * lines <= listed <= size * lines + 10:
            sys.exit(f"{name}: {listed} lines of {size} connections")
        turns = TURNS if size <= QUICK else 1
        figures[name] = statistics.median(_took_ns(words, os.environ)
                                          for _ in range(turns))
    return figures


def at_size(crowd, size):
    """All figures at one size."""
    crowd.grow(size)
    figures = {"live": size, "before": turnover()}
    free = memory()["free"]
    load(size, max_lives=MAX_LIVES)
    said, now = summary(), memory()
    figures["memory"] = {"memory_bytes": said["memory_bytes"],
                         "allocated": said["lives_allocated"],
                         "vmalloc": now["vmalloc"], "free": free - now["free"]}
    loaded = [turnover()]
    said = summary()
    if said["lost"] or said["live"] != size:
        sys.exit(f"lives were lost, or ended, among {size}: {said}")
    if size <= MOST_DUMPED:
        figures["dumps"] = dumps(size)
    unload()
    load(size, max_lives=MAX_LIVES)
    figures["with"] = lower([*loaded, turnover()])
    unload()
    figures["after"] = turnover()
    return figures


def main():
    """Measure at each size, from the smallest on."""
    if os.uname().nodename != "tcplife" or os.geteuid():
        sys.exit("this runs in a guest: tests/bench/scale")
    sizes = sorted(map(int, sys.argv[1:]))
    build()
    hold()
    set_limits(sizes[-1])
    resource.setrlimit(resource.RLIMIT_NOFILE, (1024, 2 * sizes[-1] + 1024))
    print(json.dumps({"idle": idle_memory()}), flush=True)
    crowd = Crowd()
    for size in sizes:
        print(json.dumps(at_size(crowd, size)), flush=True)


if __name__ == "__main__":
    main()
