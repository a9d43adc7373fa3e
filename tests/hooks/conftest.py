# SPDX-License-Identifier: GPL-2.0
"""The kernels of the test guests, and scripts/check-hooks as a program and as a module."""
import importlib.machinery
import importlib.util
import pathlib
import subprocess
import sys

import pytest

TOP = pathlib.Path(__file__).resolve().parents[2]
SCRIPT = TOP / "scripts/check-hooks"
SUITES = ("bullseye", "bookworm", "trixie", "sid")

sys.dont_write_bytecode = True
_loader = importlib.machinery.SourceFileLoader("check_hooks", str(SCRIPT))
check_hooks = importlib.util.module_from_spec(importlib.util.spec_from_loader("check_hooks", _loader))
_loader.exec_module(check_hooks)
sys.modules["check_hooks"] = check_hooks


class Check:
    """Runs scripts/check-hooks."""

    def __call__(self, *words, code=0, **more):
        done = subprocess.run([SCRIPT, *map(str, words)], capture_output=True, text=True,
                              timeout=120, check=False, **more)
        self.out, self.err = done.stdout, done.stderr
        assert done.returncode == code, self.out + self.err
        return self.out

    def sentence(self, *words, code, **more):
        """All that it says: one line."""
        self(*words, code=code, **more)
        assert self.out == "" and self.err.count("\n") == 1, self.out + self.err
        assert self.err.startswith("check-hooks: ")
        return self.err.rstrip("\n")


@pytest.fixture
def check():
    return Check()


@pytest.fixture(scope="session")
def roots():
    """The root folders of the test guests by their suite; made if they are not there."""
    return {suite: pathlib.Path(subprocess.run([TOP / "scripts/guest-root", suite], text=True, check=True,
                                               stdout=subprocess.PIPE).stdout.strip())
            for suite in SUITES}


def release_in(root):
    """The newest kernel of a guest's root, of the plain flavour."""
    return max(path.name for path in (root / "lib/modules").iterdir() if "-rt-" not in path.name)


@pytest.fixture(scope="session")
def images(roots):
    """The kernels in them, of every flavour: suite and image."""
    found = [(suite, image) for suite, root in roots.items()
             for image in sorted((root / "boot").glob("vmlinuz-*"))]
    assert {suite for suite, _ in found} == set(SUITES)
    return found


@pytest.fixture(scope="session")
def kernel(roots):
    """What check-hooks knows of Debian 12's kernel."""
    root = roots["bookworm"]
    return check_hooks.read_kernel(root / "boot" / f"vmlinuz-{release_in(root)}")
