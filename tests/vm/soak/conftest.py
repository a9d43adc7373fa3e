# SPDX-License-Identifier: GPL-2.0
"""What the tests in soak/ share with those in load/, and with each other."""
import pytest

import kernel
import memory
# pylint: disable=unused-import
from load.conftest import flooded, host, load, start, storm  # noqa: F401


@pytest.fixture(scope="session")
def in_memory():
    """Nothing that a test runs waits for the disk, which takes time."""
    memory.hold()


@pytest.fixture
def loads(in_memory, link):
    """Load the module anew, with parameters; afterwards it has its defaults."""
    def load_it(**parameters):
        if kernel.loaded():
            done = kernel.unload()
            assert done.returncode == 0, done.stderr
        done = kernel.load(**parameters)
        assert done.returncode == 0, done.stderr
    yield load_it
    load_it()
