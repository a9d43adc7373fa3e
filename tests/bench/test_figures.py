# SPDX-License-Identifier: GPL-2.0
"""Tests of the tables that tests/bench/run writes, reads back and compares."""
import pathlib
import subprocess
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

# pylint: disable=wrong-import-position
import figures
import tools

BASE = 10_000.0


def boot(**phases):
    """A boot: each phase is (what a unit costs, the reader's part)."""
    lines = [{"kernel": "6.1.0-1"}]
    for phase, (each, reader) in phases.items():
        lines += [{"phase": phase, "work": work, "each": each, "reader": reader,
                   "made": 300, "rest_per_s": 1000.0} for work in figures.WORKS]
        lines.append({"tool": phase, "told": 297.0 if reader else None,
                      "version": "1.2"})
    return [it for it in lines if it.get("tool") not in ("none", *figures.CONTROLS)]


def rows(**phases):
    """The rows of one boot."""
    return figures.rows_of([figures.Boot(boot(none=(BASE, 0), **phases))])


def test_added_is_against_the_same_boot():
    found = rows(tcplife=(BASE + 1234, 0), reader=(BASE + 5678, 400.0))
    assert list(found) == ["none", "tcplife", "reader"]
    assert found["none"].cells["cookie"] == figures.Cell(BASE)
    assert found["tcplife"].cells["cookie"] == figures.Cell(1234, None)
    assert found["reader"].cells["cookie"] == figures.Cell(5678, 400)
    assert (found["none"].version, found["tcplife"].version) == ("-", "1.2")
    assert found["tcplife"].told == "-"
    assert found["reader"].told == "99.0 %"


def test_controls_stand_before_the_tools():
    found = figures.rows_of([figures.Boot(boot(
        none=(BASE, 0), nothing=(BASE, 0), tcplife=(BASE, 0),
        none_again=(BASE, 0)))])
    assert list(found) == ["none", "nothing", "none_again", "tcplife"]


def test_several_boots_give_the_median_and_their_distance():
    boots = [figures.Boot(boot(none=(BASE, 0), tcplife=(BASE + it, 0)))
             for it in (100, 300, 200)]
    assert figures.rows_of(boots)["tcplife"].cells["reset"].all == 200
    apart = figures.spreads(boots)
    assert apart["none", "reset"] == 0
    assert apart["tcplife", "reset"] == pytest.approx(200 / (BASE + 200))


@pytest.mark.parametrize("lines, problem", [
    ([{"tool": "bcc", "problem": "no headers"}], "no headers"),
    ([{"tool": "bcc"}, {"phase": "bcc", "work": "reset", "each": 1}],
     "the guest stopped"),
])
def test_a_tool_that_fails_has_a_row_that_says_why(lines, problem):
    found = figures.rows_of([figures.Boot(boot(none=(BASE, 0)) + lines)])
    assert found["bcc"].problem == problem
    table = figures.words(found)
    assert table[-1] == ["bcc", problem]
    assert figures.aligned(table)[-1] == f"bcc   {problem}"


def test_columns_are_aligned():
    lines = figures.aligned(figures.words(rows(tcplife=(BASE + 1, 0))))
    assert len(set(map(len, lines))) == 1


@pytest.mark.parametrize("cell", [
    figures.Cell(1234567), figures.Cell(-12), figures.Cell(0, 0),
    figures.Cell(5000, -3), figures.Cell(134221, 103977)])
def test_a_cell_is_read_as_it_was_written(cell):
    assert figures.Cell.parsed(str(cell)) == cell


@pytest.mark.parametrize("text", ["", "1 (2", "a", "1.5", "(3)"])
def test_what_is_no_cell_is_refused(text):
    with pytest.raises(ValueError):
        figures.Cell.parsed(text)


def document(**phases):
    """A document with a table of bookworm."""
    text = f"# Head\n\nwords | more\n\n{figures.END}\n\n## Tail\n"
    return figures.replaced(text, "bookworm", figures.markdown(
        "bookworm", "6.1.0-1", rows(**phases)))


def test_a_record_is_read_as_it_was_written():
    text = document(tcplife=(BASE + 1234, 0), reader=(BASE + 56789, 400))
    found = figures.recorded(text)["bookworm"]
    assert found["tcplife"] == {work: figures.Cell(1234) for work in figures.WORKS}
    assert found["reader"]["segment"] == figures.Cell(56789, 400)
    assert text.startswith("# Head\n") and text.endswith("\n\n## Tail\n")


def test_a_record_replaces_that_of_its_kernel_only():
    text = document(tcplife=(BASE + 1, 0))
    text = figures.replaced(text, "sid", figures.markdown(
        "sid", "7.2", rows(tcplife=(BASE + 2, 0))))
    text = figures.replaced(text, "bookworm", figures.markdown(
        "bookworm", "6.1.0-2", rows(tcplife=(BASE + 3, 0))))
    found = figures.recorded(text)
    assert {suite: it["tcplife"]["cookie"].all for suite, it in found.items()} == \
        {"bookworm": 3, "sid": 2}
    assert figures.recorded_release(text, "bookworm") == "6.1.0-2"
    assert figures.recorded_release(text, "trixie") is None
    assert text.endswith(f"\n\n{figures.END}\n\n## Tail\n")


def test_a_failed_tool_in_a_record_has_no_figures():
    found = figures.rows_of([figures.Boot(boot(none=(BASE, 0)) + [
        {"tool": "bcc", "problem": "no headers"}])])
    text = "\n".join(figures.markdown("sid", "7.2", found))
    assert "bcc" not in figures.recorded(text)["sid"]


def test_a_table_with_other_columns_is_refused():
    text = document(tcplife=(BASE, 0)).replace("| reset |", "| rest |")
    with pytest.raises(ValueError, match="bookworm"):
        figures.recorded(text)


def test_no_place_for_a_record_is_an_error():
    with pytest.raises(ValueError, match="end of the tables"):
        figures.replaced("# Head\n", "sid", [])


@pytest.mark.parametrize("before, now, has_grown", [
    (1000, 1000, False), (1000, 900, False),
    (1000, 1029, False), (1000, 1031, True),
    (0, 24, False), (0, 26, True),      # 25 are noise
    (-5, 24, False), (-334, -2, False), (-334, 26, True)])
def test_growth(before, now, has_grown):
    cells = {work: figures.Cell(before) for work in figures.WORKS}
    after = {**cells, "cookie": figures.Cell(now)}
    base = {work: figures.Cell(BASE) for work in figures.WORKS}
    assert list(figures.growth(cells, after, base)) == ["cookie"] * has_grown


def test_the_documents_record_has_what_is_compared():
    text = (HERE.parents[1] / "docs/bench.md").read_text(encoding="utf-8")
    assert {"none", "tcplife", "tcplife-reader"} <= \
        set(figures.recorded(text)["bookworm"])


# --- what tools tell ------------------------------------------------------------


@pytest.mark.parametrize("name, text, told", [
    ("libbpf-tcplife", """PID COMM LADDR LPORT RADDR RPORT TX_KB RX_KB MS
1 a b 127.0.0.1 50000 127.0.0.1 9000 0.1 1.0 3.1
1 a 127.0.0.1 9000 127.0.0.1 50000 1.0 0.1 3.1
1 a 127.0.0.1 8000 127.0.0.1 50000 1.0 0.1 3.1
""", 1),
    ("bcc-tcpstates", """SKADDR C-PID C-COMM LADDR LPORT RADDR RPORT OLD -> NEW MS
ff 1 a 127.0.0.1 50000 127.0.0.1 9000 ESTABLISHED -> FIN_WAIT1 3.1
ff 1 a 127.0.0.1 50000 127.0.0.1 9000 FIN_WAIT2 -> CLOSE 3.1
fe 1 a 127.0.0.1 9000 127.0.0.1 50000 LAST_ACK -> CLOSE 3.1
""", 1),
    ("libbpf-tcptracer", """T PID COMM IP SADDR DADDR SPORT DPORT
C 1 a 4 127.0.0.1 127.0.0.1 50000 9000
X 1 a 4 127.0.0.1 127.0.0.1 50000 9000
X 1 a 4 127.0.0.1 127.0.0.1 9000 50000
""", 1),
    ("conntrack",
     "[1.0]\t[NEW] tcp 6 120 SYN_SENT src=127.0.0.1 dst=127.0.0.1 sport=50000 "
     "dport=9000 src=127.0.0.1 dst=127.0.0.1 sport=9000 dport=50000\n"
     "[2.0]\t[DESTROY] tcp 6 TIME_WAIT src=127.0.0.1 dst=127.0.0.1 sport=50000 "
     "dport=9000 src=127.0.0.1 dst=127.0.0.1 sport=9000 dport=50000\n"
     "[2.0]\t[DESTROY] tcp 6 TIME_WAIT src=127.0.0.1 dst=127.0.0.1 sport=9000 "
     "dport=8000 src=127.0.0.1 dst=127.0.0.1 sport=8000 dport=9000\n", 1),
    ("tcplife-reader", """  ID LOCAL REMOTE OUTCOME
   1 127.0.0.1:50000 127.0.0.1:9000 closed
   2 127.0.0.1:9000 127.0.0.1:50000 closed
   3 127.0.0.1:8000 127.0.0.1:50000 closed
""", 1),
])
def test_what_a_tool_told_is_counted(tmp_path, name, text, told):
    path = tmp_path / "out"
    path.write_text(text)
    tool = tools.ALL[name]
    assert tool.count(path, 9000) / tool.per_connection == told


# --- the command ------------------------------------------------------------------


@pytest.mark.parametrize("words, said", [
    (["nope"], "no such tool: nope"),
    (["--kernel", "bullseye"], "no such kernel: bullseye"),
    (["--short", "tcplife"], "--short goes with no tool"),
    (["--record", "tcplife"], "--record is for all tools"),
    (["--runs", "0"], "--runs needs a number from 1 on"),
])
def test_what_makes_no_sense_is_refused(words, said):
    done = subprocess.run([HERE / "run", *words], text=True, capture_output=True,
                          check=False)
    assert done.returncode == 2
    assert said in done.stderr
