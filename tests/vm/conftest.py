# SPDX-License-Identifier: GPL-2.0
"""Tests of the module on a real kernel, run by root in a guest of scripts/vm.

    scripts/vm --icount -- python3 -m pytest -p no:cacheprovider tests/vm/exact
    scripts/vm --memory 4096 -- python3 -m pytest -p no:cacheprovider \
        tests/vm/load/test_load.py
    scripts/vm --turns -- python3 -m pytest -p no:cacheprovider \
        tests/vm/load/test_reload.py tests/vm/load/test_rounds.py

exact/ relies on the guest's time, which --icount makes independent of the
machine; load/ needs two CPUs.
"""
import contextlib
import os
import resource

import pytest

import ends
import genl
import hosts
import kernel
import life
import tally
import wire


def pytest_configure(config):
    """Everywhere but in a guest these tests would unload a real module."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    config.addinivalue_line("markers", "reloads: loads the module anew")
    config.addinivalue_line("markers", "last: comes after all others")
    if os.uname().nodename != "tcplife" or os.geteuid():
        pytest.exit("these tests run in a guest: scripts/vm -- ...", 2)


def pytest_collection_modifyitems(items):
    """What loads the module anew comes last, as all records go with it."""
    items.sort(key=lambda item: [bool(item.get_closest_marker(name))
                                 for name in ("last", "reloads")])


@pytest.fixture(params=[4, 6], ids=["ipv4", "ipv6"])
def family(request):
    """Each test is run for both versions of IP."""
    return request.param


@pytest.fixture(scope="session")
def module():
    """The module, loaded with its defaults once for all tests."""
    done = kernel.load()
    assert done.returncode == 0, done.stderr
    yield
    done = kernel.unload()
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="session")
def spec():
    """The netlink specification."""
    return genl.Spec()


def _warm_up(link):
    """Have everything in memory that a test may need.

    While the guest waits for its disk, its clock runs on: it must not do so
    in the middle of a test.
    """
    for version in (4, 6):
        with link.delayed(1):
            ends.connect(link, version).close()
        rules = ["tcp dport 1 limit rate 1/hour burst 1 packets"]
        if not kernel.IS_DEBUG:     # which lacks it
            rules.append("tcp dport 1 numgen inc mod 2 == 0")
        with link.dropping(*rules):
            pass
        ends.connect_loopback(link.client, version).close()
    kernel.ss(link.client)
    life.by_ports(link.client, 1, 1)
    link.server.run("ss", "-K", "dport", "=", "1")
    # All modules are loaded: no more looking for those that are not there.
    with open("/proc/sys/kernel/modprobe", "w", encoding="ascii") as file:
        file.write("\n")


@pytest.fixture(scope="session")
def link(module):
    """Two hosts and the way between them."""
    the_link = hosts.Link()
    _warm_up(the_link)
    yield the_link
    the_link.close()


@pytest.fixture
def captures():
    """A function that captures on a device of a host until the test ends."""
    with contextlib.ExitStack() as stack:
        def capture(host, device="eth0"):
            the_capture = wire.Capture(host, device)
            stack.callback(the_capture.close)
            return the_capture
        yield capture


@pytest.fixture
def books(link):
    """The books of both hosts balance before and after the test.

    So do ours and the kernel's of what stands in for a socket.
    """
    yield [life.summary(host) for host in (link.client, link.server)]
    for host in (link.client, link.server):
        totals, tw = tally.quiet(host, lambda: life.summary(host))
        assert totals["time_wait"] + totals["fin_wait2_orphans"] == tw
