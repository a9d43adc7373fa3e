# SPDX-License-Identifier: GPL-2.0
"""What the tests in soak/ share: how much to do, and what must be left of it.

In the environment AMOUNT says how much, FIRST how much was done before, and SEED which
random numbers; scripts/soak sets all three, and adds up what the line "done: N UNIT" says.
"""
import errno
import os
import random
import re
import subprocess
import time

import genl
import kernel

LAST_ADDRESS = (1 << 64) - 4096
FIRST = int(os.environ.get("FIRST", "0"))
SEED = int(os.environ.get("SEED", "1"))


def amount(default):
    """How much to do."""
    return int(os.environ.get("AMOUNT", default))


def dice():
    """Random numbers that are the same for the same SEED."""
    return random.Random(SEED)


def done(number, unit):
    """Say how much was done."""
    print(f"\ndone: {number} {unit}", flush=True)


def wait_for(condition, what, seconds=60):
    """Wait until CONDITION() holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"still not so: {what}"
        time.sleep(0.05)


def _has(path, text):
    try:
        with open(path, encoding="ascii", errors="replace") as file:
            return text in file.read()
    except FileNotFoundError:       # a kernel that does not show it
        return False


def leftovers(spec):
    """What there is of an unloaded module: nothing, if all is well."""
    left = [path for path in ("/proc/modules", "/proc/vmallocinfo", "/proc/slabinfo",
                              "/sys/kernel/debug/kprobes/list",
                              "/sys/kernel/tracing/enabled_functions")
            if _has(path, "tcplife")]
    left += [path for path in ("/proc/tcplife", "/sys/module/tcplife")
             if os.path.lexists(path)]
    try:
        genl.Client(spec).close()
        left.append("the netlink family")
    except genl.Refused:
        pass
    return left


def meminfo():
    """/proc/meminfo, in KiB, when the kernel has let go of what it can."""
    for _ in range(2):
        with open("/proc/sys/vm/drop_caches", "w", encoding="ascii") as file:
            file.write("3")
        time.sleep(1)
    with open("/proc/meminfo", encoding="ascii") as file:
        return {name: int(kib) for name, kib in
                re.findall(r"^(\S+): +(\d+)", file.read(), re.MULTILINE)}


def drift(before, after):
    """How much less memory there is, and more of what modules take, in KiB."""
    less = {"MemAvailable": before["MemAvailable"] - after["MemAvailable"]}
    return less | {name: after[name] - before[name]
                   for name in ("SUnreclaim", "VmallocUsed", "Percpu")
                   if name in before}


def try_to_unload():
    """Unload, as soon as nobody is in the middle of a dump: how often it was busy.

    rmmod asks for the count of users itself and says "in use".  If one comes after that,
    the kernel says so, by EWOULDBLOCK, which it has no other use for here.
    """
    busy = 0
    while (done_ := kernel.unload()).returncode:
        assert "in use" in done_.stderr or os.strerror(errno.EWOULDBLOCK) in done_.stderr, done_
        busy += 1
        assert busy < 1000, "it is always in use"
        time.sleep(0.01)
    return busy


class Faults:
    """Make allocations that the module asks for fail; see fault-injection.rst.

    Everything but tcplife is built into a debug kernel, so what has an address beyond
    the kernel's own in its backtrace is tcplife.  What kmemleak allocates for its own
    purposes is left out: it makes up for it.
    """

    def __init__(self, **settings):
        with open("/proc/kallsyms", encoding="ascii") as file:
            symbols = sorted((int(line.split()[0], 16), line.split()[2])
                             for line in file)
        beyond, = (at for at, name in symbols if name == "_etext")
        first, last = self._kmemleak(symbols)
        common = {"require-start": hex(beyond), "require-end": hex(LAST_ADDRESS),
                  "reject-start": hex(first), "reject-end": hex(last), "stacktrace-depth": 32, "times": -1,
                  "interval": 1, "space": 0, "verbose": 0, "task-filter": "N",
                  "ignore-gfp-wait": "N", **settings}
        self.set("failslab", common)
        self.set("fail_page_alloc", common | {"ignore-gfp-highmem": "N",
                                              "min-order": 0})

    @staticmethod
    def _kmemleak(symbols):
        """From the first of its functions that allocate to the end of the last."""
        ours = {"kmemleak_alloc", "kmemleak_alloc_percpu", "kmemleak_vmalloc"}
        first = min((at for at, name in symbols if name in ours), default=0)
        last = max((at for at, name in symbols if name in ours), default=0)
        last = min((at for at, _ in symbols if at > last > 0), default=0)
        assert last - first < 8192, "kmemleak's functions are apart"
        return first, last

    @staticmethod
    def set(which, settings):
        """Write the settings of one of the two."""
        for name, value in settings.items():
            with open(f"/sys/kernel/debug/{which}/{name}", "w",
                      encoding="ascii") as file:
                file.write(str(value))

    def stop(self):
        """No more of them."""
        for which in ("failslab", "fail_page_alloc"):
            self.set(which, {"probability": 0})


class Warnings:
    """Failures of memory on purpose, of which the kernel warns with a backtrace.

    The console, by which scripts/vm judges, leaves these out for the time of the block;
    what else the kernel says is judged here instead.
    """
    MEMORY = re.compile(r"^.*(?:page allocation failure|vmalloc error|vmalloc: ).*\n"
                        r"(?:(?:.*CPU: |.*Hardware name: |.*Tainted: ).*\n)*"
                        r".*Call Trace:\n", re.MULTILINE)

    def __init__(self):
        self.trouble = re.compile(subprocess.run(
            ["bash", "-c", '. scripts/lib.sh; echo "$TROUBLE"'], text=True,
            capture_output=True, check=True).stdout.strip())
        self._log, self._level, self.seen = None, None, 0

    def __enter__(self):
        self._log = kernel.Log()
        with open("/proc/sys/kernel/printk", encoding="ascii") as file:
            self._level = file.read().split()[0]
        self._set_level("4")
        return self

    @staticmethod
    def _set_level(level):
        with open("/proc/sys/kernel/printk", "w", encoding="ascii") as file:
            file.write(level)

    def judge(self):
        """Judge what was said since the last time; call it before much is said."""
        text, memory = self.MEMORY.subn("", "\n".join([*self._log.lines(), ""]))
        self.seen += memory
        found = self.trouble.search(text)
        assert not found, text[max(0, found.start() - 2000):found.end() + 4000]

    def __exit__(self, *_):
        self._set_level(self._level)
        self.judge()
