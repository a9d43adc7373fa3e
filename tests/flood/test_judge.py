# SPDX-License-Identifier: GPL-2.0
"""The judge of the scenarios: it passes what is right, and nothing else.

    python3 -m pytest -p no:cacheprovider tests/flood
"""
import copy

import pytest

import judge

FIRST, LAST = 1_000 * judge.NS_PER_S, 1_020 * judge.NS_PER_S
PLACE = {"local_addr": "0.0.0.0", "local_port": 80}
TOP = [{"addr": "203.0.113.0", "prefix_len": 24, "syns": 4000}]


def _alert(state, at_s, **more):
    return {**PLACE, "state": state, "at": FIRST + int(at_s * judge.NS_PER_S),
            **more}


@pytest.fixture
def seen():
    """A flood of 200 SYN/s from a /24, and all that was said of it is right."""
    row = {**PLACE, "state": "flood", "spread": "prefix", "top_sources": TOP,
           "distinct_sources": 250}
    return copy.deepcopy({
        "scenario": "prefix", "seconds": 20, "innocent_s": 98,
        "sent": {"syns": 4000, "sources": 256, "first_ns": FIRST,
                 "last_ns": LAST},
        "rows": [row], "rows_after": [{**row, "state": "quiet"}],
        "alerts": [_alert("suspected", 0.3), _alert("flood", 0.5),
                   _alert("ending", 24), _alert("quiet", 90)]})


@pytest.fixture
def innocent():
    """Innocent traffic that was called nothing worse than suspected."""
    return {"scenario": "loss-30", "seconds": 600, "innocent_s": 615,
            "alerts": [_alert("suspected", 3), _alert("quiet", 9)]}


def test_right(seen):
    """All is as it should be, and the row has the numbers."""
    result = judge.judge(seen)
    assert result.passed, result.problems
    assert (result.verdict, result.spread) == ("flood", "prefix")
    assert (result.detect_s, result.ending_s, result.quiet_s) == (0.5, 4, 70)
    assert result.sources_off == pytest.approx(-6 / 256)
    assert result.listener_right


def _never(seen):
    seen["alerts"] = [_alert("suspected", 0.3)]


def _late(seen):
    seen["alerts"][1]["at"] = FIRST + judge.NS_PER_S + 1


def _before(seen):
    seen["alerts"][1]["at"] = FIRST - 1


def _other_listener(seen):
    seen["alerts"].append({**_alert("flood", 1), "local_port": 81})


def _other_address(seen):
    for it in seen["alerts"]:
        it["local_addr"] = "::"


def _spread(seen):
    seen["rows"][0]["spread"] = "random"


def _no_top(seen):
    seen["rows"][0]["top_sources"] = []


def _other_top(seen):
    seen["rows"][0]["top_sources"] = [{**TOP[0], "addr": "203.0.112.0"}]


def _few_sources(seen):
    seen["rows"][0]["distinct_sources"] = 230


def _many_sources(seen):
    seen["rows"][0]["distinct_sources"] = 287


def _no_estimate(seen):
    del seen["rows"][0]["distinct_sources"]


def _no_row(seen):
    seen["rows"] = []


def _no_end(seen):
    del seen["alerts"][2:]


def _early_end(seen):
    seen["alerts"][2:2] = [_alert("ending", 9), _alert("flood", 10)]


def _late_end(seen):
    seen["alerts"][2:] = [_alert("quiet", 20 + 63 + 10.1)]


def _back_again(seen):
    seen["alerts"].append(_alert("suspected", 92))


def _trouble(seen):
    seen["problem"] = "the guest ended"


@pytest.mark.parametrize("spoil", [
    _never, _late, _before, _other_listener, _other_address, _spread, _no_top,
    _other_top, _few_sources, _many_sources, _no_estimate, _no_row, _no_end,
    _early_end, _late_end, _back_again, _trouble])
def test_wrong(seen, spoil):
    """Each thing that is wrong makes the scenario fail."""
    spoil(seen)
    assert not judge.judge(seen).passed


def test_innocent(innocent):
    """To suspect is no false alarm; to call it a flood is one."""
    result = judge.judge(innocent)
    assert result.passed and result.verdict == "suspected" and result.notes
    innocent["alerts"].append(_alert("flood", 12))
    result = judge.judge(innocent)
    assert not result.passed and result.false_alarms == 1
