# SPDX-License-Identifier: GPL-2.0
"""The guest that the benches measure in: its programs, and how it is started."""
import pathlib
import struct
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
ENTRY = 24              # where an ELF file of 64 bits says at which address it begins


def programs(suite, folder):
    """Build what is run there, and QEMU's plugins."""
    subprocess.run([HERE / "programs", suite, folder], check=True)


def mark(folder):
    """Of the plugins: when to look, as an option."""
    head = (pathlib.Path(folder) / "mark").read_bytes()
    return f"mark={struct.unpack_from('<Q', head, ENTRY)[0]:x}"


def words(suite, folder, *options):
    """scripts/vm and its options, with `folder` at /share, where meter.so counts."""
    plugin = f"{folder}/meter.so,{mark(folder)},out={folder}/executed"
    return [HERE.parents[1] / "scripts/vm", "--kernel", suite, "--icount",
            "--memory", "2048", "--timeout", "1800", "--plugin", plugin,
            *options, "--share", folder, "--"]
