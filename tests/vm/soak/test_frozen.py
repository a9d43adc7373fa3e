# SPDX-License-Identifier: GPL-2.0
"""All tasks are frozen, as they are before the machine is suspended, and thawed.

AMOUNT times.  Devices are not suspended: the guest's disk is one, and would not come back.
A connection that was open meanwhile goes on, and so do the module's own tasks.
"""
import pathlib

import pytest

import ends
import kernel
import life
import soaking

TIMES = soaking.amount(20)
TEST, STATE = map(pathlib.Path, ("/sys/power/pm_test", "/sys/power/state"))
SECONDS = pathlib.Path("/sys/module/suspend/parameters/pm_test_delay")
pytestmark = pytest.mark.skipif(not TEST.exists(), reason="this kernel cannot suspend")


@pytest.fixture
def freezer():
    """Suspending only goes as far as that, and for a second."""
    SECONDS.write_text("1", encoding="ascii")
    TEST.write_text("freezer", encoding="ascii")
    yield
    TEST.write_text("none", encoding="ascii")


def test_frozen(link, loads, freezer):
    """Nothing is lost, each duration has the time in it, and the next is told."""
    loads()
    log = kernel.Log()
    held = [ends.connect(link, family) for family in (4, 6)]
    for turn in range(TIMES):
        it = ends.connect(link, (4, 6)[turn % 2])
        first = it.client.life()
        STATE.write_text("freeze", encoding="ascii")
        second = it.client.life()
        assert second.opened_at_us == first.opened_at_us
        assert second.duration_us - first.duration_us > 900_000, (first, second)
        it.send("client", b"whole")
        it.client.close()
        it.server.close()
        it.close()
        for end, sent in ((it.client, 5), (it.server, 0)):
            one = end.life()
            assert (one.outcome, one.bytes_sent) == ("closed", sent), one
        for host in (link.client, link.server):
            assert life.summary(host)["lost"] == 0
    assert sum("suspend debug: Waiting" in line for line in log.lines()) == TIMES
    for it in held:
        it.send("server", b"still there")
        assert it.client.life().state == "established"
        it.close()
    ends.settle(5)
    assert life.health(link.client)[0]["healthy"] == "yes"
    soaking.done(TIMES, "times")
