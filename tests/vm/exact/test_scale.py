# SPDX-License-Identifier: GPL-2.0
"""Growth: what a connection costs among many, and what memory they take."""
import os
import pathlib
import re
import sys

import pytest

import ends
import hosts
import kernel
import life

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "bench"))

# pylint: disable=wrong-import-position
import scale_guest

pytestmark = pytest.mark.reloads

FEW, MANY = 1000, 20_000
GROWTH_MOST = 0.10
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
CHUNK_LIVES = 1024


@pytest.fixture
def unloaded(link):
    """The module is not loaded; afterwards it is again, with its defaults.

    Nothing of earlier tests is left to be adopted.
    """
    assert kernel.unload().returncode == 0
    ends.settle(70)
    yield
    if kernel.loaded():
        assert kernel.unload().returncode == 0
    done = kernel.load()
    assert done.returncode == 0, done.stderr


@pytest.fixture
def crowd(unloaded):
    """Sockets that only stand; none stood here before."""
    scale_guest.build()
    scale_guest.set_limits(MANY)
    the_crowd = scale_guest.Crowd()
    yield the_crowd
    the_crowd.leave()


def _added():
    """What the module adds to a connection, among those that are open."""
    without = scale_guest.whole(scale_guest.turnover(turns=1))
    loaded = []
    for _ in range(2):
        assert kernel.load().returncode == 0
        loaded.append(scale_guest.turnover(turns=1))
        assert kernel.unload().returncode == 0
    return scale_guest.whole(scale_guest.lower(loaded)) - without


def test_growth(crowd):
    """Among 20,000 it adds to a connection what it adds among 1,000."""
    added = []
    for size in (FEW, MANY):
        crowd.grow(size)
        added.append(_added())
    assert added[0] > 1000, "nothing was measured"
    assert added[1] < added[0] * (1 + GROWTH_MOST), added


def test_all_are_taken_over(link, crowd):
    """As many that are open at load find room, however busy the CPU is.

    No work item gets there before a task of that priority lets it.
    """
    crowd.grow(MANY)
    kernel.run("chrt", "--fifo", "50", "modprobe", "tcplife")
    common = hosts.Host()
    totals = life.summary(common)
    common.close()
    assert totals["lost"] == 0 and totals["adopted"] >= MANY


def _pages(records, size):
    return -(-records * size // PAGE_BYTES) * PAGE_BYTES


def _sizes():
    """What each parameter's description says one costs, in bytes."""
    text = kernel.run("modinfo", "-p", "tcplife")
    return {name: int(number) for name, number in
            re.findall(r"^(\w+):.*?(\d+) bytes each", text, re.MULTILINE)}


def _expected(parameters, allocated):
    """The memory by the manual, which has the same sizes: MEMORY, tcplife(4)."""
    size = _sizes()
    whole, rest = divmod(allocated + 1, CHUNK_LIVES)
    listener, target = 1160, size["max_listeners"] - 1160
    places = parameters["max_listeners"] + 1
    chains = 1 << max(8, parameters["max_lives"].bit_length() - 1)
    return (whole * _pages(CHUNK_LIVES, size["max_lives"]) +
            _pages(rest, size["max_lives"]) +
            8 * (parameters["max_lives"] // CHUNK_LIVES + 1) +
            _pages(chains, 4) +
            parameters["history"] * size["history"] +
            parameters["half_open_history"] * size["half_open_history"] +
            parameters["event_queue"] * size["event_queue"] +
            _pages(places, listener) + _pages(places, target))


def _allocated_pages():
    """What the kernel says that it has allocated for the module."""
    return scale_guest.memory()["vmalloc"]


@pytest.mark.parametrize("parameters", [
    {"max_lives": 262144, "history": 16384, "half_open_history": 4096,
     "event_queue": 8192, "max_listeners": 512},
    {"max_lives": 64, "history": 16, "half_open_history": 16,
     "event_queue": 16, "max_listeners": 16},
    {"max_lives": 100_000, "history": 999, "half_open_history": 1001,
     "event_queue": 777, "max_listeners": 100}],
    ids=["default", "smallest", "odd"])
def test_memory_is_as_said(link, crowd, parameters):
    """memory_bytes is what the parameters say, and what the kernel gave."""
    assert kernel.load(**parameters).returncode == 0
    idle = life.summary(link.client)
    assert idle["memory_bytes"] == \
        _expected(parameters, idle["lives_allocated"])
    tables = 8      # each is rounded up to a page
    addresses = 8 * (parameters["max_lives"] // CHUNK_LIVES + 1)
    assert 0 <= _allocated_pages() + addresses - idle["memory_bytes"] < \
        tables * PAGE_BYTES
    if parameters["max_lives"] < MANY:
        return
    crowd.grow(MANY)
    ends.settle(1)
    full = life.summary(link.client)
    assert full["lives_allocated"] - idle["lives_allocated"] > MANY // 2
    assert full["memory_bytes"] == \
        _expected(parameters, full["lives_allocated"])
    assert 0 <= _allocated_pages() + addresses - full["memory_bytes"] < \
        tables * PAGE_BYTES
