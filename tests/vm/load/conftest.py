# SPDX-License-Identifier: GPL-2.0
"""What the load tests share: the storm, compiled here, on a host of its own."""
import os
import signal
import subprocess

import pytest

import hosts
import kernel

HERE = os.path.dirname(os.path.abspath(__file__))
HOST = "tl-load"


@pytest.fixture(scope="session")
def storm(tmp_path_factory):
    """The path of connstorm."""
    binary = str(tmp_path_factory.mktemp("storm") / "connstorm")
    subprocess.run(["gcc", "-O2", "-Wall", "-Wextra", "-Werror", "-o", binary,
                    os.path.join(HERE, "connstorm.c")], check=True)
    return binary


@pytest.fixture
def host():
    """The test runs there; nothing of other tests is in TIME_WAIT."""
    the_host = hosts.Host(HOST)
    the_host.set_sysctl("tcp_max_tw_buckets", 1_000_000)
    with the_host.inside():
        yield the_host
    the_host.close()


@pytest.fixture
def load():
    """Load the module with parameters; it is unloaded after the test."""
    def load_it(**parameters):
        done = kernel.load(**parameters)
        assert done.returncode == 0, done.stderr
    yield load_it
    if kernel.loaded():
        assert kernel.unload().returncode == 0


@pytest.fixture
def start(host):
    """Start a command; it and what it started are ended after the test."""
    processes = []

    def start_it(*words, **options):
        process = subprocess.Popen(words, start_new_session=True, **options)
        processes.append(process)
        return process
    yield start_it
    for process in processes:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()
