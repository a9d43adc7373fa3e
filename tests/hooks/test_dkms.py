# SPDX-License-Identifier: GPL-2.0
"""DKMS builds and installs the module for Debian 12's kernel, and not for one whose hooks would break.

In a guest's root that is laid over with a folder in memory, so that it stays as it is, with this machine's dkms.
"""
import subprocess

import pytest

from conftest import TOP, release_in

VERSION = (TOP / "VERSION").read_text().strip()
TREE = f"/usr/src/tcplife-{VERSION}"

OVERLAY = """
    lower=$1 work=$2 top=$3 release=$4
    mount -t tmpfs tmpfs "$work"
    mkdir "$work/upper" "$work/work" "$work/root"
    root=$work/root
    mount -t overlay overlay -o "lowerdir=$lower,upperdir=$work/upper,workdir=$work/work" "$root"
    mount -t proc proc "$root/proc"
    mount --rbind /dev "$root/dev"
    mount -t tmpfs tmpfs "$root/tmp"
    cp /usr/sbin/dkms "$root/usr/sbin/"
    cp -r /etc/dkms "$root/etc/"
    mkdir -p "$root/var/lib/dkms"
    make -s -C "$top" install-dkms DESTDIR="$root"
    exec chroot "$root" /usr/bin/env -i LANG=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin RELEASE="$release" \\
        sh -uc "$5"
"""

SCENARIO = f"""
    show() {{ echo "$1: exit status $?"; find /lib/modules/$RELEASE -name 'tcplife.ko*' | sed "s/^/$1: /"; }}
    dkms install tcplife/{VERSION} -k $RELEASE 2>&1; show plain
    modinfo -k $RELEASE -F version tcplife | sed 's/^/version: /'
    dkms remove tcplife/{VERSION} --all 2>&1; show removed
    sed -i 's/tcp_time_wait(struct sock/tcp_time_wait(struct sk_buff/' {TREE}/module/compat/kernel.table
    dkms install tcplife/{VERSION} -k $RELEASE 2>&1; show broken
    sed 's/^/log: /' /var/lib/dkms/tcplife/{VERSION}/build/make.log
"""


@pytest.fixture(scope="module")
def said(roots, tmp_path_factory):
    root = roots["bookworm"]
    release = release_in(root)
    done = subprocess.run(["unshare", "--mount", "--propagation", "private", "sh", "-euc", OVERLAY, "sh",
                           root.resolve(), tmp_path_factory.mktemp("dkms"), TOP, release, SCENARIO],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_dkms_installs(said):
    assert "plain: exit status 0" in said, said
    assert f"version: {VERSION}" in said
    assert " hooks and " in said.split("plain: ")[0]
    assert "deprecated" not in said.lower()


def test_dkms_removes(said):
    assert "removed: exit status 0" in said
    assert "removed: /lib/modules" not in said


def test_dkms_refuses(said):
    assert "broken: exit status 0" not in said
    assert "broken: /lib/modules" not in said
    shown, log = said.split("removed: exit status 0")[1].split("broken: exit status", 1)
    assert "check-hooks: the function tcp_time_wait takes" in shown
    assert "CHECK_HOOKS=no installs it all the same" in log
