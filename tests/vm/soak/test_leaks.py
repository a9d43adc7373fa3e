# SPDX-License-Identifier: GPL-2.0
"""No memory of the kernel's, and no address, in anything that the module says.

At least AMOUNT records, by every netlink command, as events, as errors with their words,
and in every file, are looked through byte by byte: padding and reserved fields must be
zero, nothing may look like poison of freed or fresh memory, nothing like a pointer.
On a debug kernel memory is poisoned.
"""
import itertools
import re
import socket
import struct

import pytest

import ends
import flood
import genl
import kernel
import life
import soaking

AMOUNT = soaking.amount(200)
FILES = ("summary", "connections", "history", "listeners", "flood", "health",
         "halfopen", "timewait")
# SLUB's of freed, fresh and border memory, pages', the stack's, and what is not in use.
POISON = (0x6b, 0x5a, 0xa5, 0xbb, 0xcc, 0xaa, 0xfe)
RUN = 4
LEAST_POINTER = 0xffff8000 << 32
NO_POINTER = (1 << 64) - 1
HEX = re.compile(r"(?<![0-9a-fA-F:])(?:0x)?(?:[0-9a-f]{16}|ffff[89a-f][0-9a-f]{7,11})"
                 r"(?![0-9a-fA-F])")
DECIMAL = re.compile(r"\b\d{19,20}\b")
NETLINK_CAP_ACK = 10
SETS = {"life-get": "life", "summary-get": "summary", "hook-get": "hook",
        "listener-get": "listener", "flood-get": "flood", "alert-get": "flood",
        "tally-get": "tally"}
KPTR_RESTRICT = "/proc/sys/kernel/kptr_restrict"


def _check_bytes(data, what):
    for value in POISON:
        assert bytes([value]) * RUN not in data, (what, data)


def _check_text(text, what):
    """Words that a person reads; addresses of the network have colons in them."""
    assert not HEX.search(text), (what, HEX.search(text))
    for number in DECIMAL.findall(text):
        assert int(number) < LEAST_POINTER, (what, number)
    _check_bytes(text.encode(), what)


def _check_numbers(payload, what):
    """No pointer at any place where a number can be."""
    for at in range(0, len(payload) - 7, 4):
        number, = struct.unpack_from("<Q", payload, at)
        assert not LEAST_POINTER <= number < NO_POINTER, (what, payload)


class Looker:
    """Looks through messages, and knows what is nested in what."""

    def __init__(self, spec):
        self._spec, self.attributes = spec, 0

    def attribute_run(self, known, data, what):
        """Attributes, one behind the other, to the last byte."""
        while data:
            size, kind = struct.unpack_from("=HH", data)
            assert 4 <= size <= len(data), (what, data)
            aligned = (size + 3) & ~3
            payload, padding = data[4:size], data[size:aligned]
            assert not any(padding), (what, kind, padding)
            attribute = known[(kind & 0x3fff) - 1] if known else {"name": kind,
                                                                  "type": ""}
            where = f"{what} {attribute['name']}"
            self.attributes += 1
            if attribute["type"] == "nest":
                nested = self._spec.attributes[attribute["nested-attributes"]]
                self.attribute_run(nested, payload, where)
            else:
                _check_numbers(payload, where)
                if attribute["type"] == "string":
                    assert payload.endswith(b"\0") and b"\0" not in payload[:-1]
                    _check_text(payload[:-1].decode(), where)
            data = data[aligned:]

    def message(self, family, kind, payload, sets):
        """One message behind its header."""
        if kind != family:
            return
        command, version, reserved = struct.unpack_from("=BBH", payload)
        assert version == 1 and reserved == 0, payload[:4]
        name = sets[command]
        self.attribute_run(self._spec.attributes[name], payload[4:], name)


class Tap:
    """A netlink socket of which every byte is kept."""

    def __init__(self, sock):
        self._socket, self.heard = sock, []

    def recv(self, size):
        """What came, and keep it."""
        data = self._socket.recv(size)
        self.heard.append(data)
        return data

    def drain(self):
        """Take what was told, until nothing comes for a moment."""
        self._socket.settimeout(0.1)
        try:
            while True:
                self.recv(genl.RECEIVE_BYTES)
        except socket.timeout:      # TimeoutError from Python 3.10 on
            self._socket.settimeout(None)

    def __getattr__(self, name):
        return getattr(self._socket, name)


def _client(host, spec, whole_quotes=True):
    with host.inside():
        client = genl.Client(spec, receive_bytes=4 << 20)
    client.socket.setsockopt(genl.SOL_NETLINK, NETLINK_CAP_ACK, not whole_quotes)
    client.socket = Tap(client.socket)
    return client


def _look_through(client, looker):
    """All that a client heard; how many messages of the family."""
    sets = {number: SETS.get(name) for name, number in client.spec.commands.items()}
    sets[client.spec.commands["life-ntf"]] = "life"
    sets[client.spec.commands["life-end-ntf"]] = "life"
    sets[client.spec.commands["alert-ntf"]] = "flood"
    count = 0
    for data in client.socket.heard:
        _check_bytes(data, "a message")
        for kind, _, _, payload in genl.messages(data):
            looker.message(client.family, kind, payload, sets)
            count += kind == client.family
    client.socket.heard.clear()
    return count


def _connections(link, listener):
    """Some of each kind, half open and in TIME_WAIT too."""
    for family, how in itertools.product((4, 6), ("close", "reset", "server")):
        it = ends.connect(link, family)
        it.send("client", b"x" * 100)
        if how == "reset":
            it.client.reset()
        first, second = it.end("server" if how == "server" else "client")
        first.close()
        second.close()
        it.close()
    for port in (7, 9):
        caller = link.client.socket(4)
        with pytest.raises(ConnectionRefusedError):
            caller.connect((listener.getsockname()[0], port))
        caller.close()
    held = ends.connect(link, 4)
    return held


def _ask_everything(client):
    """Every command, and a dump of every scope and report."""
    for scope in client.spec.words("scope"):
        client.lives(scope)
    for report in client.spec.words("report"):
        client.tally(report)
    for request in (client.summary, client.hooks, client.listeners, client.floods,
                    client.alerts):
        request()
    shown = client.lives("live")
    if shown:
        client.life(shown[0]["id"])


def _refusals(client):
    """Every way to be refused; the answers quote the request, and that is ours."""
    scope, number = (client.spec.number("life", name) for name in ("scope", "id"))
    odd = [(command, payload, flags)
           for command in (*client.spec.commands.values(), 0, 200)
           for payload in (b"", bytes(1), bytes(3), struct.pack("=HHQ", 12, number, 1),
                           struct.pack("=HHI", 8, scope, 99),
                           struct.pack("=HHI", 7, scope, 1),
                           struct.pack("=HHQ", 12, 999, 0),
                           struct.pack("=HHQ", 40000, number, 0))
           for flags in (0, genl.NLM_F_DUMP)]
    refused = 0
    for command, payload, flags in odd:
        client.send(client.family, command, payload, flags)
        try:
            list(client.replies())
        except genl.Refused as error:
            refused += 1
            _check_text(error.strerror, "an error")
    return refused


def _files(host):
    """Every file's text; how many rows."""
    rows = 0
    for name in FILES:
        text = host.read(f"{life.PROC}{name}")
        _check_text(text, name)
        rows += text.count("\n")
    return rows


@pytest.mark.parametrize("restrict", [0, 2])
def test_leaks(link, spec, loads, restrict):
    """All of it, with kptr_restrict at either end of its range."""
    ends.settle(70)
    loads(history=200)
    with open(KPTR_RESTRICT, "w", encoding="ascii") as file:
        file.write(str(restrict))
    flood.build()
    looker = Looker(spec)
    both = link.client, link.server
    clients = [_client(host, spec, whole_quotes=bool(n % 2))
               for n, host in enumerate(2 * both)]
    for client in clients[2:]:
        client.join()
        client.join("alerts")
    listener = ends.listen(link.server, 4, backlog=64)
    records = rows = refused = turns = 0
    log = kernel.Log()
    while records < AMOUNT:
        held = _connections(link, listener)
        if not turns % 20:
            flood.Syns(link, 4, listener.getsockname(), 1).finish()
        for client, host in zip(clients, both):
            _ask_everything(client)
            refused += _refusals(client)
            rows += _files(host)
        for client in clients[2:]:
            client.socket.drain()
        records += sum(_look_through(client, looker) for client in clients)
        held.close()
        turns += 1
        for line in log.lines():
            if "tcplife: " in line:
                _check_text(line, "the log")
    assert refused and rows and looker.attributes > 10 * records
    print(f"{records} messages, {looker.attributes} attributes, {refused} refusals, "
          f"{rows} lines of text")
    for client in clients:
        client.close()
    listener.close()
    soaking.done(records, "records")
