# SPDX-License-Identifier: GPL-2.0
"""Holding a life against what was on the wire.

Each state and event of a timeline is put down to one segment, by RFC 9293's
rules and not by the module's: what sent it or arrived with it must have the
same time.
"""
import kernel
import wire
from wire import ACK, FIN, RST, SYN

# From a segment on the wire to the hook; on a debug kernel what lies between
# takes up to 1,100 us, and with PREEMPT_RT 5,300 have been seen.
TOLERANCE_US = 1000
if kernel.IS_DEBUG:
    TOLERANCE_US = 10_000 if kernel.IS_RT else 5000


def _acknowledges(segments, number):
    """The first segment that acknowledges all before a sequence number."""
    return next((s for s in segments if s.has(ACK) and
                 not wire.after(number, s.ack)), None)


def _our_fin_acknowledged(flow):
    fin = wire.first(flow.sent, FIN)
    return fin and _acknowledges(flow.received, fin.end())


def _established(flow, role):
    if role == "passive" or role == "simultaneous" and kernel.IS_5_10:
        return wire.first(flow.received, ACK, without=SYN | RST)
    syn = wire.first(flow.sent, SYN)
    return _acknowledges(flow.received, syn.end())


def _time_wait(flow):
    """What completes the closing: the peer's FIN or the ACK of ours."""
    fin, ack = wire.first(flow.received, FIN), _our_fin_acknowledged(flow)
    return max((fin, ack), key=lambda s: s.time_us) if fin and ack else None


def _half_open(flow, role):
    """SYN_RECV: our SYN-ACK, or the peer's SYN that crossed ours."""
    segments = flow.sent if role == "passive" else flow.received
    return wire.first(segments, SYN)


CAUSES = {
    "syn_sent": lambda flow, role: wire.first(flow.sent, SYN),
    "syn_recv": _half_open,
    "established": _established,
    "fin_wait1": lambda flow, role: wire.first(flow.sent, FIN),
    "fin_wait2": lambda flow, role: _our_fin_acknowledged(flow),
    "time_wait": lambda flow, role: _time_wait(flow),
    "close_wait": lambda flow, role: wire.first(flow.received, FIN),
    "last_ack": lambda flow, role: wire.first(flow.sent, FIN),
    "closing": lambda flow, role: wire.first(flow.received, FIN),
    "rst_sent": lambda flow, role: wire.first(flow.sent, RST),
    "rst_received": lambda flow, role: wire.first(flow.received, RST),
}


def _same_time(life, name, told_us, segment):
    assert segment, f"{name}: no such segment\n{life}"
    difference = told_us - segment.time_us
    assert abs(difference) < TOLERANCE_US, \
        f"{name} is {difference:.0f} us off the wire: {segment}\n{life}"


def times(life, flow):
    """Every event with a segment of its own has that segment's time."""
    for us, event in life.timeline:
        if event in CAUSES and life.times(event)[0] == life.opened_at_us + us:
            _same_time(life, event, life.opened_at_us + us,
                       CAUSES[event](flow, life.role))
    repeated = wire.repeated(flow.sent)
    kinds = {
        "syn_retransmit": [s for s in repeated if s.has(SYN) and
                           not s.has(ACK)],
        "synack_retransmit": [s for s in repeated if s.has(SYN | ACK)],
        "retransmit": [s for s in repeated if not s.has(SYN)][:1],
    }
    for event, segments in kinds.items():
        for told_us, segment in zip(life.times(event), segments):
            _same_time(life, event, told_us, segment)


def numbers(life, flow):
    """Initial sequence numbers and retransmissions are those on the wire."""
    assert life.isn_local == wire.isn(flow.sent), life
    assert life.isn_remote == wire.isn(flow.received), life
    repeated = wire.repeated(flow.sent)
    counts = {
        "syn_retransmits": sum(s.has(SYN) and not s.has(ACK)
                               for s in repeated),
        "synack_retransmits": sum(s.has(SYN | ACK) for s in repeated),
        "retransmits": sum(not s.has(SYN) for s in repeated),
    }
    for name, count in counts.items():
        assert getattr(life, name) == count, f"{name}: {count}\n{life}\n{flow}"


def resets(life, flow):
    """RSTs are flagged and timed if, and only if, they were on the wire."""
    sent = wire.first(flow.sent, RST)
    received = wire.first(flow.received, RST)
    assert ("rst_sent" in life.flags) == bool(sent), f"{life}\n{flow}"
    assert ("rst_received" in life.flags) == bool(received), f"{life}\n{flow}"


def closer(life, flow):
    """The first FIN or RST on the wire is the closer's."""
    assert life.closer == wire.first_closer(flow), f"{life}\n{flow}"


def figures(life, flow):
    """Bytes are those on the wire, each counted once and no FIN among them."""
    assert life.bytes_sent == wire.payload_bytes(flow.sent), life
    assert life.bytes_received == wire.payload_bytes(flow.received), life


def all_of(life, flow):
    """Everything that must agree for a connection that was closed."""
    numbers(life, flow)
    times(life, flow)
    resets(life, flow)
    closer(life, flow)
    figures(life, flow)
