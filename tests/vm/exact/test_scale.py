# SPDX-License-Identifier: GPL-2.0
"""Growth: what a connection costs among many, and what memory they take."""
import pathlib
import statistics
import sys

import pytest

import ends
import hosts
import kernel
import life
import sizes

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "bench"))

# pylint: disable=wrong-import-position
import scale_guest

pytestmark = pytest.mark.reloads

FEW, MANY = 1000, 20_000
GROWTH_MOST = 0.10
READINGS = 4
AGAIN = 5000
AGAIN_GROWTH_MOST = 0.50    # chains are never as even as they could be


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


def _cost():
    """What a connection costs now."""
    return scale_guest.whole(scale_guest.turnover(turns=1))


def _added(crowd):
    """What the module adds to a connection among FEW, and among MANY, in one load.

    Some boots and some loads make every connection dearer or cheaper than others do,
    so only what is measured without a load in between may be compared.
    """
    crowd.grow(FEW)
    without = [_cost()]
    assert kernel.load().returncode == 0
    loaded = [_cost()]
    crowd.grow(MANY)
    loaded.append(_cost())
    assert kernel.unload().returncode == 0
    without.append(_cost())
    crowd.leave()
    return [with_it - none for with_it, none in zip(loaded, without)]


def test_growth(crowd):
    """Among 20,000 it adds to a connection what it adds among 1,000."""
    readings = [_added(crowd) for _ in range(READINGS)]
    assert all(few > 1000 for few, _ in readings), f"nothing was measured: {readings}"
    assert statistics.median(many / few for few, many in readings) < 1 + GROWTH_MOST, \
        readings


def _again():
    """What a connection costs the first time and the last, the middle of some readings."""
    readings = []
    for _ in range(READINGS):
        ends.settle(70)     # nothing is left of the one before
        readings.append(scale_guest.again(AGAIN))
    return {which: statistics.median(reading[which] for reading in readings)
            for which in ("first", "last")}


def test_one_cookie(crowd):
    """A socket that leaves 5,000 timewait_socks makes no look-up longer.

    Any user may have such a socket, and all of them have its cookie.
    """
    without = _again()
    assert kernel.load().returncode == 0
    loaded = _again()
    common = hosts.Host()
    totals = life.summary(common)
    common.close()
    # Others were used again after a second (net.ipv4.tcp_tw_reuse).
    assert totals["time_wait"] > AGAIN // 2 and totals["lost"] == 0
    few, many = (loaded[which] - without[which] for which in ("first", "last"))
    print(f"\nadded: {few:.0f} instructions to the first, {many:.0f} to the last")
    assert 1000 < few and many < few * (1 + AGAIN_GROWTH_MOST), (few, many)


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


def _allocated_pages():
    """What the kernel says that it has allocated for the module."""
    return scale_guest.memory()["vmalloc"]


@pytest.mark.parametrize("parameters", [
    sizes.DEFAULTS,
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
        sizes.expected(parameters, idle["lives_allocated"])
    tables = 8      # each is rounded up to a page
    addresses = sizes.address_bytes(parameters)
    assert 0 <= _allocated_pages() + addresses - idle["memory_bytes"] < \
        tables * sizes.PAGE_BYTES
    if parameters["max_lives"] < MANY:
        return
    crowd.grow(MANY)
    ends.settle(1)
    full = life.summary(link.client)
    assert full["lives_allocated"] - idle["lives_allocated"] > MANY // 2
    assert full["memory_bytes"] == \
        sizes.expected(parameters, full["lives_allocated"])
    assert 0 <= _allocated_pages() + addresses - full["memory_bytes"] < \
        tables * sizes.PAGE_BYTES
