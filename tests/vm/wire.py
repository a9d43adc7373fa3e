# SPDX-License-Identifier: GPL-2.0
"""What was on the wire: the independent witness of every test.

A packet socket on a host's device keeps each frame with the kernel's time
stamp until somebody looks, so nothing runs while a connection does.
"""
import dataclasses
import functools
import socket
import struct
import time

ETH_P_ALL = 3
SO_RCVBUFFORCE = 33
SO_TIMESTAMPNS = 35
OUTGOING = 4        # sll_pkttype of what this host sent
BUFFER_BYTES = 64 << 20
HEADERS = 128       # bytes of a frame that are looked at

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
SEQUENCES = 1 << 32


def after(a, b):
    """Does sequence number A come after B?"""
    return 0 < (a - b) % SEQUENCES < SEQUENCES // 2


@dataclasses.dataclass
class Segment:
    """One TCP segment, and when it passed the device."""
    time_us: float
    source: tuple
    target: tuple
    seq: int
    ack: int
    flags: int
    payload: int

    def has(self, flags):
        """Does it have all these flags?"""
        return self.flags & flags == flags

    def end(self):
        """The sequence number that follows it."""
        return (self.seq + self.payload + self.has(SYN) +
                self.has(FIN)) % SEQUENCES

    def __str__(self):
        flags = "".join(letter for letter, bit in zip("FSRP.", (1, 2, 4, 8, 16))
                        if self.flags & bit)
        return (f"{self.time_us:.0f} {self.source[0]}:{self.source[1]} > "
                f"{self.target[0]}:{self.target[1]} [{flags}] seq {self.seq} "
                f"ack {self.ack} len {self.payload}")


def _split_ip(frame):
    """Source, target, TCP header and its size with payload, or None."""
    if frame[12:14] == b"\x08\x00" and frame[23] == socket.IPPROTO_TCP:
        head = (frame[14] & 15) * 4
        size = int.from_bytes(frame[16:18], "big") - head
        family, source, target = socket.AF_INET, frame[26:30], frame[30:34]
    elif frame[12:14] == b"\x86\xdd" and frame[20] == socket.IPPROTO_TCP:
        head, size = 40, int.from_bytes(frame[18:20], "big")
        family, source, target = socket.AF_INET6, frame[22:38], frame[38:54]
    else:
        return None
    return (socket.inet_ntop(family, source), socket.inet_ntop(family, target),
            frame[14 + head:], size)


def _parse(time_us, frame):
    """The TCP segment in an Ethernet frame, or None."""
    parts = _split_ip(frame)
    if not parts:
        return None
    source, target, tcp, size = parts
    sport, dport, seq, ack, offset, flags = struct.unpack("!HHIIBB", tcp[:14])
    return Segment(time_us, (source, sport), (target, dport), seq, ack,
                   flags & 0x3f, size - (offset >> 4) * 4)


@functools.lru_cache(maxsize=None)
def _keep_stamping():
    """Have the kernel stamp frames from now on, for good.

    It begins to do so a moment after the first socket asked for it, and ends
    with the last; a frame without a stamp gets the time at which it is read.
    """
    asker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    asker.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    time.sleep(0.1)
    return asker


class Capture:
    """All TCP segments that pass a device, from now on."""

    def __init__(self, host, device="eth0"):
        _keep_stamping()
        self._all = []
        self._loopback = device == "lo"
        with host.inside():
            self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        self._socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE,
                                BUFFER_BYTES)
        self._socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self._socket.bind((device, ETH_P_ALL))
        self._socket.setblocking(False)

    def _take(self):
        try:
            frame, ancillary, _, address = self._socket.recvmsg(
                HEADERS, 128)
        except BlockingIOError:
            return False
        # Each frame is seen twice on lo, on its way out and in.
        if not self._loopback or address[2] == OUTGOING:
            seconds, ns = struct.unpack("qq", ancillary[0][2])
            segment = _parse(seconds * 10**6 + ns / 1000, frame)
            if segment:
                self._all.append(segment)
        return True

    def segments(self):
        """Everything so far, in the order of time."""
        while self._take():
            pass
        return self._all

    def flow(self, local, remote):
        """The segments of one connection, seen from its local end."""
        return Flow([s for s in self.segments()
                     if (s.source, s.target) in ((local, remote),
                                                 (remote, local))], local)

    def close(self):
        """Stop capturing."""
        self._socket.close()


class Flow:
    """One connection on the wire, as one of its ends sees it."""

    def __init__(self, segments, local):
        self.all, self.local = segments, local
        self.sent = [s for s in segments if s.source == local]
        self.received = [s for s in segments if s.source != local]

    def __str__(self):
        return "\n".join(map(str, self.all))

    def since(self, time_us):
        """The same from some time on, for a port pair that is used again."""
        return Flow([s for s in self.all if s.time_us >= time_us],
                    self.local)


def first(segments, flags, without=0):
    """The first segment that has some flags and none of others, or None."""
    return next((s for s in segments
                 if s.has(flags) and not s.flags & without), None)


def isn(segments):
    """The initial sequence number of the end that sent these, or None."""
    syn = first(segments, SYN)
    return syn.seq if syn else None


def repeated(segments):
    """Those whose data, SYN or FIN was sent before.

    A probe of keepalive or of a shut window has neither, so it is none; nor is
    the first SYN-ACK one, though it repeats the SYN that crossed the peer's.
    """
    edge, again, answered = None, [], False
    for s in segments:
        if s.end() == s.seq or s.has(RST):
            continue
        old = edge is not None and not after(s.end(), edge)
        if old and (answered or not s.has(SYN | ACK)):
            again.append(s)
        answered = answered or s.has(SYN | ACK)
        edge = edge if old else s.end()
    return again


def payload_bytes(segments):
    """How many bytes of data were sent, each counted once."""
    start = isn(segments)
    data = [s for s in segments if s.payload]
    if not data:
        return 0
    if start is None:
        start = data[0].seq - 1
    return max((s.seq + s.payload - start - 1 + s.has(SYN)) % SEQUENCES
               for s in data)


def first_closer(flow):
    """Who sent the first FIN or RST: "local", "remote" or None."""
    end = next((s for s in flow.all if s.flags & (FIN | RST)), None)
    if end is None:
        return None
    return "local" if end in flow.sent else "remote"


def _checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total & 0xffff) + (total >> 16)
    total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def _tcp(source, target, seq, ack, flags, payload, options=b"", window=65535):
    """A TCP segment with its checksum."""
    family = socket.AF_INET6 if ":" in source[0] else socket.AF_INET
    options += b"\0" * (-len(options) % 4)
    size = 20 + len(options)
    head = struct.pack("!HHIIBBHHH", source[1], target[1], seq % SEQUENCES,
                       ack % SEQUENCES, size // 4 << 4, flags, window, 0, 0)
    pseudo = (socket.inet_pton(family, source[0]) +
              socket.inet_pton(family, target[0]) +
              struct.pack("!HH", socket.IPPROTO_TCP,
                          size + len(payload)))
    total = _checksum(pseudo + head + options + payload)
    return head[:16] + struct.pack("!H", total) + head[18:] + options + payload


class Ghost:
    """A TCP end that no kernel knows: it does only what a test tells it.

    Its address is one of a network with nobody in it, so nothing answers in
    its place.  It speaks from the middle, and hears by the capture of the end
    it speaks to.
    """

    def __init__(self, link, family, source, target, capture):
        self.source, self.target = source, target
        self._capture = capture
        self.seq, self.ack = 0x10000000, 0
        self._family = family
        self._socket = link.middle.socket(family, socket.SOCK_RAW,
                                          socket.IPPROTO_RAW)

    def send(self, flags, payload=b"", seq=None, ack=None, **more):
        """Send one segment; SEQ and ACK are where it is if not given."""
        seq = self.seq if seq is None else seq
        tcp = _tcp(self.source, self.target, seq,
                   self.ack if ack is None else ack, flags, payload, **more)
        if self._family == 4:
            head = struct.pack(
                "!BBHHHBBH4s4s", 0x45, 0, 20 + len(tcp), 0, 0, 64,
                socket.IPPROTO_TCP, 0, socket.inet_aton(self.source[0]),
                socket.inet_aton(self.target[0]))
        else:
            head = struct.pack(
                "!IHBB16s16s", 6 << 28, len(tcp), socket.IPPROTO_TCP, 64,
                socket.inet_pton(socket.AF_INET6, self.source[0]),
                socket.inet_pton(socket.AF_INET6, self.target[0]))
        where = (self.target[0], 0) + ((0, 0) if self._family == 6 else ())
        self._socket.sendto(head + tcp, where)

    def heard(self):
        """What the other end sent to it so far."""
        return self._capture.flow(self.source, self.target).received

    def syn(self, **more):
        """Send a SYN, and take the answer for the peer's."""
        self.send(SYN, ack=0, **more)
        self.seq += 1
        for _ in range(20):     # softirqs may be left to ksoftirqd
            self.follow()
            if self.ack:
                break
            time.sleep(0.001)

    def follow(self):
        """Acknowledge from now on all that was heard."""
        heard = [s for s in self.heard() if not s.has(RST)]
        if heard:
            self.ack = max(heard, key=lambda s: s.time_us).end()

    def handshake(self):
        """Open a connection; a SYN and the ACK of the answer."""
        self.syn()
        self.send(ACK)

    def close(self):
        """Be gone."""
        self._socket.close()

