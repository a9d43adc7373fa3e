# SPDX-License-Identifier: GPL-2.0
"""Network namespaces that stand for hosts, and a link between two of them.

    client --- middle --- server

The middle is a namespace of its own that forwards: what is delayed or dropped
there was sent by one host and seen on its device, and did not reach the
other, as on a real path.  Two networks behind the middle have nobody in them:
what is sent to "ghost" addresses vanishes, what is sent to "unreachable" ones
is answered by an ICMP error.
"""
import contextlib
import ctypes
import os
import signal
import socket
import subprocess

_LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000

FAMILIES = {4: socket.AF_INET, 6: socket.AF_INET6}
LOOPBACK = {4: "127.0.0.1", 6: "::1"}
CLIENT = {4: "10.1.0.1", 6: "fd00:1::1"}
SERVER = {4: "10.2.0.1", 6: "fd00:2::1"}
GHOST = {4: "10.9.0.{}", 6: "fd00:9::{}"}
UNREACHABLE = {4: "10.8.0.{}", 6: "fd00:8::{}"}


def _call(function, *arguments):
    if function(*arguments):
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))


def setns(descriptor):
    """Move this thread into a network namespace."""
    _call(_LIBC.setns, descriptor, CLONE_NEWNET)


def unshare(what):
    """Move this process into new namespaces."""
    _call(_LIBC.unshare, what)


def run(*words, stdin=None):
    """Run a command that must succeed, and return what it writes."""
    done = subprocess.run(words, input=stdin, text=True, capture_output=True,
                          check=False)
    assert done.returncode == 0, f"{' '.join(words)}: {done.stderr}"
    return done.stdout


def stop(process):
    """End a process by the polite signal, and return its exit status."""
    process.send_signal(signal.SIGTERM)
    return process.wait(timeout=30)


class Host:
    """A network namespace; without a name the one this process began in."""

    def __init__(self, name=None):
        self.name = name
        if name:
            run("ip", "netns", "add", name)
        path = f"/run/netns/{name}" if name else "/proc/self/ns/net"
        self._namespace = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        self.inum = os.fstat(self._namespace).st_ino
        with self.inside():
            run("ip", "link", "set", "lo", "up")

    @contextlib.contextmanager
    def inside(self):
        """What this thread does in the block happens on this host."""
        before = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        setns(self._namespace)
        try:
            yield
        finally:
            setns(before)
            os.close(before)

    def run(self, *words, stdin=None):
        """Run a command on this host."""
        with self.inside():
            return run(*words, stdin=stdin)

    def start(self, *words, **options):
        """Start a command on this host and return its process."""
        with self.inside():
            return subprocess.Popen(words, **options)

    def read(self, path):
        """The text of a file that differs from namespace to namespace."""
        with self.inside(), open(path, encoding="ascii") as file:
            return file.read()

    def socket(self, family, kind=socket.SOCK_STREAM, protocol=0):
        """A socket of this host; it stays one wherever it is used."""
        with self.inside():
            return socket.socket(FAMILIES[family], kind, protocol)

    def get_sysctl(self, name):
        """The value of net.ipv4.NAME."""
        return self.read(f"/proc/sys/net/ipv4/{name}").strip()

    def set_sysctl(self, name, value):
        """Set net.ipv4.NAME for good."""
        with self.inside(), open(f"/proc/sys/net/ipv4/{name}", "w",
                                 encoding="ascii") as file:
            file.write(str(value))

    @contextlib.contextmanager
    def sysctls(self, **values):
        """Set some of net.ipv4.* for the time of the block."""
        before = {name: self.get_sysctl(name) for name in values}
        for name, value in values.items():
            self.set_sysctl(name, value)
        try:
            yield
        finally:
            for name, value in before.items():
                self.set_sysctl(name, value)

    def close(self):
        """Let go of the namespace; it goes away when its sockets are gone."""
        if self.name:
            run("ip", "netns", "del", self.name)
        os.close(self._namespace)


def _lan(prefix, far, number, address):
    """The commands, as words of ip, that link a host's eth0 to the middle."""
    host, middle = f"{prefix}-{far}", f"{prefix}-middle"
    here, there = f"02:00:00:00:0{number}:01", f"02:00:00:00:0{number}:fe"
    v4, v6 = f"10.{number}.0.254", f"fd00:{number}::fe"
    return [
        f"link add eth0 netns {host} address {here} type veth "
        f"peer name {far} netns {middle} address {there}",
        f"-netns {host} address add {address[4]}/24 dev eth0",
        f"-netns {host} address add {address[6]}/64 dev eth0 nodad",
        f"-netns {host} link set eth0 up",
        f"-netns {middle} address add {v4}/24 dev {far}",
        f"-netns {middle} address add {v6}/64 dev {far} nodad",
        f"-netns {middle} link set {far} up",
        f"-netns {host} route add default via {v4}",
        f"-netns {host} -6 route add default via {v6}",
        # Known beforehand, so that no SYN waits for an answer to ARP.
        f"-netns {host} neighbour add {v4} lladdr {there} dev eth0",
        f"-netns {host} neighbour add {v6} lladdr {there} dev eth0",
        f"-netns {middle} neighbour add {address[4]} lladdr {here} dev {far}",
        f"-netns {middle} neighbour add {address[6]} lladdr {here} dev {far}",
    ]


class Link:
    """Two hosts and the way between them; their names begin with PREFIX."""

    def __init__(self, prefix="tl"):
        self.client = Host(f"{prefix}-client")
        self.server = Host(f"{prefix}-server")
        self.middle = Host(f"{prefix}-middle")
        for line in (_lan(prefix, "client", 1, CLIENT) +
                     _lan(prefix, "server", 2, SERVER)):
            run("ip", *line.split())
        self._routes()
        for host, device in ((self.client, "eth0"), (self.server, "eth0"),
                             (self.middle, "client"), (self.middle, "server")):
            host.run("ethtool", "-K", device, "tso", "off", "gso", "off",
                     "gro", "off")

    def _routes(self):
        self.middle.run("ip", "route", "add", "blackhole", "10.9.0.0/16")
        self.middle.run("ip", "-6", "route", "add", "blackhole", "fd00:9::/32")
        self.middle.run("ip", "route", "add", "unreachable", "10.8.0.0/16")
        self.middle.run("ip", "-6", "route", "add", "prohibit", "fd00:8::/32")
        self.middle.set_sysctl("ip_forward", 1)
        self.middle.set_sysctl("../ipv6/conf/all/forwarding", 1)
        self.middle.set_sysctl("icmp_ratelimit", 0)
        self.middle.set_sysctl("../ipv6/icmp/ratelimit", 0)

    @contextlib.contextmanager
    def netem(self, *words):
        """What netem (tc-netem(8)) does with what either host is sent."""
        for device in ("client", "server"):
            self.middle.run("tc", "qdisc", "add", "dev", device, "root",
                            "netem", *words, "limit", "10000")
        try:
            yield
        finally:
            for device in ("client", "server"):
                self.middle.run("tc", "qdisc", "del", "dev", device, "root")

    def delayed(self, milliseconds):
        """Each segment takes that long from one host to the other."""
        return self.netem("delay", f"{milliseconds}ms")

    @contextlib.contextmanager
    def dropping(self, *rules):
        """What matches one of the nftables expressions is lost in the middle.

        They are known at the start of the block, and the block may end it
        early by calling what it is given.
        """
        chain = "add table inet tl; add chain inet tl forward " \
            "{ type filter hook forward priority 0; }\n"
        chain += "".join(f"add rule inet tl forward {rule} drop\n"
                         for rule in rules)
        self.middle.run("nft", "-f", "-", stdin=chain)
        ended = []

        def end():
            if not ended:
                self.middle.run("nft", "delete", "table", "inet", "tl")
                ended.append(True)
        try:
            yield end
        finally:
            end()

    def close(self):
        """Take all three namespaces away."""
        for host in (self.client, self.server, self.middle):
            host.close()
