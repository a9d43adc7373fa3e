# SPDX-License-Identifier: GPL-2.0
"""tcplifectl advise finds what is wrong on real sockets, and its recording too."""
import json
import pathlib

import jsonschema

import ends

SCHEMA = json.loads((pathlib.Path(__file__).parents[3] /
                     "docs/json-schema/finding.json").read_text("utf-8"))
MANY = 50           # connections that wait too long
PORTS = 12          # local ports that a client may use


def _advise(host, rule, subject, *words):
    """The evidence of the finding of a rule about a subject, or None."""
    found = []
    for line in host.run("tcplifectl", "advise", "--json", *words).splitlines():
        finding = json.loads(line)
        jsonschema.validate(finding, SCHEMA)
        if (finding["rule"], finding["subject"]) == (rule, subject):
            found.append(finding["evidence"])
    assert len(found) < 2, found
    return found[0] if found else None


def _name(address, port):
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def test_accept_queue(link, family):
    """A backlog of one, and nobody accepts."""
    listener = ends.listen(link.server, family, backlog=1)
    address, port = listener.getsockname()[:2]
    callers = [link.client.socket(family) for _ in range(6)]
    for caller in callers:
        caller.setblocking(False)
        caller.connect_ex((address, port))
    ends.settle(1)
    evidence = _advise(link.server, "accept_queue", _name(address, port))
    assert evidence["accept_queue"] == evidence["accept_queue_peak"] == 2
    assert evidence["accept_queue_limit"] == 1 and evidence["accepted"] == 0
    assert evidence["overflowed"] + evidence["dropped_accept_queue"] >= 4
    for caller in callers:
        caller.close()
    listener.close()
    ends.settle(1)
    assert _advise(link.server, "accept_queue", _name(address, port)) is None


def test_who_does_not_close(link, family):
    """The client closes its side, and the server does not."""
    listener = ends.listen(link.server, family, backlog=MANY)
    address, port = listener.getsockname()[:2]
    connections = [ends.connect(link, family, listener=listener)
                   for _ in range(MANY)]
    for connection in connections:
        connection.client.shutdown()
    subject = f"python3, pid {_pid()}, port {port}"
    assert _advise(link.server, "close_wait", subject) is None
    ends.settle(65)
    assert _advise(link.server, "close_wait", subject) == {"connections": MANY}
    evidence = _advise(link.client, "fin_wait2", address)
    assert evidence["connections"] == evidence["of_this_address"] == MANY
    for connection in connections:
        connection.close()
    assert _advise(link.server, "close_wait", subject) is None


def _pid():
    return int(pathlib.Path("/proc/self").resolve().name)


def test_ports_run_out(link, family, tmp_path):
    """And a recording has what was found, settings among it."""
    listener = ends.listen(link.server, family)
    address, port = listener.getsockname()[:2]
    kept = tmp_path / "recording"
    with link.client.sysctls(ip_local_port_range=f"50000 {49999 + PORTS}"):
        for _ in range(PORTS * 3 // 4):
            connection = ends.connect(link, family, listener=listener)
            connection.client.close()
            connection.server.close()
        evidence = _advise(link.client, "ports_running_out",
                           _name(address, port), "--record", kept)
    assert evidence["ports_used"] == PORTS * 3 // 4
    assert evidence["ports_range"] == PORTS
    assert (evidence["first_port"], evidence["last_port"]) == (50000, 49999 + PORTS)
    assert _advise(link.client, "ports_running_out", _name(address, port),
                   "--replay", kept) == evidence
    now = _advise(link.client, "ports_running_out", _name(address, port))
    assert now is None or now["ports_range"] != PORTS
    listener.close()
    ends.settle(65)
