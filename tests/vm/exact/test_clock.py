# SPDX-License-Identifier: GPL-2.0
"""The wall clock is set, back and forth, while connections are open."""
import time

import pytest

import ends
import life

HOUR_S, YEAR_S = 3600, 365 * 24 * 3600
ROUNDING_US = 1


@pytest.fixture
def set_clock():
    """A function that sets the wall clock by so many seconds; right again afterwards."""
    boot = time.time() - time.monotonic()

    def step(seconds):
        time.clock_settime(time.CLOCK_REALTIME, time.time() + seconds)
    yield step
    time.clock_settime(time.CLOCK_REALTIME, boot + time.monotonic())


class _Since:
    """What both clocks say, before and after something."""

    def __init__(self):
        self._wall, self._steady = time.time_ns(), time.monotonic_ns()

    def holds(self, opened_at_us):
        """Was it that time since?"""
        return self._wall // 1000 - ROUNDING_US <= opened_at_us <= \
            time.time_ns() // 1000 + ROUNDING_US

    def us(self):
        """How long it is, whatever the wall clock says."""
        return (time.monotonic_ns() - self._steady) // 1000


@pytest.mark.parametrize("step", [-HOUR_S, HOUR_S, -YEAR_S, YEAR_S], ids=str)
def test_set_in_the_middle(link, books, family, set_clock, step):
    """It began when the clock then said, and lasts as long as it lasts."""
    before = _Since()
    connection = ends.connect(link, family)
    begun = _Since()
    assert before.holds(connection.client.life().opened_at_us)
    set_clock(step)
    ends.settle(2)
    live = connection.client.life()
    assert begun.us() - 1_000_000 < live.duration_us <= before.us() + ROUNDING_US
    connection.client.reset()
    assert connection.client.life().opened_at_us == live.opened_at_us
    for end in (connection.client, connection.server):
        it = end.life()
        assert 2_000_000 <= it.duration_us <= before.us() + ROUNDING_US, it
        assert sum(it.states.values()) == it.duration_us
        assert [us for us, _ in it.timeline] == sorted(us for us, _ in it.timeline)
    connection.close()


def test_set_between(link, books, family, set_clock):
    """Each has the time of its own beginning, in whatever order they come out."""
    for step in (-HOUR_S, 2 * HOUR_S, -HOUR_S):
        set_clock(step)
        before = _Since()
        connection = ends.connect(link, family)
        connection.client.reset()
        for end in (connection.client, connection.server):
            assert before.holds(end.life().opened_at_us)
        connection.close()
    assert life.health(link.client)[0]["healthy"] == "yes"
