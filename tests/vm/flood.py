# SPDX-License-Identifier: GPL-2.0
"""SYN floods, and what the module says of them, in one form from all sources."""
import contextlib
import datetime
import json
import pathlib
import subprocess

import jsonschema

import genl
import life

PROGRAM = pathlib.Path("/tmp/tl-synflood")
SOURCE = pathlib.Path(__file__).parents[1] / "flood/synflood.c"
SCHEMA = pathlib.Path(__file__).parents[2] / "docs/json-schema/flood.json"
# The schema uses nothing that the older draft does not have.
VALIDATOR = getattr(jsonschema, "Draft202012Validator",
                    jsonschema.Draft7Validator)(
                        json.loads(SCHEMA.read_text("utf-8")))
TO_SERVER = "02:00:00:00:02:01"

# All over two networks behind the middle with nobody in them.
ANYWHERE = {4: "10.9.0.0/16", 6: "fd00:9::/32"}
EXIT_FLOOD = 6

_WORDS = {"state", "previous_state", "local", "spread", "cookies", "advice"}
_UNKNOWN = {"spread": "unknown"}


def build():
    """Compile the program that sends SYNs, into memory."""
    if not PROGRAM.exists():
        subprocess.run(["gcc", "-O2", "-Wall", "-Wextra", "-Werror", "-static",
                        "-o", PROGRAM, SOURCE, "-lm"], check=True)


class Syns:
    """SYNs by nobody to an address and port of the server, from now on."""

    def __init__(self, link, family, target, seconds, rate=200, device="server",
                 mac=TO_SERVER, sources=None, seed=1):
        self._process = link.middle.start(
            PROGRAM, "--device", device, "--mac", mac, "--to", target[0],
            "--ports", str(target[1]), "--from",
            sources or ANYWHERE[family], "--rate", str(rate), "--seconds",
            str(seconds), "--seed", str(seed), text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def sending(self):
        """Is there more to come?"""
        return self._process.poll() is None

    def finish(self):
        """Wait for the last; what was sent, the times in microseconds."""
        out, text = self._process.communicate()
        assert self._process.returncode == 0, text
        told = json.loads(out)
        return {"syns": told["syns"], "sources": told["sources"],
                "first_us": told["first_ns"] // 1000,
                "last_us": told["last_ns"] // 1000}

    def stop(self):
        """Send no more."""
        self._process.kill()
        self._process.communicate()


@contextlib.contextmanager
def going_on(link, family, target, seconds=60, **options):
    """A flood for the time of the block."""
    syns = Syns(link, family, target, seconds, **options)
    try:
        yield syns
    finally:
        syns.stop()


def _source(text):
    where, syns = text.split("=")
    addr, length = where.split("/")
    return addr, int(length), int(syns)


def _cell(name, text):
    if name in _WORDS:
        return text
    if name == "completion_ratio":
        return round(float(text) * 1000)
    if name == "top_sources":
        return [_source(part) for part in text.split(",")]
    return int(text)


def _from_row(columns, line):
    """A row of /proc; the advice is many words, and the last."""
    cells = dict(zip(columns, line.split(" ", len(columns) - 1)))
    assert len(cells) == len(columns), line
    assert (cells.pop("row") == "alert") == (cells["seq"] != "-"), line
    for name in ("at", "since"):
        cells[name] = cells.pop(f"{name}_s").replace(".", "")
    return {name: _cell(name, text) for name, text in cells.items()
            if text != "-" and _UNKNOWN.get(name) != text}


def proc(host):
    """/proc/tcplife/flood: rows of the present, and alerts."""
    header, *lines = host.read(f"{life.PROC}flood").splitlines()
    rows = [_from_row(header.split(" "), line) for line in lines]
    alerts = [it for it in rows if "seq" in it]
    present = [it for it in rows if "seq" not in it]
    assert rows == present + alerts
    return present, alerts


def _endpoint(record):
    form = "[{}]:{}" if ":" in record["local_addr"] else "{}:{}"
    return form.format(record.pop("local_addr"), record.pop("local_port"))


def from_netlink(record, inum):
    """The same of the attributes that genl.Client decodes."""
    it = {name: value for name, value in record.items()
          if _UNKNOWN.get(name) != value}
    assert it.pop("netns") == inum
    assert it.pop("family") == (6 if ":" in it["local_addr"] else 4)
    it["local"] = _endpoint(it)
    for name in {"at", "since"} & set(it):
        it[name] //= 1000
    if "top_sources" in it:
        it["top_sources"] = [(s["addr"], s["prefix_len"], s["syns"])
                             for s in it["top_sources"]]
    return it


def netlink(host, spec):
    """flood-get and alert-get."""
    with host.inside():
        client = genl.Client(spec)
    present, alerts = client.floods(), client.alerts()
    client.close()
    return tuple([from_netlink(it, host.inum) for it in rows]
                 for rows in (present, alerts))


def from_json(line, inum):
    """The same of a line of tcplifectl flood --json."""
    record = json.loads(line)
    assert record.pop("version") == 1
    assert record.pop("netns") == inum
    assert record.pop("family") == ("ipv6" if ":" in record["local_addr"]
                                    else "ipv4")
    record["local"] = _endpoint(record)
    it = {name: value for name, value in record.items()
          if value not in (None, [])}
    for name in {"at", "since"} & set(it):
        when = datetime.datetime.fromisoformat(it[name].replace("Z", "+00:00"))
        since = when - datetime.datetime.fromtimestamp(0, datetime.timezone.utc)
        it[name] = since // datetime.timedelta(microseconds=1)
    if "seq" in it:
        it["seq"] = int(it["seq"])
    if "completion_ratio" in it:
        it["completion_ratio"] = round(it["completion_ratio"] * 1000)
    if "top_sources" in it:
        it["top_sources"] = [(s["addr"], s["prefix_len"], s["syns"])
                             for s in it["top_sources"]]
    return it


def reader(host):
    """tcplifectl flood, and tcplifectl flood --alerts."""
    lines = [host.run("tcplifectl", "flood", *words).splitlines()
             for words in (("--json",), ("--alerts", "--json"))]
    for line in lines[0] + lines[1]:
        VALIDATOR.validate(json.loads(line))
    return tuple([from_json(line, host.inum) for line in half]
                 for half in lines)


def agreed(host, spec, tries=8):
    """What all three say, which is the same; rows and alerts."""
    for _ in range(tries):
        first = proc(host)
        others = netlink(host, spec), reader(host)
        if proc(host) == first:
            for other in others:
                assert other == first
            return first
    raise AssertionError("it changes all the time")


def at(listener):
    """The address and port of a listening socket, as they are shown."""
    address, port = listener.getsockname()[:2]
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def row(host, listener):
    """What the detector says of a listening socket now, None if nothing."""
    found = [it for it in proc(host)[0] if it["local"] == at(listener)]
    assert len(found) <= 1
    return found[0] if found else None


def alerts_of(host, listener):
    """The alerts of a listening socket."""
    return [it for it in proc(host)[1] if it["local"] == at(listener)]


def state(host, listener):
    """The state of a listening socket."""
    it = row(host, listener)
    return it["state"] if it else "quiet"


def check(host):
    """The exit status of tcplifectl flood --check."""
    with host.inside():
        return subprocess.run(["tcplifectl", "flood", "--check"], check=False,
                              stdout=subprocess.DEVNULL).returncode


def run_of(alerts):
    """The states that alerts tell, which must follow from each other."""
    before = "quiet"
    for it in alerts:
        assert it["previous_state"] == before != it["state"], alerts
        before = it["state"]
    return [it["state"] for it in alerts]
