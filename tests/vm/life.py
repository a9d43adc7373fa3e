# SPDX-License-Identifier: GPL-2.0
"""Lives as the module shows them, in one form whatever they are read from.

/proc/tcplife is what the tests go by.  Netlink and tcplifectl's JSON give the
same form, so that the three can be held against each other.
"""
import dataclasses
import datetime
import json
import re

from hosts import run

PROC = "/proc/tcplife/"


@dataclasses.dataclass
class Life:
    """One connection; None is unknown.  Names are the specification's."""
    id: int
    state: str
    role: str
    local: tuple
    remote: tuple
    opened_at_us: int
    duration_us: int
    handshake_us: int
    outcome: str
    closer: str
    time_wait_end: str
    syn_retransmits: int
    synack_retransmits: int
    retransmits: int
    isn_local: int
    isn_remote: int
    bytes_sent: int
    bytes_received: int
    segments_sent: int
    segments_received: int
    cc: str
    cwnd: int
    ssthresh: int
    srtt_us: int
    min_rtt_us: int
    owner: str
    pid: int
    comm: str
    uid: int
    cgroup: int
    flags: tuple
    states: dict
    timeline: list
    timeline_omitted: int
    previous_id: int
    next_id: int
    listener_id: int

    def __post_init__(self):
        reached.add(self.outcome)

    def at(self, event):
        """Wall-clock microseconds of the first EVENT, or None."""
        return next((self.opened_at_us + us for us, e in self.timeline
                     if e == event), None)

    def times(self, event):
        """Wall-clock microseconds of every EVENT."""
        return [self.opened_at_us + us for us, e in self.timeline
                if e == event]

    def path(self):
        """The states it went through, joined by blanks."""
        return " ".join(e for _, e in self.timeline if e in STATES)


STATES = ("established", "syn_sent", "syn_recv", "fin_wait1", "fin_wait2",
          "time_wait", "close", "close_wait", "last_ack", "closing")
OUTCOMES = ("open", "closed", "refused", "unreachable", "connect_timeout",
            "connect_aborted", "reset_remote", "reset_local",
            "data_after_close", "not_accepted", "retransmit_timeout",
            "zero_window_timeout", "keepalive_timeout", "fin_wait2_timeout",
            "orphan_killed", "killed", "half_open_expired", "half_open_reset",
            "half_open_unreachable", "half_open_dropped", "listener_closed",
            "netns_deleted", "missed", "stale_syn")

# All outcomes that any test has read.
reached = set()

_NUMBERS = {f.name for f in dataclasses.fields(Life) if f.type is int}


def _endpoint(text):
    """("ADDR", PORT) of "ADDR:PORT" or "[ADDR]:PORT"; the port may be "-"."""
    address, port = text.rsplit(":", 1)
    return address.strip("[]"), None if port == "-" else int(port)


def _pairs(text, separator):
    """The (a, b) of "aSEPb,aSEPb"."""
    return [] if text == "-" else [tuple(pair.split(separator))
                                   for pair in text.split(",")]


def _from_row(columns, row):
    """A life from a row of /proc."""
    assert len(row) == len(columns), f"{len(row)} columns: {row}"
    cell = dict(zip(columns, row))
    values = {}
    for name, text in cell.items():
        if name in _NUMBERS:
            values[name] = None if text == "-" else int(text)
        else:
            values[name] = None if text == "-" else text
    if values["comm"]:
        values["comm"] = re.sub(r"\\(\d{3})", lambda m: chr(int(m[1], 8)),
                                values["comm"])
    seconds = values.pop("opened_at_s")
    values["opened_at_us"] = seconds and int(seconds.replace(".", ""))
    values["local"] = _endpoint(cell["local"])
    values["remote"] = _endpoint(cell["remote"])
    values["flags"] = tuple((values["flags"] or "").split(",")
                            if values["flags"] else ())
    values["states"] = {name: int(us) for name, us in
                        _pairs(cell["states_us"], "=")}
    values["timeline"] = [(int(us), event) for us, event in
                          _pairs(cell["timeline_us"], ":")]
    del values["states_us"], values["timeline_us"]
    return Life(**values)


def _worked_out(record):
    """The time in each state, which a message that tells a life leaves out."""
    entered = [(entry["us"], entry["event"]) for entry in record["timeline"]
               if entry["event"] in STATES]
    left = [us for us, _ in entered[1:]] + [record["duration_us"]]
    states = dict.fromkeys(STATES, 0)
    for (us, state), end in zip(entered, left):
        states[state] += end - us
    return states


def _common(record, opened_at_us):
    """A life from a record that has the specification's names as keys."""
    values = {f.name: record.get(f.name) for f in dataclasses.fields(Life)}
    values["local"] = record["local_addr"], record.get("local_port")
    values["remote"] = record["remote_addr"], record["remote_port"]
    values["opened_at_us"] = opened_at_us
    values["flags"] = tuple(record["flags"])
    states = record.get("states") or _worked_out(record)
    values["states"] = {name: us for name, us in states.items() if us}
    values["timeline"] = [(e["us"], e["event"]) for e in record["timeline"]]
    return Life(**values)


def from_netlink(record):
    """A life from the attributes that genl.Client decodes."""
    unknown = {"role": "unknown", "closer": "unknown", "owner": "unknown",
               "time_wait_end": "none", "state": "none"}
    record = {name: None if unknown.get(name) == value else value
              for name, value in record.items()}
    opened_at = record.get("opened_at")
    return _common(record, opened_at and opened_at // 1000)


def from_json(text):
    """A life from a line of tcplifectl --json."""
    record = json.loads(text)
    record["id"] = int(record["id"])
    for name in ("cgroup", "previous_id", "next_id", "listener_id"):
        record[name] = record[name] and int(record[name])
    when = record["opened_at"]
    if when:
        since = datetime.datetime.fromisoformat(when.replace("Z", "+00:00")) \
            - datetime.datetime.fromtimestamp(0, datetime.timezone.utc)
        when = since // datetime.timedelta(microseconds=1)
    return _common(record, when)


def from_proc(text, keep=lambda row: True):
    """The lives in the text of /proc/tcplife/connections or history.

    KEEP picks rows by their text, as a long history takes long to take apart.
    """
    header, *rows = text.splitlines()
    columns = header.split(" ")
    return [check(_from_row(columns, row.split(" ")))
            for row in rows if keep(row)]


def check(life):
    """What holds for every life at any time."""
    assert sum(life.states.values()) == life.duration_us, life
    assert life.outcome in OUTCOMES, life
    times = [us for us, _ in life.timeline]
    assert times == sorted(times), life
    assert times[0] == 0 and times[-1] <= life.duration_us, life
    states = [e for _, e in life.timeline if e in STATES]
    assert states[-1] == life.state, life
    if life.state == "close":
        assert life.outcome != "open", life
        assert times[-1] == life.duration_us, life
    if life.closer == "none":
        assert life.outcome not in ("closed", "open"), life
    assert (life.opened_at_us is None) == ("adopted" in life.flags), life
    assert (life.owner is None) == (life.comm is None), life
    assert life.owner or (life.pid, life.uid, life.cgroup) == (None,) * 3, life
    return life


def _read(host, name):
    return host.read(f"{PROC}{name}")


def live(host, **pick):
    """The connections of a host that are not over."""
    return from_proc(_read(host, "connections"), **pick)


def history(host, **pick):
    """The connections of a host that are over, oldest first."""
    return from_proc(_read(host, "history"), **pick)


def reader(host, *words):
    """The lives that tcplifectl shows."""
    with host.inside():
        text = run("tcplifectl", *words, "--json")
    return [check(from_json(line)) for line in text.splitlines()]


def half_open_history(host, *words):
    """The half-open connections of a host that failed, oldest first."""
    return reader(host, "history", "--half-open", *words)


def by_id(host, number):
    """The lives of one socket, in the order of their ends."""
    def keep(row):
        return row.startswith(f"{number} ")
    return history(host, keep=keep) + live(host, keep=keep)


def the_life(host, number):
    """The one life of a socket."""
    found = by_id(host, number)
    assert len(found) == 1, f"id {number}: {len(found)} lives"
    return found[0]


def by_ports(host, local_port, remote_port):
    """The lives between two ports, in the order of their ends."""
    def keep(row):
        return f":{local_port} " in row and f":{remote_port} " in row
    found = history(host, keep=keep) + \
        half_open_history(host, "--port", str(remote_port)) + \
        live(host, keep=keep)
    return [life for life in found
            if (life.local[1], life.remote[1]) == (local_port, remote_port)]


def summary(host):
    """The totals of a host, which must balance at every moment."""
    words = dict(line.split(" ") for line in
                 _read(host, "summary").splitlines())
    version = words.pop("version")
    assert version
    totals = {name: int(value) for name, value in words.items()}
    balance(totals)
    return totals


LAWS = (
    (("opened", "adopted"), ("closed", "live", "lost")),
    (("half_open_begun",),
     ("half_open_established", "half_open_failed", "half_open")),
    (("time_wait_begun",), ("time_wait_ended", "time_wait")),
    (("events_told",), ("events_sent", "events_pending", "events_lost",
                       "events_unheard")),
    (("opened",), ("opened_active", "opened_passive")),
)


# What is told apart of a sum that may hold more: TIME_WAITs whose end was missed.
PARTS = (
    ("time_wait_ended", ("time_wait_expired", "time_wait_reused",
                         "time_wait_reopened", "time_wait_reset")),
)


def balance(totals):
    """Assert that the books balance."""
    for whole, parts in PARTS:
        assert sum(totals[n] for n in parts) <= totals[whole], \
            f"{whole}={totals[whole]}: " + \
            " ".join(f"{n}={totals[n]}" for n in parts)
    for left, right in LAWS:
        assert sum(totals[n] for n in left) == sum(totals[n] for n in right), \
            f"{' + '.join(left)} = {' + '.join(right)} does not hold: " + \
            " ".join(f"{n}={totals[n]}" for n in left + right)


def health(host):
    """The lines of health, as a dict, and the status of each hook."""
    values, hooks = {}, {}
    for line in _read(host, "health").splitlines():
        name, rest = line.split(" ", 1)
        if name == "hook":
            words = rest.split(" ")
            hooks[words[0]] = words[3]
        else:
            values[name] = rest
    return values, hooks
