# SPDX-License-Identifier: GPL-2.0
"""Typical lives, as the module would tell them."""

OPENED = 1767323045000006789     # 2026-01-02T03:04:05.000006789Z

BASE = {
    "id": 4097, "netns": 4026531840, "family": 4,
    "local_addr": "192.0.2.1", "local_port": 45678,
    "remote_addr": "198.51.100.7", "remote_port": 443,
    "role": "active", "state": "close", "outcome": "closed", "closer": "local",
    "time_wait_end": "none", "opened_at": OPENED, "duration_us": 0,
    "syn_retransmits": 0, "synack_retransmits": 0, "retransmits": 0,
    "owner": "unknown", "flags": [], "timeline_omitted": 0,
}

OWNER = {"owner": "connect", "pid": 1234, "comm": "curl", "uid": 1000, "cgroup": 5678}

SAMPLE = {
    "bytes_sent": 1234, "bytes_received": 5678901, "segments_sent": 2345,
    "segments_received": 3950, "cc": "cubic", "cwnd": 10, "srtt_us": 12345,
    "min_rtt_us": 11000,
    "congestion": {"open": 90000, "recovery": 12000},
}

STATE_WORDS = ("established", "syn_sent", "syn_recv", "fin_wait1", "fin_wait2", "time_wait",
               "close", "close_wait", "last_ack", "listen", "closing")


def times(timeline, end):
    """Time in each state, as the module sums it up."""
    spent, state, since = {}, "none", 0
    for us, event in timeline:
        if event not in STATE_WORDS:
            continue
        spent[state] = spent.get(state, 0) + us - since
        state, since = event, us
    if state != "close":
        spent[state] = spent.get(state, 0) + end - since
    return spent


def life(timeline, end=None, **more):
    """A life with this timeline; all else as in BASE unless given."""
    end = timeline[-1][0] if end is None else end
    values = dict(BASE, duration_us=end, timeline=timeline, states=times(timeline, end))
    values.update(more)
    return {name: value for name, value in values.items() if value is not None}


ACTIVE = life([(0, "syn_sent"), (12300, "established"), (1216300, "fin_wait1"),
               (1228700, "fin_wait2"), (1229000, "time_wait")], end=1230000,
              state="time_wait", handshake_us=12300, isn_local=305419896,
              isn_remote=2596069104, seq=1, **OWNER, **SAMPLE)

ACTIVE_ENDED = life(ACTIVE["timeline"] + [(61229000, "close")], handshake_us=12300,
                    isn_local=305419896, isn_remote=2596069104, seq=2,
                    time_wait_end="expired", **OWNER, **SAMPLE)

# What its end adds to ACTIVE, to make it ACTIVE_ENDED.
ACTIVE_END = {**{name: ACTIVE_ENDED[name] for name in
                 ("id", "seq", "state", "time_wait_end", "duration_us", "timeline_omitted")},
              "first_seq": ACTIVE["seq"], "timeline": [(61229000, "close")]}

PASSIVE = life([(0, "syn_recv"), (1200, "established"), (1900, "accepted"),
                (51900, "close_wait"), (52100, "last_ack"), (53300, "close")],
               id=4098, role="passive", closer="remote", local_port=443, remote_port=51234,
               handshake_us=1200, isn_local=1, isn_remote=4294967295, seq=3,
               **dict(OWNER, owner="accept", comm="nginx", pid=77, uid=33), **SAMPLE)

SIMULTANEOUS_OPEN = life([(0, "syn_sent"), (500, "syn_recv"), (900, "established"),
                          (2000000, "rst_received"), (2000000, "close")],
                         id=4099, role="simultaneous", outcome="reset_remote", closer="remote",
                         handshake_us=900, flags=["rst_received"], seq=4, **OWNER)

SIMULTANEOUS_CLOSE = life([(0, "syn_sent"), (100, "established"), (200, "fin_wait1"),
                           (300, "closing"), (400, "time_wait"), (60000400, "close")],
                          id=4100, closer="both", handshake_us=100, time_wait_end="reopened",
                          previous_id=4090, next_id=4110, seq=5, **OWNER)

REFUSED = life([(0, "syn_sent"), (87, "rst_received"), (90, "close")], id=4101,
               outcome="refused", closer="remote", flags=["rst_received"], seq=6, **OWNER)

CONNECT_TIMEOUT = life([(0, "syn_sent"), (1024000, "syn_retransmit"), (3072000, "syn_retransmit"),
                        (7168000, "close")], id=4102, outcome="connect_timeout", closer="none",
                       syn_retransmits=2, seq=7, **OWNER)

HALF_OPEN = life([(0, "syn_recv"), (1016000, "synack_retransmit"), (3032000, "synack_retransmit"),
                  (7064000, "close")], id=4103, role="passive", local_port=443,
                 outcome="half_open_expired", closer="none", synack_retransmits=2, seq=8)

ADOPTED = life([(0, "adopted"), (0, "established"), (4000000, "retransmit")], end=9000000,
               id=4104, role="unknown", state="established", outcome="open", closer="unknown",
               opened_at=None, retransmits=3, flags=["adopted"])

COOKIE = life([(0, "syn_recv"), (10, "established"), (30, "rst_sent"), (30, "close")], id=4105,
              role="passive", outcome="reset_local", closer="local",
              flags=["cookie", "rst_sent", "unaccepted"], seq=9)

RECOVERED = life([(0, "adopted"), (0, "established"), (5000, "fin_wait1"), (9000, "close")],
                 id=4106, role="passive", outcome="retransmit_timeout", closer="local",
                 opened_at=None, flags=["recovered"], seq=10)

OVERFLOW = life([(0, "syn_sent"), (100, "established"), (200, "fin_wait1"), (300, "fin_wait2"),
                 (400, "close")], id=4107, time_wait_end="overflow", seq=11, handshake_us=100)

IPV6 = life([(0, "syn_sent"), (2000, "established"), (5000, "fin_wait1"), (6000, "late_data"),
             (6001, "rst_sent"), (6002, "close")], id=18446744073709551615, family=6,
            local_addr="2001:db8:85a3:1234:5678:8a2e:1370:7334",
            remote_addr="2001:db8:ffff:eeee:dddd:cccc:bbbb:aaaa", outcome="data_after_close",
            flags=["fastopen", "rst_sent"], seq=12, handshake_us=2000,
            **dict(OWNER, comm=b"\xc3\xa9\xff\x1b[31m\"\\\0"))

LIVE_HALF_OPEN = life([(0, "syn_recv"), (1016000, "synack_retransmit")], end=1500000, id=4108,
                      role="passive", state="syn_recv", outcome="open", closer="unknown",
                      local_port=443, synack_retransmits=1, synacks_sent=2,
                      expires_us=3500000, listener_id=12, isn_local=7, isn_remote=4294967295)

LIVE_NEW = life([(0, "syn_sent")], end=1000, id=4109, state="syn_sent", outcome="open",
                closer="unknown", local_port=None)

ALL = {name.lower(): value for name, value in list(globals().items())
       if isinstance(value, dict) and "timeline" in value and "role" in value}

HOOKS = [
    {"name": "inet_sock_set_state", "kind": "tracepoint", "required": 1, "status": "armed",
     "missed": 0, "feature": "states"},
    {"name": "tcp_time_wait", "kind": "kprobe", "required": 0, "status": "armed",
     "missed": 0, "feature": "TIME_WAIT"},
]
