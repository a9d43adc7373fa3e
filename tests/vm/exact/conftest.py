# SPDX-License-Identifier: GPL-2.0
"""Tests that go by the guest's clock, which --icount makes exact."""
import pytest

import hosts
import kernel
import memory


@pytest.fixture(scope="session", autouse=True)
def in_memory():
    """Nothing that a test runs waits for the disk, which takes time."""
    memory.hold()


@pytest.fixture
def fresh(link):
    """Two hosts of a test's own, of which nothing is on record yet.

    LINK has warmed up what they need, and has other names.
    """
    the_link = hosts.Link("fresh")
    yield the_link
    the_link.close()


@pytest.fixture
def few_listeners(link):
    """Room for so many listening sockets, in all namespaces."""
    assert kernel.unload().returncode == 0
    assert kernel.load(max_listeners=16).returncode == 0
    yield 16
    assert kernel.unload().returncode == 0
    assert kernel.load().returncode == 0
