# SPDX-License-Identifier: GPL-2.0
"""Keeping what the tests run in the guest's memory.

The guest's files are on the machine outside.  While the guest waits for one,
its clock runs on, with --icount by any number of seconds: a connection would
time out because `ss` was read from a disk.  So each tool, and what it opens,
is taken into memory before the first test.

The guest's root is an overlay whose upper layer is in memory, and a file gets
there when its time stamp is set.
"""
import glob
import os
import pathlib
import shutil
import subprocess

TOOLS = ("ip", "tc", "ss", "nft", "ethtool", "tcplifectl", "dmesg", "modprobe",
         "rmmod", "mount", "umount", "sh", "sleep", "python3",
         "stdbuf", "tcplife", "tcpstates", "tcplife-libbpf", "tcpstates-libbpf")
OTHERS = ("/etc/ld.so.cache", "/etc/localtime", "/etc/passwd",
          "/etc/nsswitch.conf",
          "/etc/iproute2/*", "/etc/protocols", "/etc/services",
          "/usr/lib/locale/C.utf8/*", "/usr/lib/locale/C.utf8/*/*",
          "/usr/share/locale/locale.alias",
          "/usr/lib/x86_64-linux-gnu/gconv/gconv-modules.cache",
          "/usr/lib/x86_64-linux-gnu/libnss_files*", "/sbin/modprobe",
          "/etc/modprobe.d/*", "/lib/modprobe.d/*", "/lib/modules/*/modules.*",
          "/lib/modules/*/extra/*")


def _libraries(tool):
    """The files that the dynamic linker opens for a program."""
    done = subprocess.run(["ldd", tool], text=True, capture_output=True,
                          check=False)
    return [word for word in done.stdout.split() if word.startswith("/")]


def _chain(path):
    """A file, and every symbolic link on the way to it."""
    place = "/"
    for step in path.strip("/").split("/"):
        place = os.path.join(place, step)
        if os.path.islink(place):
            yield place
            rest = path[len(place):]
            target = os.path.join(os.path.dirname(place), os.readlink(place))
            yield from _chain(os.path.normpath(target) + rest)
            return
    yield path


def _files():
    files = set()
    for name in TOOLS:
        tool = shutil.which(name)
        if tool:
            files.update([tool, *_libraries(tool)])
    for pattern in OTHERS:
        files.update(glob.glob(pattern))
    return {link for file in files for link in _chain(file)}


def _read_own_files():
    """Have the program that runs now read to its last page."""
    with open("/proc/self/maps", encoding="ascii") as maps:
        files = {line.split()[5] for line in maps if "/" in line}
    for file in files:
        if os.path.isfile(file):
            pathlib.Path(file).read_bytes()


def hold():
    """Take the files into memory, for as long as the guest runs."""
    _read_own_files()
    for file in _files():
        if os.path.lexists(file) and not os.path.isdir(file) \
                or os.path.islink(file):
            os.utime(file, follow_symlinks=False)
