# SPDX-License-Identifier: GPL-2.0
"""Tallies as the module shows them, and as `ss` has them to be."""
import collections
import ipaddress
import re

import genl
import kernel
import life
import wire

PREFIX_LEN = {4: 24, 6: 64}
TOP = 20

# Rows of /proc and netlink in one form: what is absent or "-" is left out.
_WORDS = {"by", "addr", "local", "remote"}


def _cell(name, text):
    return text if name in _WORDS else int(text)


def _rows(header, lines):
    """The rows of a table of /proc, each a dict."""
    columns = header.split(" ")
    rows = []
    for line in lines:
        cells = line.split(" ")
        assert len(cells) == len(columns), line
        rows.append({name: _cell(name, text) for name, text in
                     zip(columns, cells) if text != "-"})
    return rows


def timewait(host):
    """The rows of /proc/tcplife/timewait."""
    header, *lines = host.read(f"{life.PROC}timewait").splitlines()
    return _rows(header, lines)


def halfopen(host):
    """Both parts of /proc/tcplife/halfopen: connections, rows of the tally."""
    lines = host.read(f"{life.PROC}halfopen").splitlines()
    middle, = [n for n, line in enumerate(lines) if line.startswith("by ")]
    assert lines[0].startswith("id ")
    return (_rows(lines[0], lines[1:middle]),
            _rows(lines[middle], lines[middle + 1:]))


def netlink(host, spec, report):
    """The rows of tally-get, in the form of /proc."""
    with host.inside():
        client = genl.Client(spec)
    rows = client.tally(report)
    client.close()
    for row in rows:
        assert row.pop("report") == report
        family = row.pop("family", None)
        assert family == (row.get("addr") and
                          (6 if ":" in row["addr"] else 4)), row
    return rows


def total(rows):
    """The first row, which is the total."""
    first, = [row for row in rows if row["by"] == "total"]
    assert first is rows[0]
    return first


def ages(rows):
    """How many there are in each step of five seconds, from 0 on."""
    by_age = [row for row in rows if row["by"] == "age"]
    assert [row["age_from_s"] for row in by_age] == list(range(0, 65, 5))
    assert [row.get("age_to_s") for row in by_age] == \
        list(range(5, 65, 5)) + [None]
    return [row["count"] for row in by_age]


def counts(rows, by):
    """The rows by one thing: how many of each."""
    found = [row for row in rows if row["by"] == by]
    numbers = [row["count"] for row in found]
    assert numbers == sorted(numbers, reverse=True) and len(found) <= TOP
    return {_name(row): row["count"] for row in found}


def _name(row):
    if row["by"] == "prefix":
        return f"{row['addr']}/{row['prefix_len']}"
    if row["by"] == "local_port":
        return row["port"]
    return row["addr"], row["port"]


def prefix(address):
    """The /24 or /64 of an address, as a row by prefix is named here."""
    length = PREFIX_LEN[6 if ":" in address else 4]
    network = ipaddress.ip_network(f"{address}/{length}", strict=False)
    return f"{network.network_address}/{length}"


def shown(host, state):
    """`ss -tan state STATE`: the (local, remote) ends of each."""
    pairs = []
    for line in host.run("ss", "-tanHO", "state", state).splitlines():
        ends = [re.sub(r"[\[\]]|%\w+", "", word).rsplit(":", 1)
                for word in line.split()[2:4]]
        pairs.append(tuple((address.replace("::ffff:", "", 1), int(port))
                           for address, port in ends))
    return pairs


def agree_by(rows, by, names):
    """The rows by one thing are the most numerous of what ss shows."""
    theirs = collections.Counter(names)
    ours = counts(rows, by)
    assert all(theirs[name] == number for name, number in ours.items())
    assert sorted(ours.values()) == \
        sorted(sorted(theirs.values(), reverse=True)[:TOP])


def quiet(host, read, tries=5):
    """What READ returns, with nothing begun or ended as it was read.

    Together with it, how many timewait_socks the kernel counts then.
    """
    for _ in range(tries):
        before = life.summary(host), kernel.time_waits(host)
        value = read()
        if (life.summary(host), kernel.time_waits(host)) == before:
            return value, before[1]
    raise AssertionError("something begins or ends all the time")


def syn(link, family, source, target):
    """Send a SYN from where nobody is."""
    ghost = wire.Ghost(link, family, source, target, None)
    ghost.send(wire.SYN, ack=0)
    ghost.close()
