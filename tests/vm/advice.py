# SPDX-License-Identifier: GPL-2.0
"""What tcplifectl advise finds on a host."""
import json
import pathlib

import jsonschema

import kernel

SCHEMA = json.loads((pathlib.Path(__file__).parents[2] /
                     "docs/json-schema/finding.json").read_text("utf-8"))


def findings(host, *words):
    """All findings, by rule and subject."""
    found = {}
    for line in host.run("tcplifectl", "advise", "--json", *words).splitlines():
        finding = json.loads(line)
        jsonschema.validate(finding, SCHEMA)
        key = finding["rule"], finding["subject"]
        assert key not in found, key
        found[key] = finding
    return found


def find(host, rule, *words):
    """The one finding of a rule, or None."""
    found = [finding for (its, _), finding in findings(host, *words).items()
             if its == rule]
    assert len(found) < 2, found
    return found[0] if found else None


def evidence(host, rule, subject, *words):
    """The evidence of the finding of a rule about a subject, or None."""
    finding = findings(host, *words).get((rule, subject))
    return finding and finding["evidence"]


def name(sock):
    """The address and port of a listener, as findings name it."""
    address, port = sock.getsockname()[:2]
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


class Witness:
    """What the kernel counts on a host from now on, under nstat's names."""

    def __init__(self, host):
        self._host, self._before = host, kernel.nstat(host)

    def grown(self, counter):
        """By how much a counter grew."""
        return kernel.nstat(self._host)[counter] - self._before.get(counter, 0)
