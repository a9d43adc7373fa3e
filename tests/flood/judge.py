# SPDX-License-Identifier: GPL-2.0
"""What was seen of a scenario against what should have been."""
import dataclasses
import ipaddress

import scenarios

NS_PER_S = 1_000_000_000
TOLD_S = 10             # the end of a flood, after the last SYN has expired
SOURCES_OFF = 0.10      # the estimate of distinct sources


@dataclasses.dataclass
class Result:
    """One row of the table; what is not known is None."""

    scenario: scenarios.Scenario
    seconds: int = None
    verdict: str = "no result"
    detect_s: float = None
    ending_s: float = None
    quiet_s: float = None
    spread: str = None
    listener_right: bool = None
    sources: int = None
    sources_true: int = None
    sources_off: float = None
    false_alarms: int = 0
    innocent_s: float = 0
    problems: list = dataclasses.field(default_factory=list)
    notes: list = dataclasses.field(default_factory=list)

    @property
    def passed(self):
        """Is all as it should be?"""
        return not self.problems

    def expect(self, is_so, problem):
        """Note a problem unless it is so."""
        if not is_so:
            self.problems.append(problem)


def _is_listener(scenario, row):
    return (row["local_addr"], row["local_port"]) == (scenario.listening_at,
                                                      scenario.port)


def _at_s(alert, since_ns):
    return (alert["at"] - since_ns) / NS_PER_S


def _judge_sources(result, row):
    """The class of the sources, which they are, and how many."""
    scenario = result.scenario
    result.spread = row.get("spread")
    result.expect(result.spread == scenario.spread,
                  f"spread {result.spread}, not {scenario.spread}")
    if scenario.spread != "random":
        named = {ipaddress.ip_network(f"{s['addr']}/{s['prefix_len']}",
                                      strict=False)
                 for s in row.get("top_sources", [])}
        for source in scenario.sources:
            result.expect(ipaddress.ip_network(source) in named,
                          f"{source} is not among the top sources")
    # The background's clients may be among them or not.
    most = result.sources_true + scenario.background_addresses
    result.sources = row.get("distinct_sources")
    if result.sources is None:
        result.problems.append("no estimate of distinct sources")
        return
    beyond = min(0, result.sources - result.sources_true) or \
        max(0, result.sources - most)
    result.sources_off = beyond / result.sources_true
    result.expect(abs(result.sources_off) <= SOURCES_OFF,
                  f"{result.sources} sources, not {result.sources_true}")


def _judge_end(result, alerts, last_ns):
    """When the flood was said to be over, from its last SYN on."""
    scenario = result.scenario
    result.expect(alerts[-1]["state"] in ("ending", "quiet"),
                  f"at last it is said to be {alerts[-1]['state']}")
    if "--pulse" not in scenario.syns:
        found = [it["at"] for it in alerts if it["state"] == "flood"]
        result.expect(not any(found[0] < it["at"] < last_ns for it in alerts
                              if it["state"] in ("ending", "quiet")),
                      "it is said to be over while it goes on")
    # since it was last called a flood
    ends = alerts[max(n for n, it in enumerate(alerts)
                      if it["state"] == "flood"):]
    for alert in ends:
        if alert["state"] == "ending" and result.ending_s is None:
            result.ending_s = _at_s(alert, last_ns)
        if alert["state"] == "quiet" and result.quiet_s is None:
            result.quiet_s = _at_s(alert, last_ns)
    told = [s for s in (result.ending_s, result.quiet_s) if s is not None]
    bar = scenario.half_open_s + TOLD_S
    result.expect(told and min(told) <= bar,
                  f"the end was not told within {bar} s")


def _judge_flood(result, seen):
    scenario, sent = result.scenario, seen["sent"]
    floods = [it for it in seen["alerts"] if it["state"] == "flood"]
    result.sources_true = sent["sources"]
    ours = [it for it in seen["alerts"] if _is_listener(scenario, it)]
    found = [it for it in ours if it["state"] == "flood"]
    if not found:
        result.verdict = "missed"
        result.problems.append("missed")
        return
    result.verdict = "flood"
    result.detect_s = _at_s(found[0], sent["first_ns"])
    result.expect(0 <= result.detect_s <= scenario.within_s,
                  f"found after {result.detect_s:.3f} s, not within "
                  f"{scenario.within_s} s")
    result.listener_right = len(found) == len(floods)
    result.expect(result.listener_right, "another listener is called flooded")
    if len(found) > 1:
        result.notes.append(f"called a flood {len(found)} times")
    rows = [it for it in seen["rows"] if _is_listener(scenario, it)]
    result.expect(len(rows) == 1, f"{len(rows)} rows of the listener")
    _judge_sources(result, rows[0] if rows else found[-1])
    _judge_end(result, ours, sent["last_ns"])


def _judge_innocent(result, seen):
    states = [it["state"] for it in seen["alerts"]]
    result.false_alarms = states.count("flood")
    result.innocent_s = seen["innocent_s"]
    result.verdict = next((state for state in ("flood", "suspected")
                           if state in states), "none")
    result.expect(not result.false_alarms,
                  f"called a flood {result.false_alarms} times")
    if "suspected" in states:
        result.notes.append(f"suspected {states.count('suspected')} times")


def judge(seen):
    """The result of what guest.py saw of one scenario."""
    result = Result(scenarios.ALL[seen["scenario"]], seen.get("seconds"))
    if "problem" in seen:
        result.problems.append(seen["problem"])
    elif result.scenario.is_flood:
        _judge_flood(result, seen)
    else:
        _judge_innocent(result, seen)
    return result
