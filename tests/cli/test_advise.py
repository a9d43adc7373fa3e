# SPDX-License-Identifier: GPL-2.0
"""tcplifectl advise: each rule speaks when it should, and only then."""
import json
import os
import subprocess

import jsonschema
import pytest

from conftest import LOCALE, PROGRAM
from floods import CLOSED, FLOOD, FULL, LISTENER, QUIET, REMOTE, TIME_WAIT_TOTAL
from lives import life
from recording import EPERM, NLMSG_NOOP, NLMSG_OVERRUN, ROOT, Recording, nlmsg

SETTINGS = {
    "net/ipv4/tcp_syncookies": 1, "net/ipv4/tcp_max_syn_backlog": 1024,
    "net/ipv4/tcp_max_tw_buckets": 8192, "net/ipv4/tcp_tw_reuse": 2,
    "net/ipv4/tcp_timestamps": 1, "net/ipv4/tcp_synack_retries": 5,
    "net/ipv4/tcp_abort_on_overflow": 0, "net/ipv4/tcp_fin_timeout": 60,
    "net/core/somaxconn": 4096, "net/ipv4/ip_local_port_range": "32768\t60999",
}

with open(os.path.join(ROOT, "docs/json-schema/finding.json"), encoding="utf-8") as file:
    SCHEMA = json.load(file)


def machine(summary=None, listeners=(), floods=(), tallies=(), live=(), history=(), **settings):
    """A recording of all that advise asks for."""
    rec = Recording().summary({"version": "0.1.0", "netns": 1, **(summary or {})})
    rec.listeners(listeners).floods(floods).tallies("time_wait", tallies)
    rec.dump("live", live).dump("history", history)
    for name, text in SETTINGS.items():
        text = settings.get(name.split("/")[-1], text)
        if text is not None:
            rec.setting(name, text)
    return rec


@pytest.fixture(name="advise")
def fixture_advise(tcplifectl):
    def run(**facts):
        findings = tcplifectl.json("advise", rec=machine(**facts))
        for finding in findings:
            jsonschema.Draft202012Validator(SCHEMA).validate(finding)
        text = tcplifectl("advise", rec=machine(**facts))
        for finding in findings:
            assert "%(severity)s: %(rule)s: %(subject)s\n" % finding in text
            for name, value in finding["evidence"].items():
                assert "%s %d" % (name, value) in text or value == 2 ** 53 - 1
            assert "\n  advice: %s\n" % finding["advice"] in text
        assert text.startswith("nothing to advise: ") == (not findings)
        return findings
    return run


def one(findings, rule):
    finding, = findings
    assert finding["rule"] == rule
    return finding


def passive(**more):
    return life([(0, "syn_recv"), (10, "established"), (20, "close")], role="passive",
                local_port=443, closer="remote", **more)


def test_nothing(tcplifectl):
    out = tcplifectl("advise", rec=machine(listeners=[LISTENER], floods=[QUIET],
                                           tallies=[TIME_WAIT_TOTAL, REMOTE], live=[passive()],
                                           history=[passive()] * 3))
    assert out == ("nothing to advise: looked at totals since load, listening sockets (1), "
                   "addresses and ports that left quiet (1), live connections (1), history (3) "
                   "and settings (11)\n")
    assert tcplifectl.err == ""
    tcplifectl("advise", rec=machine(tcp_syncookies=None, somaxconn="rubbish", tcp_tw_reuse="-1",
                                     ip_local_port_range="1024"))
    assert "and settings (7)\n" in tcplifectl.out


def test_schema():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("change,severity", [
    ({"dropped_syn_queue": 1}, "warning"), ({"cookies_sent": 1}, "note"),
    ({"dropped_syn_queue": 9, "verdict": "syn_queue_full"}, "critical"),
    ({"cookies_sent": 9, "verdict": "cookies"}, "note")])
def test_syn_queue(advise, change, severity):
    finding = one(advise(listeners=[dict(LISTENER, **change)]), "syn_queue")
    assert finding["severity"] == severity and finding["subject"] == "0.0.0.0:443"
    assert finding["evidence"] == {
        "dropped_syn_queue": change.get("dropped_syn_queue", 0),
        "dropped_other": 0, "cookies_sent": change.get("cookies_sent", 0), "syn_queue_peak": 12,
        "syn_queue_limit": 511, "somaxconn": 4096, "tcp_max_syn_backlog": 1024,
        "tcp_syncookies": 1, "tcp_synack_retries": 5}
    assert "listen(); net.core.somaxconn allows more" in finding["advice"]
    assert "tcp_syncookies on" not in finding["advice"]


@pytest.mark.parametrize("cookies,fires", [(0, True), (1, False), (None, False)])
def test_syns_dropped_for_the_reserve(advise, cookies, fires):
    found = advise(listeners=[dict(LISTENER, dropped_other=3)], tcp_syncookies=cookies)
    assert len(found) == fires
    if fires:
        assert one(found, "syn_queue")["severity"] == "warning"
        assert found[0]["evidence"]["dropped_other"] == 3


def test_syn_queue_at_somaxconn_without_cookies(advise):
    finding = one(advise(listeners=[dict(LISTENER, dropped_syn_queue=1)], somaxconn=511,
                         tcp_syncookies=0), "syn_queue")
    assert "Raise net.core.somaxconn" in finding["advice"]
    assert "Switch net.ipv4.tcp_syncookies on" in finding["advice"]


def test_sockets_of_one_port_are_one_finding(advise):
    row = dict(LISTENER, dropped_syn_queue=2)
    other = dict(row, id=20, local_port=444)
    first, second = advise(listeners=[row, dict(row, id=13, syn_queue_peak=99), other,
                                      dict(row, id=15, verdict="closed", syn_queue_peak=500)])
    assert first["evidence"]["dropped_syn_queue"] == 6
    assert first["evidence"]["syn_queue_peak"] == 99
    assert second["subject"] == "0.0.0.0:444" and second["evidence"]["dropped_syn_queue"] == 2


def test_closed_listeners_need_no_advice(advise):
    assert advise(listeners=[dict(CLOSED, dropped_syn_queue=5, overflowed=5)]) == []


def test_accept_queue_and_small_backlog(advise):
    finding = one(advise(listeners=[dict(FULL, dropped_syn_queue=0, cookies_sent=0)]),
                  "accept_queue")
    assert finding["severity"] == "critical"
    assert "too short" in finding["finding"]
    assert finding["evidence"] == {"overflowed": 44, "dropped_accept_queue": 20,
                                   "accepted": 1175, "accept_queue": 512,
                                   "accept_queue_peak": 512, "accept_queue_limit": 511,
                                   "accept_wait_p99_us": 7, "somaxconn": 4096,
                                   "tcp_abort_on_overflow": 0}
    assert "accept without waiting" not in finding["advice"]


@pytest.mark.parametrize("accepted,waiting_,fires", [(0, 1, True), (0, 0, False), (1, 1, False)])
def test_accept_queue_and_no_accept(advise, accepted, waiting_, fires):
    row = dict(LISTENER, overflowed=1, accepted=accepted, accept_queue=waiting_, accept_wait=[])
    finding = one(advise(listeners=[row]), "accept_queue")
    assert ("has accepted no connection" in finding["finding"]) == fires
    assert ("does not call accept()" in finding["advice"]) == fires


def test_accept_queue_and_slow_accept(advise):
    wait = [0] * 18 + [100]     # of 131072 us to 262143 us
    finding = one(advise(listeners=[dict(LISTENER, overflowed=1, accept_wait=wait)],
                         tcp_abort_on_overflow=1), "accept_queue")
    assert finding["severity"] == "warning"
    assert "waits 131.072 ms or longer" in finding["finding"]
    assert finding["evidence"]["accept_wait_p99_us"] == 262143
    assert "accept without waiting" in finding["advice"]
    assert "tcp_abort_on_overflow at 1" in finding["advice"]


def test_accept_in_a_tenth_of_a_second_is_not_slow(advise):
    row = dict(LISTENER, overflowed=1, accept_wait=[0] * 17 + [100])
    assert "too short" in one(advise(listeners=[row]), "accept_queue")["finding"]


def test_accept_wait_is_of_all_sockets(advise):
    """99 of 100 are fast in the sum; of the second socket none is."""
    fast = dict(LISTENER, overflowed=1, accept_wait=[990])
    slow = dict(LISTENER, id=13, accept_wait=[0] * 20 + [10])
    assert one(advise(listeners=[fast, slow]), "accept_queue")["evidence"][
        "accept_wait_p99_us"] == 0
    slow = dict(slow, accept_wait=[0] * 20 + [11])
    assert one(advise(listeners=[fast, slow]), "accept_queue")["evidence"][
        "accept_wait_p99_us"] == 2 ** 20 - 1


@pytest.mark.parametrize("bucket,count,fires", [(20, 100, True), (19, 100, False),
                                                (20, 99, False), (64, 100, True)])
def test_slow_handshake(advise, bucket, count, fires):
    found = advise(listeners=[dict(LISTENER, handshake=[0] * bucket + [count])])
    assert len(found) == fires
    if fires:
        assert bucket != 20 or "takes 524.288 ms or longer" in found[0]["finding"]
        assert one(found, "slow_handshake")["evidence"] == {
            "handshake_p99_us": min(2 ** bucket, 2 ** 53) - 1,
            "handshakes": count}


@pytest.mark.parametrize("state,severity", [("flood", "critical"), ("suspected", "warning"),
                                            ("ending", None), ("quiet", None)])
def test_flood(advise, state, severity):
    found = advise(floods=[dict(FLOOD, state=state)])
    assert len(found) == bool(severity)
    if severity:
        finding = one(found, "flood")
        assert finding["severity"] == severity and finding["subject"] == "192.0.2.1:443"
        assert finding["evidence"]["syn_rate"] == 5000
        assert finding["advice"].startswith("Block the prefixes that stand out. ")


@pytest.mark.parametrize("row,value,severity", [
    (dict(QUIET, floods=1), 0, "warning"), (dict(QUIET, floods=0), 0, None),
    (dict(QUIET, floods=1), 1, None), (dict(QUIET, floods=1), None, None),
    (dict(QUIET, floods=1, cookies="off"), None, "warning"),
    (dict(FLOOD, state="ending", floods=1), 0, "warning")])
def test_cookies_off(advise, row, value, severity):
    found = advise(floods=[row], tcp_syncookies=value)
    assert [finding["severity"] for finding in found] == ([severity] if severity else [])


def test_cookies_off_in_a_flood(advise):
    flood, cookies = advise(floods=[dict(FLOOD, dropped=7)], tcp_syncookies=0)
    assert flood["rule"] == "flood" and cookies["rule"] == "cookies_off"
    assert cookies["severity"] == "critical"
    assert cookies["evidence"] == {"floods_now": 1, "floods": 2, "dropped": 7,
                                   "tcp_syncookies": 0}


@pytest.mark.parametrize("count,fin_wait2,overflowed,severity", [
    (6553, 0, 0, None), (6554, 0, 0, "critical"), (6550, 4, 0, "critical"),
    (6500, 4, 0, None), (0, 0, 1, "warning")])
def test_time_wait_limit(advise, count, fin_wait2, overflowed, severity):
    total = dict(TIME_WAIT_TOTAL, count=count, fin_wait2=fin_wait2, overflowed=overflowed)
    found = advise(tallies=[total])
    assert [finding["severity"] for finding in found] == ([severity] if severity else [])
    if severity:
        assert one(found, "time_wait_limit")["evidence"] == {
            "time_wait": count, "fin_wait2": fin_wait2, "limit": 8192,
            "overflowed": overflowed, "begun_per_s": 20}


@pytest.mark.parametrize("used,out_s,severity", [
    (69, None, None), (70, None, "warning"), (90, None, "critical"), (1, 300, None),
    (1, 299, "warning"), (1, 59, "critical"), (100, 0, "critical")])
def test_ports(advise, used, out_s, severity):
    row = dict(REMOTE, ports_used=used, ports_range=100, ports_out_s=out_s)
    found = advise(tallies=[TIME_WAIT_TOTAL, row])
    assert [finding["severity"] for finding in found] == ([severity] if severity else [])
    if severity:
        finding = one(found, "ports_running_out")
        expected = {"ports_used": used, "ports_range": 100, "time_wait": 600, "ports_out_s": out_s,
                    "first_port": 32768, "last_port": 60999, "tcp_tw_reuse": 2,
                    "tcp_timestamps": 1}
        assert finding["evidence"] == {name: value for name, value in expected.items()
                                       if value is not None}
        assert finding["subject"] == "198.51.100.7:443"
        assert "tcp_tw_reuse to 1" in finding["advice"]


def test_ports_with_reuse(advise):
    row = dict(REMOTE, ports_used=100, ports_range=100)
    assert "tcp_tw_reuse" not in advise(tallies=[row], tcp_tw_reuse=1)[0]["advice"]
    assert "tcp_tw_reuse" in advise(tallies=[row], tcp_tw_reuse=1, tcp_timestamps=0)[0]["advice"]


@pytest.mark.parametrize("here,there,fires", [(100, 0, True), (99, 0, False), (100, 100, True),
                                              (100, 101, False)])
def test_closes_first(advise, here, there, fires):
    history = [passive(time_wait_end="expired")] * here + [passive()] * there
    found = advise(history=history + [life([(0, "syn_sent"), (9, "close")],
                                           time_wait_end="expired", local_port=443)] * 200)
    assert len(found) == fires
    if fires:
        finding = one(found, "closes_first")
        assert finding["subject"] == "port 443"
        assert finding["evidence"] == {"connections": here + there, "time_wait_here": here}


def waiting(state, us, **more):
    return life([(0, "established"), (10, state)], end=us, state=state, outcome="open", **more)


def test_fin_wait2(advise):
    long = waiting("fin_wait2", 60000011)
    elsewhere = dict(long, remote_addr="198.51.100.9")
    live = [elsewhere] * 20 + [long] * 30 + [waiting("fin_wait2", 60000010)]
    assert advise(live=live[1:]) == []
    finding = one(advise(live=live), "fin_wait2")
    assert finding["subject"] == "198.51.100.7"
    assert finding["evidence"] == {"connections": 50, "of_this_address": 30, "tcp_fin_timeout": 60}


def test_close_wait(advise):
    long = waiting("close_wait", 70000000, role="passive", local_port=443, pid=77, comm="nginx")
    live = [long, dict(long, pid=78), dict(long, local_port=444)] * 49
    assert advise(live=live + [waiting("close_wait", 60000000, role="passive", local_port=443,
                                       pid=77, comm="nginx")]) == []
    finding = one(advise(live=live + [dict(long, remote_addr="198.51.100.9")]), "close_wait")
    assert finding["subject"] == "nginx, pid 77, port 443"
    assert finding["evidence"] == {"connections": 50}


@pytest.mark.parametrize("owner,subject", [
    ({}, "unknown process"), ({"pid": 5}, "?, pid 5"),
    ({"pid": 5, "comm": b"a\x1b\0"}, "a\\x1b, pid 5")])
def test_close_wait_of_clients(advise, owner, subject):
    live = [waiting("close_wait", 70000000, local_port=40000 + i, **owner) for i in range(50)]
    assert one(advise(live=live), "close_wait")["subject"] == subject


@pytest.mark.parametrize("again,begun,fires", [(100, 2000, True), (99, 100, False),
                                               (100, 2001, False), (100, 0, False),
                                               (2 ** 64 - 1, 2 ** 64 - 1, True)])
def test_synack_retransmits(advise, again, begun, fires):
    found = advise(summary={"synack_retransmits": again, "half_open_begun": begun})
    assert len(found) == fires
    if fires:
        finding = one(found, "synack_retransmits")
        assert "Since load" in finding["finding"]
        assert finding["evidence"] == {"synack_retransmits": min(again, 2 ** 53 - 1),
                                       "half_open_begun": min(begun, 2 ** 53 - 1),
                                       "tcp_synack_retries": 5}


@pytest.mark.parametrize("outcome", ["reset_remote", "reset_local", "data_after_close", "refused",
                                     "not_accepted", "retransmit_timeout"])
def test_resets(advise, outcome):
    bad, good = passive(outcome=outcome), passive()
    assert advise(history=[bad] * 49) == []
    assert advise(history=[bad] * 50 + [good] * 451) == []
    found = advise(history=[bad] * 50 + [good] * 450)
    if outcome == "retransmit_timeout":
        assert found == []
        return
    finding = one(found, "resets")
    assert finding["subject"] == outcome
    assert finding["evidence"] == {outcome: 50, "history": 500}
    assert "tcplifectl history --outcome %s " % outcome in finding["advice"]


def test_settings_are_optional(advise):
    nothing = {name.split("/")[-1]: None for name in SETTINGS}
    finding = one(advise(listeners=[dict(LISTENER, dropped_syn_queue=1)], **nothing), "syn_queue")
    assert list(finding["evidence"]) == ["dropped_syn_queue", "dropped_other", "cookies_sent",
                                         "syn_queue_peak", "syn_queue_limit"]
    assert "net.core.somaxconn, which limits it" in finding["advice"]


@pytest.mark.parametrize("payload", [b"", b"net/ipv4/tcp_syncookies",
                                     b"net/ipv4/tcp_syncookies\0", b"x" * 500,
                                     b"net/ipv4/tcp_syncookies\0" + b"9" * 500])
def test_hostile_settings(tcplifectl, payload):
    """What is no setting is passed over, and no text is longer than there is room for."""
    rec = machine(tcp_syncookies=None)
    rec.add(nlmsg(NLMSG_NOOP, 0, 0, payload))
    tcplifectl("advise", rec=rec)
    assert "and settings (10)" in tcplifectl.out


def test_only_a_setting_is_a_setting(tcplifectl):
    rec = machine(tcp_syncookies=None)
    rec.add(nlmsg(NLMSG_OVERRUN, 0, 0, b"net/ipv4/tcp_syncookies\0" + b"1\0"))
    tcplifectl("advise", rec=rec)
    assert "and settings (10)" in tcplifectl.out


def test_refused(tcplifectl):
    tcplifectl("advise", rec=Recording().summary({}, error=EPERM), code=4)
    rec = Recording().summary({"live": 1}).listeners([], error=EPERM)
    tcplifectl("advise", rec=rec, code=4)


def test_wrong_length(tcplifectl):
    rec = machine(listeners=[dict(LISTENER, handshake=b"123")])
    tcplifectl("advise", rec=rec, code=1)
    assert "makes no sense" in tcplifectl.err


def test_full_disk(tcplifectl):
    with open("/dev/full", "w", encoding="utf-8") as full:
        path = machine().save(tcplifectl.directory / "recording")
        result = subprocess.run([PROGRAM, "advise", "--replay", path], stdout=full, env=LOCALE,
                                stderr=subprocess.PIPE, check=False)
    assert result.returncode == 1 and b"No space left on device" in result.stderr
