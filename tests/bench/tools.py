# SPDX-License-Identifier: GPL-2.0
"""The tools that the benches hold beside tcplife, for use inside a guest.

Each is started as an operator would start it to have a record in a file, as
root, with its output to that file and no option that makes it slower.

    tool = tools.ALL["bcc-tcplife"]
    reason = tool.why_not()             # None if it can run here
    with tool.started(folder) as running:
        running.wait_ready()            # it watches from now on
        ...                             # connections to a port
        running.cpu_ns()                # what its processes have used
        running.stop()                  # its output is complete
        running.told(port)              # connections told completely

When it is ready: its main thread waits for events in one of the system calls
that wait for them; while it compiles, or waits for a disk, it is in another, or
in none.  What a tool told can be counted when it was stopped, as most of them
keep what they print in a buffer until it is full, as they do for an operator
who has their output in a file.
"""
import contextlib
import dataclasses
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time

PROJECT = pathlib.Path(__file__).resolve().parents[2]
BPF_KERNELS = ("bookworm", "trixie", "sid")
EVERY_KERNEL = ("bullseye", *BPF_KERNELS)
# x86-64's recvfrom, recvmsg, poll, ppoll, select, pselect6, epoll_wait, epoll_pwait
WAITS = {"45", "47", "7", "271", "23", "270", "232", "281"}
# What conntrack sees must be asked for by a rule.
CONNTRACK_ON = ("modprobe nf_conntrack_netlink",
                "nft add table inet bench_conntrack",
                "nft add chain inet bench_conntrack seen "
                "{ type filter hook prerouting priority 0 ; }",
                "nft add rule inet bench_conntrack seen ct state new counter")
CONNTRACK_OFF = ("nft delete table inet bench_conntrack",)


# Modules that only show what cannot be saved, in tests/bench/modules: the words of a
# table by name; of bench_least with so many of its parts, a module each.
PARTS = ("a bare timeline, the least that records a connection",
         "its ends in full: IPv6, namespace, sequence numbers, wall-clock time",
         "figures of the socket at its end", "the owner", "counters that balance",
         "what becomes of SYNs, by listener", "the detector of floods",
         "is there a reader?", "no room for TIME_WAIT or in the accept queue, and the rest",
         "how long handshakes and accept queues took",
         "in memory that grows, up to a limit, and of each namespace", "why it ended",
         "which addresses and prefixes stand out among SYNs",
         "right where something else happens than in the bench, too")
OURS = {"floor": "empty probes on the hooks that tcplife has",
        **{"least" + (f"-{i}" if i else ""): ("and " if i else "") + it
           for i, it in enumerate(PARTS)}}


def module_of(name):
    """The kernel module that is measured, or profiled."""
    if name.startswith("least"):
        return f"bench_least_{name.partition('-')[2] or 0}"
    return "bench_floor" if name == "floor" else "tcplife"


def output_of(*command, quiet=None):
    """What a command writes; it must succeed."""
    return subprocess.run(command, check=True, text=True,
                          stdout=subprocess.PIPE, stderr=quiet).stdout


# --- counting what was told ---------------------------------------------------
# Each is given the file and the port of the servers, and returns ends or
# connections, as per_connection of its tool says.


def _lines(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        yield from file


def _ends_by_life(path, port):
    """... LADDR LPORT RADDR RPORT TX_KB RX_KB MS, a line an end."""
    return sum(str(port) in (words[-6], words[-4])
               for words in map(str.split, _lines(path)) if len(words) >= 9)


def _ends_by_state(path, port):
    """... LADDR LPORT RADDR RPORT OLDSTATE -> NEWSTATE MS: ends at CLOSE."""
    return sum(words[-2] == "CLOSE" and str(port) in (words[-7], words[-5])
               for words in map(str.split, _lines(path)) if len(words) >= 10)


def _ends_by_close(path, port):
    """T ... SPORT DPORT, where T is X for an end that was closed."""
    return sum(words[0] == "X" and str(port) in words[-2:]
               for words in map(str.split, _lines(path)) if len(words) >= 7)


def _connections_destroyed(path, port):
    """[DESTROY] ... dport=PORT ... dport=CLIENT'S PORT."""
    found = map(re.compile(r"\[DESTROY\].*?\bdport=(\d+)").search, _lines(path))
    return sum(int(it[1]) == port for it in found if it)


def _packets(path, port):
    """Connections whose SYN and whose client's FIN or RST are both there."""
    counts = [len(output_of("tcpdump", "-nr", str(path),
                            f"tcp dst port {port} and {flags}", quiet=subprocess.DEVNULL).splitlines())
              for flags in ("tcp[tcpflags] & (tcp-syn|tcp-ack) == tcp-syn",
                            "tcp[tcpflags] & (tcp-fin|tcp-rst) != 0")]
    return min(counts)


def _ends_by_line(path, port):
    """... LOCAL REMOTE ..., each ADDRESS:PORT, a line an end."""
    return sum(any(word.endswith(f":{port}") for word in line.split())
               for line in _lines(path))


def _ends_by_replay(path, port):
    """Of a raw recording, by the lines that it is read as."""
    with tempfile.NamedTemporaryFile() as lines:
        subprocess.run(["tcplifectl", "stream", "--no-header", "--replay", str(path)],
                       check=True, stdout=lines, stderr=subprocess.DEVNULL)
        return _ends_by_line(lines.name, port)


# --- the tools ------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Tool:
    """A tool: how to run it, and what it tells.

    name: what it is called here
    what: the words of a table
    programs: names of its program, the first that exists is run; none: there
        is no reader
    options: of the program; {file} stands for the output's path
    package: Debian's, empty for our own
    module: tcplife has to be loaded, with these parameters
    setup, teardown: commands before it starts and after it was stopped
    count: what it told, of a file and a port
    per_connection: how many of those a loopback connection gives
    settle_s: how long after the end of TIME_WAIT it may tell of it
    kernels: those whose Debian has it
    """
    name: str
    what: str
    programs: tuple = ()
    options: tuple = ()
    package: str = ""
    module: tuple = None
    setup: tuple = ()
    teardown: tuple = ()
    count: callable = None
    per_connection: int = 2
    settle_s: int = 0
    kernels: tuple = BPF_KERNELS

    def program(self):
        """The path of its program, or None."""
        return next(filter(None, map(shutil.which, self.programs)), None)

    def why_not(self):
        """Why it cannot be started in this guest, or None."""
        if self.programs and not self.program():
            return f"there is no {' or '.join(self.programs)} in this Debian"
        return None

    def version(self):
        """Its version."""
        if not self.package:
            return (PROJECT / "VERSION").read_text(encoding="ascii").strip()
        return output_of("dpkg-query", "-W", "-f", "${Version}", self.package)

    @contextlib.contextmanager
    def started(self, folder):
        """Start it, its output to a file of its own in a folder; a Running."""
        running = Running(self, pathlib.Path(folder))
        try:
            yield running
        finally:
            running.stop()


class Running:
    """A tool that was started."""

    def __init__(self, tool, folder):
        self.tool = tool
        self.output = folder / f"{tool.name}.out"
        self.errors = folder / f"{tool.name}.err"
        self._process = None
        self._stopped = False
        if tool.module is not None:
            output_of("modprobe", "tcplife", *tool.module)
        for command in tool.setup:
            output_of(*command.split())
        if tool.programs:
            options = [it.format(file=self.output) for it in tool.options]
            with open(self.output, "wb") as out, open(self.errors, "wb") as err:
                self._process = subprocess.Popen(
                    [tool.program(), *options], stdin=subprocess.DEVNULL,
                    stdout=out, stderr=err, start_new_session=True)

    @property
    def pid(self):
        """Of its main thread, or None."""
        return self._process.pid if self._process else None

    def _threads(self):
        return [] if self._process is None else \
            pathlib.Path(f"/proc/{self.pid}/task").glob("*")

    def cpu_ns(self):
        """What its threads have used of the CPU, in ns."""
        return sum(int((thread / "schedstat").read_text().split()[0])
                   for thread in self._threads())

    def is_alive(self):
        """It has not ended by itself."""
        return self._process is None or self._process.poll() is None

    def complaint(self):
        """The end of what it wrote to standard error."""
        return " ".join(self.errors.read_text(errors="replace").split())[-300:]

    def _waits(self):
        call = pathlib.Path(f"/proc/{self.pid}/syscall").read_text(encoding="ascii")
        return call.split()[0] in WAITS

    def wait_ready(self, seconds=3600):
        """Wait until it watches; a RuntimeError with its words if it does not.

        The guest's clock runs on while it reads from a disk, hence an hour.
        """
        last = time.monotonic() + seconds
        seen = 0
        while self._process and seen < 5:
            if not self.is_alive():
                raise RuntimeError(f"it ended: {self.complaint()}")
            if time.monotonic() > last:
                raise RuntimeError(f"it does not begin: {self.complaint()}")
            time.sleep(0.5)
            seen = seen + 1 if self._waits() else 0

    def stop(self):
        """Stop it, and wait until it has written all that it knows."""
        if self._stopped:
            return
        self._stopped = True
        if self._process:
            if self.is_alive():
                self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(timeout=600)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
                raise
        for command in self.tool.teardown:
            output_of(*command.split())
        if self.tool.module is not None:
            output_of("rmmod", "tcplife")

    def told(self, port):
        """Connections to a port told from beginning to end; None: has no file."""
        if not self.tool.count:
            return None
        return self.tool.count(self.output, port) / self.tool.per_connection


def _bpf(name, what, programs, package, count, **more):
    return Tool(name, what, programs, package=package, count=count, **more)


ALL = {tool.name: tool for tool in (
    Tool("tcplife", "tcplife, no reader: history only", module=(),
         kernels=EVERY_KERNEL),
    Tool("tcplife-least", "tcplife, no reader, smallest histories",
         module=("history=16", "half_open_history=16", "event_queue=16"),
         kernels=EVERY_KERNEL),
    Tool("tcplife-reader", "tcplife, reader to a file", ("tcplifectl",),
         module=(), count=_ends_by_line,
         kernels=EVERY_KERNEL),
    Tool("tcplife-record", "tcplife, raw recording to a file", ("tcplifectl",),
         ("stream", "--write", "{file}"), module=(), count=_ends_by_replay,
         kernels=EVERY_KERNEL),
    _bpf("libbpf-tcplife", "libbpf-tools tcplife",
         ("tcplife-libbpf", "tcplife"), "libbpf-tools", _ends_by_life),
    _bpf("libbpf-tcpstates", "libbpf-tools tcpstates",
         ("tcpstates-libbpf", "tcpstates"), "libbpf-tools", _ends_by_state),
    _bpf("libbpf-tcptracer", "libbpf-tools tcptracer",
         ("tcptracer-libbpf", "tcptracer"), "libbpf-tools", _ends_by_close),
    _bpf("bcc-tcplife", "bcc tcplife", ("tcplife-bpfcc",), "bpfcc-tools",
         _ends_by_life),
    _bpf("bcc-tcpstates", "bcc tcpstates", ("tcpstates-bpfcc",),
         "bpfcc-tools", _ends_by_state),
    _bpf("bpftrace-tcplife", "bpftrace tcplife", ("tcplife.bt",), "bpftrace",
         _ends_by_life),
    # TIME_WAIT lasts twice as long there, and is cleared by a worker that comes by
    Tool("conntrack", "conntrack -E", ("conntrack",),
         ("-E", "-p", "tcp", "-o", "timestamp"), "conntrack",
         setup=CONNTRACK_ON, teardown=CONNTRACK_OFF,
         count=_connections_destroyed, per_connection=1, settle_s=240),
    Tool("tcpdump", "tcpdump of SYN, FIN, RST", ("tcpdump",),
         ("-i", "any", "-w", "{file}",
          "tcp[tcpflags] & (tcp-syn|tcp-fin|tcp-rst) != 0"), "tcpdump",
         count=_packets, per_connection=1, kernels=EVERY_KERNEL),
)}
