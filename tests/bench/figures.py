# SPDX-License-Identifier: GPL-2.0
"""What tests/bench/run has measured: tables of it, and what was recorded.

A cell says what a unit of work costs (in the row `none`) or what was added to
that, in instructions, and in brackets how much of it the tool's own processes
have used.  docs/bench.md has such tables for each kernel, which are read back to
tell whether tcplife has grown.
"""
import dataclasses
import re
import statistics

WORKS = ("connection", "reset", "request", "segment", "half_open", "cookie",
         "closed_port", "elsewhere")
COLUMNS = ("tool", *WORKS, "at rest, a second", "told", "version")
CONTROLS = ("nothing", "none_again")
GROWTH = 0.03           # what is allowed
NOISE = 0.0025          # of the work itself: less cannot be told from nothing
# A RST to the sender of a SYN costs 260 more or less, and a segment 20 to 26, for as long
# as one tool is measured; seen at tools that hook nothing there, and at a module that does nothing.
NOISES = {"closed_port": 0.025, "segment": 0.005}
END = "<!-- end of the tables -->"
HEADING = re.compile(r"^### (\S+), Linux (\S+)$")


@dataclasses.dataclass
class Cell:
    """What a unit costs or what was added; the readers' part of it, or None."""
    all: float
    reader: float = None

    def __str__(self):
        return f"{round(self.all):,}" + \
            (f" ({round(self.reader):,})" if self.reader is not None else "")

    @classmethod
    def parsed(cls, text):
        """Of what str() gives."""
        match = re.fullmatch(r"([+-]?[\d,]+)(?: \((-?[\d,]+)\))?", text.strip())
        if not match:
            raise ValueError(f"no figure: {text}")
        return cls(*(None if it is None else float(it.replace(",", ""))
                     for it in match.groups()))


@dataclasses.dataclass
class Row:
    """A tool: cells by kind of work, what it told, its version; or why there are none."""
    cells: dict
    rest_per_s: float = None
    told: str = "-"
    version: str = "-"
    problem: str = None


class Boot:
    """What one boot of a guest has printed."""

    def __init__(self, lines):
        self.kernel = next(it["kernel"] for it in lines if "kernel" in it)
        self.phases = {}
        for it in lines:
            if "phase" in it:
                self.phases.setdefault(it["phase"], {})[it["work"]] = it
        self.tools = {it["tool"]: it for it in lines if "tool" in it}

    def is_whole(self, phase):
        """All kinds of work were done."""
        return len(self.phases.get(phase, ())) == len(WORKS)

    def row(self, phase):
        """A phase's row, against the same boot without a tool."""
        problem = self.tools.get(phase, {}).get("problem")
        if problem or not self.is_whole(phase) or not self.is_whole("none"):
            return Row({}, problem=problem or "the guest stopped")
        base, seen = self.phases["none"], self.phases[phase]
        has_reader = any(it["reader"] for it in seen.values())
        if phase == "none":
            return Row({work: Cell(it["each"]) for work, it in seen.items()},
                       seen["connection"]["rest_per_s"])
        cells = {work: Cell(it["each"] - base[work]["each"],
                            it["reader"] if has_reader else None)
                 for work, it in seen.items()}
        tool = self.tools.get(phase, {})
        told, version = tool.get("told"), tool.get("version")
        return Row(cells, seen["connection"]["rest_per_s"] -
                   base["connection"]["rest_per_s"],
                   "-" if told is None else
                   f"{100 * told / seen['connection']['made']:.1f} %",
                   version or "-")


def _median(rows):
    """One row of several of the same tool."""
    good = [it for it in rows if not it.problem]
    if not good:
        return rows[0]
    cells = {}
    for work in WORKS:
        readers = [it.cells[work].reader for it in good]
        cells[work] = Cell(statistics.median(it.cells[work].all for it in good),
                           None if None in readers else statistics.median(readers))
    return Row(cells, statistics.median(it.rest_per_s for it in good),
               good[0].told, good[0].version)


def rows_of(boots):
    """The rows of a kernel, by tool: medians where there were several boots."""
    seen = {}
    for boot in boots:
        controls = [name for name in CONTROLS if name in boot.phases]
        for name in ["none", *controls, *boot.tools]:
            seen.setdefault(name, []).append(boot.row(name))
    return {name: _median(rows) for name, rows in seen.items()}


def spreads(boots):
    """By tool and work, how far boots are apart, in parts of what a unit costs."""
    seen = {}
    for boot in boots:
        for phase, works in boot.phases.items():
            for work, it in works.items():
                seen.setdefault((phase, work), []).append(it["each"])
    return {key: (max(it) - min(it)) / statistics.median(it)
            for key, it in seen.items() if len(it) > 1}


def words(rows):
    """The table: a list of lists of words."""
    table = [list(COLUMNS)]
    for name, row in rows.items():
        if row.problem:
            table.append([name, row.problem])
            continue
        table.append([name, *(str(row.cells[work]) for work in WORKS),
                      f"{round(row.rest_per_s):,}", row.told, row.version])
    return table


def aligned(table):
    """Rows as lines of equally wide columns, figures to the right."""
    widths = [max(len(row[i]) for row in table if len(row) == len(COLUMNS))
              for i in range(len(COLUMNS))]
    return ["  ".join(text.ljust(width) if i == 0 or len(row) < len(COLUMNS)
                      else text.rjust(width)
                      for i, (text, width) in enumerate(zip(row, widths)))
            .rstrip() if len(row) == len(COLUMNS) else "  ".join(
                [row[0].ljust(widths[0]), *row[1:]]) for row in table]


# --- what was recorded ----------------------------------------------------------


def markdown(suite, release, rows):
    """A kernel's section of docs/bench.md."""
    table = [it + [""] * (len(COLUMNS) - len(it)) for it in words(rows)]
    lines = [f"| {' | '.join(it)} |" for it in table]
    lines.insert(1, f"|---|{'---:|' * (len(COLUMNS) - 1)}")
    return [f"### {suite}, Linux {release}", "", *lines, ""]


def _sections(text):
    """Kernels' sections: (suite, first line, line behind the last)."""
    lines = text.split("\n")
    starts = [i for i, line in enumerate(lines) if HEADING.match(line)]
    for start in starts:
        end = next((i for i in range(start + 1, len(lines))
                    if lines[i] and not lines[i].startswith("|")), len(lines))
        yield HEADING.match(lines[start]).group(1), start, end


def recorded(text):
    """By suite and tool, the cells of each kind of work."""
    found = {}
    lines = text.split("\n")
    for suite, start, end in _sections(text):
        rows = [[it.strip() for it in line.strip("|").split(" | ")]
                for line in lines[start:end] if line.startswith("| ")]
        if not rows or rows[0] != list(COLUMNS):
            raise ValueError(f"the table of {suite} has other columns")
        found[suite] = {
            row[0]: dict(zip(WORKS, map(Cell.parsed, row[1:1 + len(WORKS)])))
            for row in rows[1:] if len(row) == len(COLUMNS) and row[-1]}
    return found


def recorded_release(text, suite):
    """The kernel that a suite's figures are of, or None."""
    lines = text.split("\n")
    return next((HEADING.match(lines[start]).group(2)
                 for name, start, _ in _sections(text) if name == suite), None)


def replaced(text, suite, section):
    """The text with a kernel's section in place of the recorded one, or added."""
    lines = text.split("\n")
    for name, start, end in _sections(text):
        if name == suite:
            return "\n".join(lines[:start] + section + lines[end:])
    if END not in lines:
        raise ValueError(f"there is no line that says: {END}")
    end = lines.index(END)
    return "\n".join(lines[:end] + section + lines[end:])


def growth(before, now, base):
    """Kinds of work of which a tool costs more than recorded, each with the words.

    @before and @now are its cells, @base those of `none`.  No tool takes anything off
    the work, so less than nothing was recorded by mistake, and counts as nothing.
    """
    was = {work: max(0, before[work].all) for work in WORKS}
    return {work: f"{work}: {now[work].all:,.0f} instructions added, recorded "
                  f"{was[work]:,.0f} ({now[work].all - was[work]:+,.0f})"
            for work in WORKS
            if now[work].all - was[work] >
            max(GROWTH * was[work], NOISES.get(work, NOISE) * base[work].all)}
