# SPDX-License-Identifier: GPL-2.0
"""The command line: what is accepted, what is refused, and what is said then."""
import pytest

from lives import ALL
from recording import Recording, names

COMMANDS = ["stream", "list", "history", "halfopen", "timewait", "summary", "health", "show",
            "listeners", "flood", "advise"]

# expected exit code, command line, a part of what is said on stderr
TABLE = [
    (2, "nonsense", "unknown command 'nonsense'"),
    (2, "list extra", "unexpected argument 'extra'"),
    (2, "list --nonsense", "unrecognized option '--nonsense'"),
    (2, "show", "show needs ID"),
    (2, "show x", "'x' is no ID"),
    (2, "show -- -1", "'-1' is no ID"),
    (2, "show 1 2", "unexpected argument '2'"),
    (2, "show 18446744073709551616", "is no ID"),
    (2, "list --port", "requires an argument"),
    (2, "list --port 65536", "'65536' is no number from 0 to 65535"),
    (2, "list --port 8x", "'8x' is no number"),
    (2, "list --port -1", "'-1' is no number"),
    (2, "list --port=", "'' is no number"),
    (2, "list --pid 4294967296", "no number from 0 to 4294967295"),
    (2, "list --state nonsense", "unknown state in 'nonsense'; there are: none, established"),
    (2, "list --state close,", "unknown state in 'close,'"),
    (2, "list --state clos", "unknown state in 'clos'"),
    (2, "history --outcome x", "unknown outcome in 'x'; there are: open, closed, refused"),
    (2, "list --role x", "unknown role in 'x'; there are: unknown, active, passive"),
    (2, "list --local 1.2.3", "--local: '1.2.3' is no ADDR"),
    (2, "list --local 1.2.3.4:", "is no ADDR"),
    (2, "list --local 1.2.3.4:65536", "is no ADDR"),
    (2, "list --remote [::1", "is no ADDR"),
    (2, "list --remote [::1]80", "is no ADDR"),
    (2, "list --remote [::1]:", "is no ADDR"),
    (2, "list --remote :", "is no ADDR"),
    (2, "list --remote=", "is no ADDR"),
    (2, "list --remote host.example:80", "is no ADDR"),
    (2, "list --count 1", "unrecognized option"),
    (2, "list --half-open", "unrecognized option"),
    (2, "list --check", "unrecognized option"),
    (2, "summary --port 1", "unrecognized option"),
    (2, "stream --count x", "'x' is no number"),
    (2, "stream --buffer 1073741825", "is no number from 0 to 1073741824"),
    (2, "list --record a --replay b", "exclude each other"),
    (2, "stream --write a --json", "no filter, --count, --json or --record goes with it"),
    (2, "stream --write a --record b", "no filter, --count, --json or --record"),
    (2, "stream --write a --count 1", "no filter, --count, --json or --record"),
    (2, "stream --write a --port 1", "no filter, --count, --json or --record"),
    (2, "list --write a", "unrecognized option"),
    (2, "flood --watch --write a", "unrecognized option"),
    (2, "flood --watch --alerts", "--watch, --alerts and --check exclude each other"),
    (2, "flood --watch --check", "exclude each other"),
    (2, "flood --alerts --check", "exclude each other"),
    (2, "flood --once", "--once needs --watch"),
    (2, "flood --port 1", "unrecognized option"),
    (2, "listeners --check", "unrecognized option"),
    (2, "advise --no-header", "unrecognized option"),
    (2, "list --totals", "unrecognized option"),
    (2, "halfopen --list", "unrecognized option"),
    (2, "halfopen --totals --port 1", "no filter goes with --totals"),
    (2, "timewait --port 1", "filters need --list"),
    (2, "timewait --local 192.0.2.1", "filters need --list"),
    (2, "timewait --remote :1", "filters need --list"),
    (2, "timewait --pid 0", "filters need --list"),
    (2, "timewait --role active", "filters need --list"),
    (2, "timewait --state close", "filters need --list"),
    (2, "timewait --outcome open", "filters need --list"),
    (1, "list --replay /nonexistent", "/nonexistent: No such file"),
    (1, "list --replay /", "/: Is a directory"),
    (1, "list --record /nonexistent/file", "/nonexistent/file: No such file"),
    (1, "list --replay /dev/null", "holds no answer"),
    (0, "--help", ""),
    (0, "-h", ""),
    (0, "help", ""),
    (0, "--version", ""),
    (0, "list --version", ""),
]

# filters that are accepted, by the lives they let through
ACCEPTED = [
    ("--port 443", 1), ("--port 1", 0), ("--pid 1234", 1), ("--pid 1", 0),
    ("--local 192.0.2.1", 1), ("--local 192.0.2.2", 0),
    ("--local 192.0.2.1:45678", 1), ("--local 192.0.2.1:45679", 0),
    ("--local :45678", 1), ("--remote :45678", 0),
    ("--remote 198.51.100.7:443", 1), ("--remote [198.51.100.7]:443", 1),
    ("--remote ::1", 0), ("--remote [::1]", 0), ("--remote [::1]:443", 0),
    ("--state close", 1), ("--state established,syn_recv", 0),
    ("--state close --state listen", 1), ("--state listen,close", 1),
    ("--outcome closed", 1), ("--outcome refused", 0),
    ("--role active", 1), ("--role passive,simultaneous", 0),
    ("--port 443 --role active --pid 1234", 1), ("--port 443 --role passive", 0),
]


@pytest.mark.parametrize("code,command,said", TABLE, ids=[row[1] for row in TABLE])
def test_exit_code(tcplifectl, code, command, said):
    tcplifectl(*command.split(), code=code)
    assert said in tcplifectl.err
    assert bool(tcplifectl.err) == bool(code)


@pytest.mark.parametrize("command", COMMANDS)
def test_help(tcplifectl, command):
    out = tcplifectl(command, "--help")
    assert out.startswith("Usage: tcplifectl " + command)
    assert "--json" in out and "--replay FILE" in out
    assert tcplifectl.err == ""


def test_help_lists_every_command(tcplifectl):
    out = tcplifectl("--help")
    for command in COMMANDS:
        assert "\n  " + command in out


@pytest.mark.parametrize("words,count", ACCEPTED, ids=[row[0] for row in ACCEPTED])
def test_filter(tcplifectl, words, count):
    rec = Recording().dump("history", [ALL["active_ended"]])
    assert len(tcplifectl.json("history", *words.split(), rec=rec)) == count


@pytest.mark.parametrize("before", [["--json"], ["--port", "443", "--json"], ["--port=443", "--json"]])
def test_options_before_the_command(tcplifectl, before):
    rec = Recording().dump("history", [ALL["active_ended"]])
    there = tcplifectl(*before, "history", rec=rec)
    assert there and there == tcplifectl("history", *before, rec=rec)


def test_filter_on_what_is_not_known(tcplifectl):
    """A life without a pid is nobody's; without a port it has not port 0."""
    rec = Recording().dump("live", [ALL["live_new"]])
    assert tcplifectl.ids("list", "--pid", 0, rec=rec) == []
    assert tcplifectl.ids("list", "--port", 0, rec=rec) == []
    assert tcplifectl.ids("list", "--local", ":0", rec=rec) == []
    assert tcplifectl.ids("list", "--local", "192.0.2.1", rec=rec) == [4109]
    rec = Recording().dump("live", [{"id": 1}])
    for words in (["--state", "none"], ["--outcome", "open"], ["--role", "unknown"]):
        assert tcplifectl.ids("list", *words, rec=rec) == []


def test_filter_ipv6(tcplifectl):
    life = ALL["ipv6"]
    rec = Recording().dump("history", [life, ALL["active_ended"]])
    for words in (["--local", life["local_addr"]],
                  ["--local", "[2001:DB8:85A3:1234:5678:8A2E:1370:7334]:45678"],
                  ["--remote", "[%s]:443" % life["remote_addr"]]):
        assert tcplifectl.ids("history", *words, rec=rec) == [life["id"]]


def test_addresses_of_other_length_differ(tcplifectl):
    """32.1.13.184 is what 2001:db8:... begins with."""
    rec = Recording().dump("history", [ALL["ipv6"]])
    assert tcplifectl.ids("history", "--local", "32.1.13.184", rec=rec) == []


@pytest.mark.parametrize("option,enum", [("--state", "state"), ("--outcome", "outcome"),
                                         ("--role", "role")])
def test_every_word_of_the_spec_is_accepted(tcplifectl, option, enum):
    for word in names(enum):
        tcplifectl("history", option, word, rec=Recording().dump("history", []))
