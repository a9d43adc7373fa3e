# SPDX-License-Identifier: GPL-2.0
"""A generic netlink client made of docs/netlink/tcplife.yaml alone.

It shares no code with the module and the reader, so what it understands is
what the specification says.
"""
import os
import pathlib
import socket
import struct

import yaml

SPEC = pathlib.Path(__file__).parents[2] / "docs/netlink/tcplife.yaml"

NETLINK_GENERIC = 16
NLMSG_ERROR, NLMSG_DONE = 2, 3
NLM_F_REQUEST, NLM_F_MULTI, NLM_F_ACK, NLM_F_DUMP = 1, 2, 4, 0x300
NLM_F_CAPPED, NLM_F_ACK_TLVS = 0x100, 0x200
GENL_ID_CTRL, CTRL_CMD_GETFAMILY = 16, 3
CTRL_ATTR_FAMILY_ID, CTRL_ATTR_FAMILY_NAME, CTRL_ATTR_MCAST_GROUPS = 1, 2, 7
CTRL_ATTR_MCAST_GRP_NAME, CTRL_ATTR_MCAST_GRP_ID = 1, 2
SOL_NETLINK = 270
NETLINK_ADD_MEMBERSHIP, NETLINK_EXT_ACK = 1, 11
NLMSGERR_ATTR_MSG = 1
SO_RCVBUFFORCE = 33
RECEIVE_BYTES = 1 << 17


class Refused(OSError):
    """The kernel answered with an error; strerror is extack's, if any."""


class Spec:
    """The specification, read once."""

    def __init__(self):
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        text = yaml.load(SPEC.read_text(encoding="utf-8"), loader)
        self.definitions = {d["name"]: d for d in text["definitions"]}
        self.attributes = {s["name"]: s["attributes"]
                           for s in text["attribute-sets"]}
        # Numbers begin at 1 in both lists.
        self.commands = {o["name"]: n for n, o in
                         enumerate(text["operations"]["list"], 1)}
        self.groups = [g["name"] for g in text["mcast-groups"]["list"]]

    def words(self, name):
        """The names of an enum's or of flags' entries."""
        return [e["name"] for e in self.definitions[name]["entries"]]

    def number(self, attribute_set, name):
        """The number of an attribute."""
        return [a["name"] for a in self.attributes[attribute_set]].index(
            name) + 1

    def _struct(self, name, data):
        members = self.definitions[name]["members"]
        form = "=" + "".join({"u32": "I", "u64": "Q"}[m["type"]]
                             for m in members)
        names = [m["name"] for m in members]
        rows = [dict(zip(names, row)) for row in struct.iter_unpack(form, data)]
        for member in members:
            for row in rows:
                if "enum" in member:
                    words = self.words(member["enum"])
                    row[member["name"]] = words[row[member["name"]]]
        return rows

    def _number(self, attribute, data):
        number = int.from_bytes(data, "little")
        if attribute.get("enum-as-flags"):
            return [w for bit, w in enumerate(self.words(attribute["enum"]))
                    if number & 1 << bit]
        if "enum" in attribute:
            return self.words(attribute["enum"])[number]
        return number

    def value(self, attribute, data):
        """What an attribute says, in words where it has words."""
        if attribute["type"] == "string":
            return data.rstrip(b"\0").decode("ascii")
        if "struct" in attribute:
            rows = self._struct(attribute["struct"], data)
            return rows if "sub-type" in attribute else rows[0]
        if "display-hint" in attribute:
            family = socket.AF_INET if len(data) == 4 else socket.AF_INET6
            return socket.inet_ntop(family, data)
        if attribute["type"] != "binary":
            size = int(attribute["type"][1:]) // 8
            assert len(data) == size, attribute
            return self._number(attribute, data)
        return data

    def decode(self, attribute_set, data):
        """The attributes in DATA by name; what the spec lacks is an error."""
        known, values = self.attributes[attribute_set], {}
        for kind, payload in attributes(data):
            attribute = known[kind - 1]
            if attribute["type"] == "nest":     # one of a list
                values.setdefault(attribute["name"], []).append(
                    self.decode(attribute["nested-attributes"], payload))
            elif attribute["type"] != "pad":
                values[attribute["name"]] = self.value(attribute, payload)
        return values


def attributes(data):
    """The (number, payload) pairs in a run of attributes."""
    while len(data) >= 4:
        size, kind = struct.unpack("=HH", data[:4])
        assert 4 <= size <= len(data), data
        yield kind & 0x3fff, data[4:size]
        data = data[(size + 3) & ~3:]


def _attribute(kind, payload):
    size = 4 + len(payload)
    return struct.pack("=HH", size, kind) + payload + b"\0" * (-size % 4)


def messages(data):
    """The (type, flags, sequence number, payload) of each message in DATA."""
    while len(data) >= 16:
        size, kind, flags, seq, _ = struct.unpack("=IHHII", data[:16])
        assert 16 <= size <= len(data), data
        yield kind, flags, seq, data[16:size]
        data = data[(size + 3) & ~3:]


class Client:
    """One netlink socket that speaks the family."""

    def __init__(self, spec, receive_bytes=None):
        self.spec = spec
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW,
                                    NETLINK_GENERIC)
        self.socket.setsockopt(SOL_NETLINK, NETLINK_EXT_ACK, 1)
        if receive_bytes:
            self.socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE,
                                   receive_bytes)
        self.socket.bind((0, 0))
        self._seq, self._told = 0, []
        self.family, self.groups = self._resolve()

    def _resolve(self):
        """The family's number and those of its multicast groups by name."""
        name = _attribute(CTRL_ATTR_FAMILY_NAME, b"tcplife\0")
        self.send(GENL_ID_CTRL, CTRL_CMD_GETFAMILY, name, 0)
        reply = dict(attributes(next(self.replies())[4:]))
        groups = [dict(attributes(g)) for _, g in
                  attributes(reply[CTRL_ATTR_MCAST_GROUPS])]
        ids = {g[CTRL_ATTR_MCAST_GRP_NAME].rstrip(b"\0").decode():
               int.from_bytes(g[CTRL_ATTR_MCAST_GRP_ID], "little")
               for g in groups}
        assert sorted(ids) == sorted(self.spec.groups)
        return int.from_bytes(reply[CTRL_ATTR_FAMILY_ID], "little"), ids

    def send(self, family, command, payload=b"", flags=0):
        """Send one request."""
        self._seq += 1
        size = 20 + len(payload)
        self.socket.send(struct.pack("=IHHIIBBH", size, family,
                                     NLM_F_REQUEST | flags, self._seq, 0,
                                     command, 1, 0) + payload)

    def _raise(self, flags, payload):
        """Turn an error message into an exception; 0 is no error."""
        error = -struct.unpack("=i", payload[:4])[0]
        if not error:
            return
        text = os.strerror(error)
        if flags & NLM_F_ACK_TLVS:
            size = struct.unpack("=I", payload[4:8])[0]
            # The request is quoted at its own length; what follows is aligned.
            start = 20 if flags & NLM_F_CAPPED else (4 + size + 3) & ~3
            tlvs = dict(attributes(payload[start:]))
            if NLMSGERR_ATTR_MSG in tlvs:
                text = tlvs[NLMSGERR_ATTR_MSG].rstrip(b"\0").decode()
        raise Refused(error, text)

    def replies(self):
        """The payloads that answer the last request, to its end."""
        while True:
            for kind, flags, seq, payload in messages(
                    self.socket.recv(RECEIVE_BYTES)):
                if seq != self._seq:
                    self._told.append(payload)  # a notification has none
                    continue
                if kind == NLMSG_ERROR:
                    self._raise(flags, payload)
                    return
                if kind == NLMSG_DONE:
                    self._raise(flags, payload)
                    return
                yield payload
                if not flags & NLM_F_MULTI:
                    return

    def ask(self, command, attribute_set, dump=False, **values):
        """Send a request and return the decoded answers."""
        payload = b"".join(self.encode(attribute_set, name, value)
                           for name, value in values.items())
        self.send(self.family, self.spec.commands[command], payload,
                  NLM_F_DUMP if dump else 0)
        return [self.spec.decode(attribute_set, reply[4:])
                for reply in self.replies()]

    def encode(self, attribute_set, name, value):
        kind = self.spec.number(attribute_set, name)
        attribute = self.spec.attributes[attribute_set][kind - 1]
        if "enum" in attribute and isinstance(value, str):
            value = self.spec.words(attribute["enum"]).index(value)
        size = int(attribute["type"][1:]) // 8
        return _attribute(kind, value.to_bytes(size, "little"))

    def lives(self, scope):
        """All lives of a scope."""
        return self.ask("life-get", "life", dump=True, scope=scope)

    def life(self, number):
        """The live connection with this id."""
        return self.ask("life-get", "life", id=number)[0]

    def summary(self):
        """The totals."""
        return self.ask("summary-get", "summary")[0]

    def hooks(self):
        """The hooks."""
        return self.ask("hook-get", "hook", dump=True)

    def tally(self, report):
        """The rows of a report."""
        return self.ask("tally-get", "tally", dump=True, report=report)

    def listeners(self):
        """The listening sockets."""
        return self.ask("listener-get", "listener", dump=True)

    def floods(self):
        """What the detector of SYN floods says now."""
        return self.ask("flood-get", "flood", dump=True)

    def alerts(self):
        """What it told."""
        return self.ask("alert-get", "flood", dump=True)

    def join(self, group="lives"):
        """Join a multicast group."""
        self.socket.setsockopt(SOL_NETLINK, NETLINK_ADD_MEMBERSHIP,
                               self.groups[group])

    def told(self, timeout=1.0, attribute_set="life"):
        """The lives or alerts that were told, until none comes for that long."""
        told, self._told = self._told, []
        self.socket.settimeout(timeout)
        try:
            while True:
                told += [payload for *_, payload in messages(
                    self.socket.recv(RECEIVE_BYTES))]
        except socket.timeout:      # TimeoutError from Python 3.10 on
            self.socket.settimeout(None)
            return [self.spec.decode(attribute_set, p[4:]) for p in told]

    def close(self):
        """Close the socket."""
        self.socket.close()
