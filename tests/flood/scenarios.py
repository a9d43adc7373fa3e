# SPDX-License-Identifier: GPL-2.0
"""The corpus: traffic that is a SYN flood, and traffic that is none.

Floods come from addresses that nobody has: what the server answers vanishes.
Innocent traffic is what servers meet every day and what looks like a flood to
who counts SYNs or half-open connections only.
"""
import dataclasses

ANYWHERE = {4: "0.0.0.0/0", 6: "2001:db8::/32"}
ONE = ("198.51.100.7",)
FEW = ("198.51.100.7", "203.0.113.9", "192.0.2.200")
PREFIX_24 = ("203.0.113.0/24",)
PREFIX_64 = ("2001:db8:0:1::/64",)


@dataclasses.dataclass(frozen=True)
class Scenario:
    """What happens, and what is to be said of it."""

    name: str
    what: str
    # the listening server
    family: int = 4
    at: str = ""                # where it listens; "": any address of family
    server: tuple = ()          # options of server
    sysctls: tuple = ()         # (name of net.ipv4, value) on the server
    # the way to the clients
    loss_percent: int = 0       # in each direction
    delay_ms: int = 0           # in each direction
    # good clients that come and go all the time
    background_per_s: int = 10
    background_addresses: int = 4
    # what goes on for so long: more clients, and SYNs
    seconds: int = 600
    short_seconds: int = 30
    clients: tuple = ()         # options of clients
    syns: tuple = ()            # options of synflood
    sources: tuple = ()         # the prefixes these come from
    from_client: bool = False   # their sender exists, and resets the answers
    # what is to be said
    spread: str = ""            # of a flood; "": it is none
    within_s: float = 0         # the flood is to be found, from its first SYN on
    port: int = 80              # the one that is flooded
    short: bool = False         # part of the short run

    @property
    def is_flood(self):
        """Is it one?"""
        return bool(self.spread)

    @property
    def listening_at(self):
        """The address that it listens at."""
        return self.at or {4: "0.0.0.0", 6: "::"}[self.family]

    @property
    def half_open_s(self):
        """How long a connection stays half-open, by tcp_synack_retries."""
        return 2 ** (dict(self.sysctls).get("tcp_synack_retries", 5) + 1) - 1


def _flood(name, what, rate=200, **given):
    values = {"spread": "random", "sources": (ANYWHERE[given.get("family", 4)],),
              "within_s": 1 if rate >= 200 or not rate else 10, "seconds": 20,
              "short_seconds": 20}
    values.update(given)
    values["syns"] = ("--rate", str(rate), *given.get("syns", ()))
    return Scenario(name, what, **values)


FLOODS = [
    _flood("random-20", "20 SYN/s from all over", rate=20, short=True),
    _flood("random-200", "200 SYN/s from all over", short=True),
    _flood("random-2000", "2,000 SYN/s from all over", rate=2000),
    _flood("random-most", "as many SYNs as the guest gives, from all over",
           rate=0, seconds=10, short_seconds=3),
    _flood("one", "200 SYN/s from one address", sources=ONE, spread="few",
           background_addresses=1),
    _flood("few", "200 SYN/s from 3 addresses", sources=FEW, spread="few",
           background_addresses=1, short=True),
    _flood("prefix", "200 SYN/s from one /24", sources=PREFIX_24,
           spread="prefix", short=True),
    _flood("ipv6", "200 SYN/s from all over a /32 of IPv6", family=6),
    _flood("ipv6-prefix", "200 SYN/s from one /64 of IPv6", family=6,
           sources=PREFIX_64, spread="prefix"),
    _flood("one-port-of-50", "200 SYN/s to one of 50 ports",
           server=("--ports", "8001-8050"), port=8017),
    _flood("pulsing", "200 SYN/s for 1 s, then none for 4 s, and so on",
           seconds=30, short_seconds=30, syns=("--pulse", "1000,4000")),
    # 20 SYN/s are reached after 6 s.
    _flood("ramp", "from 0 to 200 SYN/s in 60 s", syns=("--ramp", "60"),
           within_s=16, seconds=65, short_seconds=65),
    _flood("busy-20", "20 SYN/s beside 100 good connections a second", rate=20,
           background_per_s=100),
    _flood("busy-200", "200 SYN/s beside 100 good connections a second",
           background_per_s=100),
    # SYNs are dropped as the SYN queue is full, and in the other case before,
    # by what is reserved for known peers (tcp_max_syn_backlog).
    _flood("cookies-off", "200 SYN/s, no SYN cookies, backlog 64",
           sysctls=(("tcp_syncookies", 0),), server=("--backlog", "64")),
    _flood("cookies-off-256", "200 SYN/s, no SYN cookies, backlog 256",
           sysctls=(("tcp_syncookies", 0),), server=("--backlog", "256")),
    _flood("cookies-always", "200 SYN/s, each answered by a cookie",
           sysctls=(("tcp_syncookies", 2),)),
    _flood("backlog-16", "200 SYN/s, backlog 16", server=("--backlog", "16")),
    _flood("reuseport", "200 SYN/s to four sockets of one port",
           server=("--sockets", "4")),
    _flood("dual-stack", "200 SYN/s of IPv4 to a socket of IPv6", at="::",
           short=True),
    _flood("brief", "200 SYN/s, given up after 3 s",
           sysctls=(("tcp_synack_retries", 1),)),
]

INNOCENT = [
    Scenario("steady", "100 good connections a second", background_per_s=100,
             background_addresses=64),
    # A connection takes some 200,000 instructions: no ten minutes of it.
    Scenario("flash-crowd", "from 0 to all the connections the guest gives",
             seconds=60, short_seconds=3, short=True,
             clients=("--flying", "200", "--addresses", "4096")),
    Scenario("loss-30", "30 clients a second behind 20 % loss", loss_percent=20,
             clients=("--rate", "30", "--addresses", "64"), short=True),
    Scenario("loss-100", "100 clients a second behind 20 % loss",
             loss_percent=20, clients=("--rate", "100", "--addresses", "64")),
    Scenario("far-20", "20 clients a second 600 ms away, from one moment on",
             delay_ms=300, clients=("--rate", "20", "--addresses", "64")),
    Scenario("far-200", "200 clients a second 600 ms away, from one moment on",
             delay_ms=300, clients=("--rate", "200", "--addresses", "64"),
             short=True),
    Scenario("scan", "a port scan every ten seconds, 1,000 ports in one, "
             "which resets the answers",
             server=("--ports", "8001-8050"), port=8001, from_client=True,
             sources=("10.16.9.1",), short=True,
             syns=("--rate", "1000", "--ports", "7951-8950", "--in-turn",
                   "--pulse", "1000,9000")),
    Scenario("scan-half-open", "a port scan at 10 ports a second, which does "
             "not reset the answers",
             server=("--ports", "8001-8050"), port=8001, sources=ONE,
             syns=("--rate", "10", "--ports", "7951-8950", "--in-turn")),
    Scenario("health-checks", "50 half-open health checks a second from 2 "
             "addresses, SYN, SYN-ACK, RST",
             from_client=True, sources=("10.16.9.1", "10.16.9.2"),
             syns=("--rate", "50"), short=True),
    Scenario("broken-client", "one client that never completes, 5 SYNs a second "
             "and each again after 1, 3 and 7 s", sources=ONE,
             syns=("--rate", "5", "--retransmit")),
    Scenario("stalled", "the application accepts nothing any more, backlog 16, "
             "50 clients a second go on", background_per_s=50,
             background_addresses=64,
             server=("--backlog", "16", "--stall", "10")),
    Scenario("restart", "the service is down for 1 s every 10 s, 100 clients a "
             "second", background_per_s=100, background_addresses=64,
             server=("--restart", "10")),
    Scenario("deferred", "20 clients a second send after 2 s what a listener "
             "with TCP_DEFER_ACCEPT waits for", server=("--defer", "10"),
             clients=("--rate", "20", "--wait", "2", "--addresses", "64")),
]

ALL = {it.name: it for it in FLOODS + INNOCENT}
