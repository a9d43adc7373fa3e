# SPDX-License-Identifier: GPL-2.0
"""What the load tests share: the storm, compiled here, and a loaded module."""
import os
import subprocess

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))


@pytest.fixture(scope="session")
def storm(tmp_path_factory):
    """The path of connstorm."""
    binary = str(tmp_path_factory.mktemp("storm") / "connstorm")
    subprocess.run(["gcc", "-O2", "-Wall", "-Wextra", "-Werror", "-o", binary,
                    os.path.join(HERE, "connstorm.c")], check=True)
    return binary


@pytest.fixture
def module():
    """Load the module with parameters; unload it after the test."""
    def load(*parameters):
        subprocess.run(["modprobe", "tcplife", *parameters], check=True)
    yield load
    if os.path.exists("/sys/module/tcplife"):
        subprocess.run(["rmmod", "tcplife"], check=True)
