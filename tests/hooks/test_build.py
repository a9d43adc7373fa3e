# SPDX-License-Identifier: GPL-2.0
"""Kernels that are too old, too new, or have other prototypes: what building, loading and installing say."""
import os
import shutil
import subprocess

import pytest

from conftest import TOP, release_in

# --- versions --------------------------------------------------------------------


@pytest.fixture
def preprocess(tmp_path):
    """compat.h as it is on a kernel of a version, in front of a line of C."""
    for name in ("linux/version.h", "linux/lockdep.h", "linux/proc_fs.h", "net/genetlink.h", "net/rstreason.h"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")

    def run(major, minor, line=""):
        (tmp_path / "linux/version.h").write_text(
            "#define KERNEL_VERSION(a, b, c) (((a) << 16) + ((b) << 8) + (c))\n"
            f"#define LINUX_VERSION_CODE KERNEL_VERSION({major}, {minor}, 3)\n")
        return subprocess.run(["gcc", "-E", "-P", "-nostdinc", f"-I{tmp_path}", "-include",
                               TOP / "module/compat/compat.h", "-x", "c", "-"],
                              input=line, capture_output=True, text=True, check=False)
    return run


@pytest.mark.parametrize("version", [(4, 19), (5, 4), (5, 9)])
def test_older_kernel_is_refused(preprocess, version):
    done = preprocess(*version)
    errors = [line for line in done.stderr.splitlines() if "error:" in line]
    assert done.returncode != 0 and len(errors) == 1
    assert "tcplife needs Linux 5.10 or later" in errors[0]


@pytest.mark.parametrize("version, untried", [
    ((5, 10), "false"), ((6, 1), "false"), ((6, 12), "false"), ((7, 2), "false"), ((7, 3), "true"), ((8, 0), "true")])
def test_newer_kernel_is_remarked_on(preprocess, version, untried):
    done = preprocess(*version, line="ANSWER TCPLIFE_UNTRIED_KERNEL TCPLIFE_TRIED_KERNELS")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == f'ANSWER {untried} "Linux 5.10 to 7.2"'


def test_documents_say_the_same_versions():
    assert "Linux 5.10 to 7.2" in (TOP / "docs/architecture.md").read_text()


# --- prototypes ------------------------------------------------------------------

# In the root of a guest, with its compiler and headers, on a copy of the tree.
CHROOT = """
    mount --bind "$2" "$1/build"
    mount -t proc proc "$1/proc"
    mount --rbind /dev "$1/dev"
    mount -t tmpfs tmpfs "$1/tmp"
    root=$1
    shift 2
    exec chroot "$root" /usr/bin/env -i LANG=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"
"""


@pytest.fixture
def compile_object(roots, tmp_path):
    """Compile one file of the module for Debian 12's kernel, with a header in front of it."""
    root = roots["bookworm"]
    release = release_in(root)
    for name in ("Kbuild", "Makefile", "VERSION"):
        shutil.copy(TOP / name, tmp_path)
    shutil.copytree(TOP / "module", tmp_path / "module", ignore=shutil.ignore_patterns("*.o", ".*"))

    def run(name, header=""):
        (tmp_path / "fake.h").write_text(header)
        return subprocess.run(["unshare", "--mount", "--propagation", "private", "sh", "-euc", CHROOT, "sh",
                               root, tmp_path, "make", "-C", f"/lib/modules/{release}/build", "M=/build",
                               "KCFLAGS=-include /build/fake.h", name],
                              capture_output=True, text=True, check=False)
    return run


def test_changed_prototypes_break_the_build(compile_object):
    done = compile_object("module/attach.o", """
        #include <net/tcp.h>
        struct sock *other_req_err(struct sock *sk, u32 seq, bool abort, int more);
        #define tcp_req_err other_req_err
        void other_time_wait(struct request_sock *req, int state, int timeo);
        #define tcp_time_wait other_time_wait
    """)
    errors = [line for line in done.stderr.splitlines() if "error:" in line]
    assert done.returncode != 0 and len(errors) == 2, done.stderr
    for name in ("tcp_req_err", "tcp_time_wait"):
        assert sum(f"the prototype of {name}() is another in this kernel: change the hook" in line
                   for line in errors) == 1, done.stderr


def test_unchanged_prototypes_build(compile_object):
    done = compile_object("module/attach.o")
    assert done.returncode == 0, done.stderr


def test_notice_is_one_sentence(compile_object, tmp_path):
    """On a kernel newer than any that was tried, and on no other."""
    notice = b"made for Linux 5.10 to 7.2, and this kernel is newer: run scripts/check-hooks"
    main = tmp_path / "module/main.c"
    assert compile_object("module/main.o").returncode == 0
    assert notice not in main.with_suffix(".o").read_bytes()
    # the version is the headers' own: what it comes to can be set
    main.write_text(main.read_text().replace("TCPLIFE_UNTRIED_KERNEL", "true"))
    assert compile_object("module/main.o").returncode == 0
    assert notice in main.with_suffix(".o").read_bytes()


# --- installing ------------------------------------------------------------------

@pytest.fixture
def install(tmp_path):
    """make install in a tree with nothing to build, where scripts/check-hooks ends as the test says."""
    tree, stage = tmp_path / "tree", tmp_path / "stage"
    for folder in ("scripts", "reader", "docs/man"):
        (tree / folder).mkdir(parents=True)
    for name in ("Makefile", "VERSION"):
        shutil.copy(TOP / name, tree)
    (tree / "tcplife.ko").write_text("")
    (tree / "reader/Makefile").write_text("install:\n")
    fake = tree / "scripts/check-hooks"

    def run(status, *words, env=None):
        shutil.rmtree(stage, ignore_errors=True)
        fake.write_text(f"import sys\nprint('checked', *sys.argv[1:])\nsys.exit({status})\n")
        done = subprocess.run(["make", "-s", "-C", tree, "install", f"DESTDIR={stage}", "KVER=1.2.3", *words],
                              capture_output=True, text=True, check=False, env={**os.environ, **(env or {})})
        installed = (stage / "lib/modules/1.2.3/extra/tcplife.ko").exists()
        assert installed == (done.returncode == 0)
        return done
    return run


def test_install_checks(install):
    done = install(0)
    assert done.returncode == 0
    assert "checked --quiet --if-possible --kernel 1.2.3" in done.stdout


def test_install_is_refused(install):
    done = install(1)
    assert done.returncode != 0
    assert "on kernel 1.2.3 the module would not work as it should, so it is not installed; " \
        "CHECK_HOOKS=no installs it all the same" in done.stderr


def test_install_may_be_forced(install):
    for done in (install(1, "CHECK_HOOKS=no"), install(1, env={"CHECK_HOOKS": "no"})):
        assert done.returncode == 0 and "checked" not in done.stdout


def test_install_without_python(install):
    done = install(0, "PYTHON=/no/python3")
    assert done.returncode == 0
    assert "the hooks were not checked against kernel 1.2.3: there is no /no/python3" in done.stderr
