# SPDX-License-Identifier: GPL-2.0
"""Typical listeners, floods, alerts and tallies, as the module would tell them."""
from lives import OPENED

LISTENER = {
    "id": 12, "netns": 4026531840, "family": 4, "local_addr": "0.0.0.0", "local_port": 443,
    "verdict": "fine", "opened_at": OPENED, "owner": "connect", "pid": 77, "comm": "nginx",
    "uid": 33, "cgroup": 2 ** 63, "syn_queue": 1, "syn_queue_peak": 12, "syn_queue_limit": 511,
    "accept_queue": 0, "accept_queue_peak": 7, "accept_queue_limit": 511, "syns": 1200,
    "synacks": 1190, "completed": 1180, "expired": 6, "reset": 3, "failed": 1,
    "accepted": 1175, "dropped_syn_queue": 0, "dropped_accept_queue": 0, "dropped_other": 0,
    "overflowed": 0, "cookies_sent": 0, "cookies_validated": 0, "cookies_failed": 0,
    "handshake": [0] * 10 + [1100, 80], "handshake_p50_us": 1023, "handshake_p99_us": 2047,
    "accept_wait": [5, 0, 1100, 75], "accept_wait_p50_us": 3, "accept_wait_p99_us": 7,
}

FULL = dict(LISTENER, id=13, verdict="accept_queue_full", accept_queue=512,
            accept_queue_peak=512, dropped_syn_queue=1, dropped_accept_queue=20,
            dropped_other=300, overflowed=44, cookies_sent=5, cookies_validated=4,
            cookies_failed=3)

CLOSED = {"id": 14, "netns": 4026531840, "family": 6, "local_addr": "::", "local_port": 8080,
          "verdict": "closed", "closed_us": 5000000, "owner": "unknown", "uid": 0,
          "syn_queue": 0, "accept_queue": 0}

FLOOD = {
    "netns": 4026531840, "family": 4, "local_addr": "192.0.2.1", "local_port": 443,
    "state": "flood", "since": OPENED, "syn_rate": 5000, "syn_rate_peak": 9000,
    "completion_ratio": 12, "syns": 120000, "half_open": 511, "half_open_limit": 511,
    "distinct_sources": 65000, "spread": "prefix",
    "top_sources": [{"addr": "198.51.100.0", "prefix_len": 24, "syns": 70000},
                    {"addr": "203.0.113.9", "prefix_len": 32, "syns": 900}],
    "cookies": "sending", "cookies_sent": 110000, "dropped": 0, "floods": 2,
    "advice": "Block the prefixes that stand out.",
}

QUIET = dict(FLOOD, local_port=80, state="quiet", syn_rate=0, half_open=0, top_sources=[],
             spread="unknown", completion_ratio=None, cookies="ready", advice=None)


def alert(seq, state, previous="quiet", **more):
    return dict(FLOOD, seq=seq, state=state, previous_state=previous,
                at=OPENED + seq * 10 ** 9, **more)


HALF_OPEN = [
    {"by": "total", "count": 12},
    {"by": "age", "age_from_s": 0, "age_to_s": 5, "count": 8},
    {"by": "age", "age_from_s": 5, "age_to_s": 10, "count": 0},
    {"by": "age", "age_from_s": 60, "count": 4},
    {"by": "listener", "family": 4, "addr": "192.0.2.1", "port": 443, "count": 12},
    {"by": "prefix", "family": 6, "addr": "2001:db8::", "prefix_len": 64, "count": 12},
]

TIME_WAIT_TOTAL = {
    "by": "total", "count": 1000, "fin_wait2": 5, "limit": 8192, "begun": 50000,
    "expired": 48000, "reused": 700, "reopened": 200, "reset": 100, "overflowed": 0,
    "begun_per_s": 20, "ended_per_s": 19, "reused_per_s": 1, "overflowed_per_s": 0,
}

REMOTE = {"by": "remote", "family": 4, "addr": "198.51.100.7", "port": 443, "count": 600,
          "ports_used": 7058, "ports_range": 28232, "ports_out_s": 900}

TIME_WAIT = [
    TIME_WAIT_TOTAL,
    {"by": "age", "age_from_s": 0, "age_to_s": 5, "count": 1000},
    {"by": "local_port", "port": 443, "count": 400},
    REMOTE,
    dict(REMOTE, addr="198.51.100.8", ports_used=28232, ports_out_s=None),
]
