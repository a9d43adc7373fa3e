# SPDX-License-Identifier: GPL-2.0
"""Where nothing can be checked it is said in one sentence, why and what to do; wrong usage too."""
import bz2
import gzip
import lzma
import os
import shutil
import struct
import subprocess

import check_hooks
import pytest

# --- options -------------------------------------------------------------------


@pytest.mark.parametrize("words, said", [
    (["--kernle", "6.1"], "unrecognized arguments"),
    (["6.1"], "unrecognized arguments: 6.1"),
    (["--kernel"], "expected one argument"),
    (["--kernel", "6.1", "--btf", "vmlinux"], "not both"),
    (["--kernel", "../6.1"], "is no release of a kernel"),
    (["--kernel", ""], "is no release of a kernel"),
    (["--root", "/no/such/folder"], "is no folder"),
])
def test_wrong_usage(check, words, said):
    assert said in check.sentence(*words, code=2)


def test_help(check):
    out = check("--help")
    for word in ("--kernel", "--btf", "--root", "--quiet", "--if-possible", "--table", "Exit status"):
        assert word in out


# --- nothing to check ------------------------------------------------------------

def unchecked(check, *words, **more):
    said = check.sentence(*words, code=125, **more)
    assert said.startswith("check-hooks: nothing was checked: ")
    assert check.sentence(*words, "--if-possible", code=0, **more) == said
    return said


def test_no_such_kernel(check, tmp_path):
    said = unchecked(check, "--kernel", "9.9.9-none")
    assert "there is no BTF of kernel 9.9.9-none" in said
    assert "apt install linux-image-9.9.9-none" in said
    assert str(tmp_path / "boot") in unchecked(check, "--root", tmp_path)


def test_file_that_is_no_kernel(check, tmp_path):
    for content in (b"", b"text", os.urandom(4096)):
        (tmp_path / "file").write_bytes(content)
        assert "is neither BTF nor a vmlinux" in unchecked(check, "--btf", tmp_path / "file")
    assert "cannot be read (No such file or directory)" in unchecked(check, "--btf", tmp_path / "none")
    assert "cannot be read (Is a directory)" in unchecked(check, "--btf", tmp_path)


def test_kernel_not_for_all_to_read(tmp_path):
    class Locked:
        def read_bytes(self):
            raise PermissionError(13, "Permission denied")
    with pytest.raises(check_hooks.Unchecked, match="run this as root"):
        check_hooks.btf_of(Locked())


def test_no_bpftool(check, images, tmp_path):
    """In a mount namespace of its own, in which there is none."""
    script = 'for f in $(which -a bpftool) /usr/sbin/bpftool /sbin/bpftool; do mount --bind /dev/null $f; done; exec "$@"'
    command = ["unshare", "--mount", "sh", "-c", script, "sh", check_hooks.__file__, "--btf", images[0][1]]
    for extra, code in (([], 125), (["--if-possible"], 0)):
        done = subprocess.run(command + extra, capture_output=True, text=True, check=False)
        assert done.returncode == code and done.stdout == ""
        assert done.stderr == "check-hooks: nothing was checked: there is no bpftool here: " \
            "install it (apt install bpftool)\n"


def test_bpftool_that_fails(check, tmp_path):
    btf = tmp_path / "btf"
    btf.write_bytes(BTF)
    fake = tmp_path / "bpftool"
    for text, said in (("echo 'Error: failed to load BTF' >&2; exit 22", "(Error: failed to load BTF)"),
                       ("exit 3", "(exit status 3)"), ("echo '{}'", "({})"), ("echo '[]'", "([])")):
        fake.write_text(f"#!/bin/sh\n{text}\n")
        fake.chmod(0o755)
        line = unchecked(check, "--btf", btf, env={"PATH": f"{tmp_path}:{os.environ['PATH']}"})
        assert said in line and "install a newer bpftool" in line


# --- images ----------------------------------------------------------------------
# Small ones, made here: an ELF file with a section .BTF, packed as Linux packs it.

BTF = b"\x9f\xeb" + bytes(range(200))


def elf(section=b".BTF"):
    names = b"\0" + section + b"\0.shstrtab\0"
    at = 64
    body = BTF + names
    header = b"\x7fELF\x02\x01\x01" + bytes(33) + struct.pack("<Q", at + len(body)) + bytes(10) + \
        struct.pack("<HHH", 64, 3, 2)
    sections = [(0, 0, 0, 0, 0, 0), (1, 1, 0, 0, at, len(BTF)),
                (2 + len(section), 3, 0, 0, at + len(BTF), len(names))]
    return header + body + b"".join(struct.pack("<IIQQQQ", *s) + bytes(24) for s in sections)


def image(packed, version=0x20f):
    """A bzImage: boot sector, one sector of setup, and code, in which the payload is."""
    setup = bytearray(1024)
    setup[0x1f1] = 1
    setup[0x202:0x206] = b"HdrS"
    struct.pack_into("<H", setup, 0x206, version)
    payload = packed + struct.pack("<I", len(elf()))
    struct.pack_into("<II", setup, 0x248, 300, len(payload))
    return bytes(setup) + bytes(300) + payload + b"code behind it"


def pack_by(*command):
    assert shutil.which(command[0]), command[0]
    return subprocess.run(command, input=elf(), capture_output=True, check=True).stdout


PACKINGS = {
    "none": elf,
    "gzip": lambda: gzip.compress(elf()),
    "bzip2": lambda: bz2.compress(elf()),
    "xz": lambda: lzma.compress(elf(), check=lzma.CHECK_CRC32,
                                filters=[{"id": lzma.FILTER_X86}, {"id": lzma.FILTER_LZMA2}]),
    "lzma": lambda: lzma.compress(elf(), format=lzma.FORMAT_ALONE),
    "zstd": lambda: pack_by("zstd", "-cq"),
    "lz4": lambda: pack_by("lz4", "-lcq"),
}


@pytest.mark.parametrize("packing", PACKINGS)
def test_btf_is_unpacked(tmp_path, packing):
    path = tmp_path / "vmlinuz"
    path.write_bytes(image(PACKINGS[packing]()))
    assert check_hooks.btf_of(path) == BTF


def test_btf_of_other_files(tmp_path):
    path = tmp_path / "file"
    for content in (BTF, elf()):
        path.write_bytes(content)
        assert check_hooks.btf_of(path) == BTF


@pytest.mark.parametrize("packing, library", [("zstd", False), ("lz4", True)])
def test_missing_unpacker(tmp_path, monkeypatch, packing, library):
    path = tmp_path / "vmlinuz"
    path.write_bytes(image(PACKINGS[packing]()))
    if not library:
        def no_library(name):
            raise OSError(name)
        monkeypatch.setattr(check_hooks.ctypes, "CDLL", no_library)
        assert check_hooks.btf_of(path) == BTF
    monkeypatch.setattr(check_hooks.shutil, "which", lambda name, path=None: None)
    with pytest.raises(check_hooks.Unchecked, match=f"install it \\(apt install {packing}\\)"):
        check_hooks.btf_of(path)


@pytest.mark.parametrize("content, said", [
    (image(b"no such packing"), "is packed in a way not known here"),
    (image(gzip.compress(elf())[:-40]), "cannot be unpacked|is damaged"),
    (image(gzip.compress(b"not a kernel")), "cannot be unpacked"),
    (image(b"\xfd7zXZ\0damaged beyond repair"), "cannot be unpacked"),
    (image(b"\x28\xb5\x2f\xfddamaged"), "cannot be unpacked"),
    (image(gzip.compress(elf()), version=0x207), "boot protocol 2.07, too old"),
    (image(gzip.compress(elf()))[:0x220], "is damaged"),
    (image(gzip.compress(elf(b".TBF"))), "built without BTF \\(CONFIG_DEBUG_INFO_BTF\\)"),
    (elf(b".TBF"), "built without BTF"),
    (elf()[:70], "is damaged"),
    (elf()[:-100], "is damaged"),
    (b"\x7fELF\x01\x01", "built without BTF"),
    (b"\x7fELF", "built without BTF|is damaged"),
])
def test_image_that_cannot_be_read(tmp_path, content, said):
    path = tmp_path / "vmlinuz"
    path.write_bytes(content)
    with pytest.raises(check_hooks.Unchecked, match=said):
        check_hooks.btf_of(path)


# --- where a kernel is looked for --------------------------------------------------

def test_places(tmp_path):
    release = os.uname().release
    with pytest.raises(check_hooks.Unchecked):
        check_hooks.find_kernel(release, tmp_path)
    for place in (f"lib/modules/{release}/vmlinuz", f"boot/vmlinuz-{release}", f"boot/vmlinux-{release}",
                  check_hooks.RUNNING):
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_bytes(b"")
        assert check_hooks.find_kernel(release, tmp_path) == tmp_path / place
    # another kernel's BTF is not that of the one that runs
    with pytest.raises(check_hooks.Unchecked):
        check_hooks.find_kernel(release + "0", tmp_path)
