# SPDX-License-Identifier: GPL-2.0
"""What the load tests share: the storm, compiled here, on a host of its own."""
import collections
import os
import signal
import subprocess

import pytest

import hosts
import kernel

HERE = os.path.dirname(os.path.abspath(__file__))
HOST = "tl-load"

# A listener that never gets an answer to its SYN-ACKs.
Flooded = collections.namedtuple("Flooded", "address port backlog")


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
def flooded(host):
    """A listener whose answers vanish on a device."""
    at = Flooded("192.0.2.1", 80, 1000)
    for words in ("link add sink type dummy",
                  f"address add {at.address}/24 dev sink", "link set sink up",
                  "route add default dev sink"):
        host.run("ip", *words.split())
    for name, value in (("tcp_syncookies", 0), ("tcp_synack_retries", 1),
                        ("tcp_max_syn_backlog", at.backlog)):
        host.set_sysctl(name, value)
    listener = host.socket(4)
    listener.bind((at.address, at.port))
    listener.listen(at.backlog)
    yield at
    listener.close()


@pytest.fixture
def start(host):
    """Start a command; it and what it started are ended after the test.

    Or before, by start.stop().
    """
    processes = []

    def start_it(*words, **options):
        process = subprocess.Popen(words, start_new_session=True, **options)
        processes.append(process)
        return process

    def stop():
        while processes:
            process = processes.pop()
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            process.wait()
    start_it.stop = stop
    yield start_it
    stop()
