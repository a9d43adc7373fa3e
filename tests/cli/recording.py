# SPDX-License-Identifier: GPL-2.0
"""Netlink recordings for tests, encoded from the YAML spec.

A recording is what `tcplifectl --record` writes: netlink messages, requests
and all they brought, one after the other.  Nothing here knows a number of the
ABI; all of them come from docs/netlink/tcplife.yaml.
"""
import os
import socket
import struct

import yaml

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SPEC_PATH = os.path.join(ROOT, "docs/netlink/tcplife.yaml")

with open(SPEC_PATH, encoding="utf-8") as spec_file:
    SPEC = yaml.safe_load(spec_file)

NLMSG_NOOP, NLMSG_ERROR, NLMSG_DONE, NLMSG_OVERRUN = 1, 2, 3, 4
NLM_F_REQUEST, NLM_F_MULTI, NLM_F_ACK, NLM_F_DUMP_INTR = 1, 2, 4, 0x10
NLM_F_DUMP, NLM_F_CAPPED, NLM_F_ACK_TLVS = 0x300, 0x100, 0x200
GENL_ID_CTRL, CTRL_NEWFAMILY, CTRL_DELFAMILY, CTRL_GETFAMILY = 0x10, 1, 2, 3
FAMILY_ID, GROUP_ID = 0x2a, 0x1b
GROUPS = [group["name"] for group in SPEC["mcast-groups"]["list"]]
ENOENT, EPERM, EOPNOTSUPP = 2, 1, 95

DEFINITIONS = {d["name"]: d for d in SPEC["definitions"]}
SETS = {s["name"]: {a["name"]: (i + 1, a) for i, a in enumerate(s["attributes"])}
        for s in SPEC["attribute-sets"]}
COMMANDS = {op["name"]: i + 1 for i, op in enumerate(SPEC["operations"]["list"])}


def names(definition):
    """The words of an enum of the spec."""
    return [e["name"] for e in DEFINITIONS[definition]["entries"]]


def members(definition):
    """The members of a struct of the spec."""
    return [m["name"] for m in DEFINITIONS[definition]["members"]]


def number(definition, word):
    return names(definition).index(word) if isinstance(word, str) else word


def nlmsg(kind, flags, seq, payload):
    head = struct.pack("=IHHII", 16 + len(payload), kind, flags, seq, 0)
    return head + payload + bytes(-len(payload) % 4)


def genl(cmd, attrs, kind=FAMILY_ID, flags=0, seq=0):
    return nlmsg(kind, flags, seq, struct.pack("=BBH", cmd, 1, 0) + attrs)


def attr(number_, payload):
    return struct.pack("=HH", 4 + len(payload), number_) + payload + bytes(-len(payload) % 4)


def pack_times(struct_name, value):
    return b"".join(struct.pack("=Q", value.get(m, 0)) for m in members(struct_name))


def pack_timeline(value):
    return b"".join(struct.pack("=QII", us, number("event", event), 0) for us, event in value)


def pack_flags(value):
    return sum(1 << names("flag").index(word) for word in value)


def pack_value(info, value):
    """The payload of an attribute; bytes go in as they are."""
    if isinstance(value, bytes):
        return value
    kind = info["type"]
    if kind == "string":
        return value.encode() + b"\0"
    if kind == "nest":
        return attrs(info["nested-attributes"], value)
    if info.get("sub-type") == "u64":
        return struct.pack("=%dQ" % len(value), *value)
    if info.get("display-hint") == "ipv4-or-v6":
        return socket.inet_pton(socket.AF_INET6 if ":" in value else socket.AF_INET, value)
    if info.get("struct") == "timeline_entry":
        return pack_timeline(value)
    if "struct" in info:
        return pack_times(info["struct"], value)
    if info.get("enum-as-flags"):
        value = pack_flags(value)
    elif "enum" in info:
        value = number(info["enum"], value)
    return struct.pack("=" + {"u8": "B", "u16": "H", "u32": "I", "u64": "Q"}[kind], value)


def pack_attr(set_name, name, value):
    """An attribute, or several of them if it may come more than once."""
    ident, info = SETS[set_name][name]
    values = value if info.get("multi-attr") else [value]
    return b"".join(attr(ident, pack_value(info, one)) for one in values)


def attrs(set_name, values):
    return b"".join(pack_attr(set_name, name, value) for name, value in values.items()
                    if value is not None)


def done(seq, error=0):
    return nlmsg(NLMSG_DONE, NLM_F_MULTI, seq, struct.pack("=i", error))


def ack(seq, error=0, text=None):
    """NLMSG_ERROR, capped; with the kernel's words if there are any."""
    payload = struct.pack("=i", -error) + struct.pack("=IHHII", 16, FAMILY_ID, 0, seq, 0)
    flags = NLM_F_CAPPED
    if text:
        payload += attr(1, text.encode() + b"\0")
        flags |= NLM_F_ACK_TLVS
    return nlmsg(NLMSG_ERROR, flags, seq, payload)


def overrun():
    return nlmsg(NLMSG_OVERRUN, 0, 0, b"")


class Recording:
    """A recording, built up message by message."""

    def __init__(self, family=True, group=True):
        self.data = bytearray()     # it grows in place
        self.seq = 0
        if family is not None:
            self._family(family, group)

    def _family(self, known, group):
        name = SPEC["name"].encode() + b"\0"
        seq = self._ask(genl, CTRL_GETFAMILY, attr(2, name), kind=GENL_ID_CTRL,
                        flags=NLM_F_REQUEST | NLM_F_ACK)
        if not known:
            self.add(ack(seq, ENOENT))
            return
        groups = b"".join(
            attr(i + 1, attr(1, name_.encode() + b"\0") + attr(2, struct.pack("=I", GROUP_ID + i)))
            for i, name_ in enumerate(GROUPS if group is True else group or []))
        self.add(genl(CTRL_NEWFAMILY, attr(1, struct.pack("=H", FAMILY_ID)) + attr(2, name) +
                      (attr(7, groups) if group else b""), kind=GENL_ID_CTRL, seq=seq))
        self.add(ack(seq))

    def add(self, data):
        self.data += data
        return self

    def _ask(self, build, cmd, attrs_, **more):
        self.seq += 1
        self.add(build(cmd, attrs_, seq=self.seq, **more))
        return self.seq

    def dump(self, scope, lives, error=0, changed=False, text=None):
        """A dump of lives and its answer."""
        seq = self._ask(genl, COMMANDS["life-get"], attrs("life", {"scope": scope}),
                        flags=NLM_F_REQUEST | NLM_F_DUMP)
        if error:
            return self.add(ack(seq, error, text))
        flags = NLM_F_MULTI | (NLM_F_DUMP_INTR if changed else 0)
        for life in lives:
            self.add(genl(COMMANDS["life-get"], attrs("life", life), seq=seq, flags=flags))
        return self.add(done(seq))

    def all_dumps(self, live=(), history=(), half_open=()):
        """What the repair of a stream asks for."""
        self.dump("live", live)
        self.dump("history", history)
        return self.dump("half_open_history", half_open)

    def get(self, life_id, life=None, error=ENOENT, text=None):
        seq = self._ask(genl, COMMANDS["life-get"], attrs("life", {"id": life_id}),
                        flags=NLM_F_REQUEST | NLM_F_ACK)
        if life is None:
            return self.add(ack(seq, error, text))
        self.add(genl(COMMANDS["life-get"], attrs("life", life), seq=seq))
        return self.add(ack(seq))

    def summary(self, values, error=0, text=None):
        seq = self._ask(genl, COMMANDS["summary-get"], b"", flags=NLM_F_REQUEST | NLM_F_ACK)
        if error:
            return self.add(ack(seq, error, text))
        self.add(genl(COMMANDS["summary-get"], attrs("summary", values), seq=seq))
        return self.add(ack(seq))

    def hooks(self, hooks):
        seq = self._ask(genl, COMMANDS["hook-get"], b"", flags=NLM_F_REQUEST | NLM_F_DUMP)
        for hook in hooks:
            self.add(genl(COMMANDS["hook-get"], attrs("hook", hook), seq=seq, flags=NLM_F_MULTI))
        return self.add(done(seq))

    def rows(self, command, set_name, rows, error=0, **request):
        """A dump of anything but lives, and its answer."""
        seq = self._ask(genl, COMMANDS[command], attrs(set_name, request),
                        flags=NLM_F_REQUEST | NLM_F_DUMP)
        if error:
            return self.add(ack(seq, error))
        for row in rows:
            self.add(genl(COMMANDS[command], attrs(set_name, row), seq=seq, flags=NLM_F_MULTI))
        return self.add(done(seq))

    def listeners(self, rows, **more):
        return self.rows("listener-get", "listener", rows, **more)

    def floods(self, rows, **more):
        return self.rows("flood-get", "flood", rows, **more)

    def alerts(self, rows, **more):
        return self.rows("alert-get", "flood", rows, **more)

    def tallies(self, report, rows, **more):
        rows = [dict(row, report=report) for row in rows]
        return self.rows("tally-get", "tally", rows, report=report, **more)

    def setting(self, name, text):
        """A setting of the kernel, which no netlink reader looks at."""
        payload = name.encode() + b"\0" + str(text).encode() + b"\0"
        return self.add(nlmsg(NLMSG_NOOP, 0, 0, payload))

    def told(self, *lives):
        for life in lives:
            self.add(genl(COMMANDS["life-ntf"], attrs("life", life)))
        return self

    def ended(self, *lives):
        """What the ends of TIME_WAIT add to what was told."""
        for life in lives:
            self.add(genl(COMMANDS["life-end-ntf"], attrs("life", life)))
        return self

    def alerted(self, *alerts):
        for alert in alerts:
            self.add(genl(COMMANDS["alert-ntf"], attrs("flood", alert)))
        return self

    def overrun(self):
        return self.add(overrun())

    def unloaded(self):
        return self.add(genl(CTRL_DELFAMILY, attr(2, b"tcplife\0"), kind=GENL_ID_CTRL))

    def save(self, path):
        with open(path, "wb") as out:
            out.write(self.data)
        return str(path)


class Raw(Recording):
    """A raw recording, as `tcplifectl stream --write` makes it."""

    def __init__(self, magic=b"tcplife\0", byte_order=0x01020304, version=1, size=168,
                 began_ns=0, family=FAMILY_ID, boot_id=b"", module=b"", kernel=b""):
        super().__init__(family=None)
        self.add(struct.pack("=8sIHHQH6x40s32s64s", magic, byte_order, version, size, began_ns,
                             family, boot_id, module, kernel))

    def repair(self, lives, lull=True):
        """What was looked for at a loss, and found."""
        self.add(nlmsg(NLMSG_NOOP, 0, 0, b"repair\0" + (b"lull\0" if lull else b"busy\0")))
        for life in lives:
            self.add(genl(COMMANDS["life-get"], attrs("life", life)))
        return self
