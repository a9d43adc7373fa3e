# SPDX-License-Identifier: GPL-2.0
"""The files of /proc/tcplife, read from any place in pieces of any size, under traffic.

AMOUNT readings.  No row is torn, none is there twice, and none is missing that was
there all the time.
"""
import contextlib
import os
import re
import signal

import pytest

import ends
import flood
import life
import soaking

AMOUNT = soaking.amount(3000)
FILES = ("connections", "history", "listeners", "halfopen", "flood", "timewait",
         "summary", "health")
ENDPOINT = re.compile(r"(\[.+\]|[\d.]+):\d+")
HELD = 50
PARAMETERS = {"history": 500, "half_open_history": 100}


@contextlib.contextmanager
def _traffic(link, storm):
    """Connections that come and go on the server, and a small flood."""
    flood.build()
    link.server.set_sysctl("tcp_max_tw_buckets", 200)
    sock = ends.listen(link.server, 4, backlog=64)
    loops = [link.server.start(
        "sh", "-c", f"while {storm} 50 {words}; do sleep 0.1; done",
        start_new_session=True) for words in ("", "ipv6 reset")]
    try:
        with flood.going_on(link, 4, sock.getsockname(), seconds=100_000, rate=50):
            yield
        assert [loop.poll() for loop in loops] == [None, None]
    finally:
        for loop in loops:
            os.killpg(loop.pid, signal.SIGKILL)
            loop.wait()
        sock.close()


def _size(dice):
    return int(2 ** dice.uniform(0, 16.01))


def _columns(text):
    """How many columns the rows of a file may have; the last of flood is words."""
    return {len(line.split(" ")) for line in text.splitlines()
            if line.split(" ", 1)[0] in ("id", "by", "row")}


def _check_lines(name, lines, columns):
    """Whole lines of a file; the ids of their rows, each but once."""
    ids = []
    for line in lines:
        cells = line.split(" ")
        assert all(cells) and line.isascii() and line.isprintable(), (name, line)
        if name == "summary":
            assert len(cells) == 2, line
        elif name == "health":
            assert len(cells) == 2 or cells[0] == "hook" and len(cells) > 5, line
        elif name == "flood":
            assert len(cells) >= max(columns) and \
                cells[0] in ("row", "now", "alert"), line
            if cells[0] == "now":
                ids.append(next(filter(ENDPOINT.fullmatch, cells)))
        else:
            assert len(cells) in columns, (name, line)
            if cells[0].isdecimal():
                ids.append(cells[0])
    assert len(set(ids)) == len(ids), (name, "a row twice")
    return set(ids)


def _whole(name):
    with open(f"{life.PROC}{name}", encoding="ascii") as file:
        return file.read()


class Files:
    """Every file, opened once for a walk and once for readings anywhere."""

    def __init__(self, dice):
        self._dice, self.readings, self.rows = dice, 0, 0
        self._columns = {name: _columns(_whole(name)) for name in FILES}

    def walk(self, name):
        """From the beginning to the end, in pieces."""
        stays = _check_lines(name, _whole(name).splitlines(), self._columns[name])
        file = os.open(f"{life.PROC}{name}", os.O_RDONLY)
        pieces, least = [], 0
        while True:
            size = max(least, _size(self._dice))
            piece = os.read(file, size)
            self.readings += 1
            assert len(piece) <= size
            if not piece:
                break
            pieces.append(piece)
            # Long files are not read byte by byte to their end.
            least = 2000 if len(pieces) > 100 else 0
            if self._dice.random() < 0.1:
                here = os.lseek(file, 0, os.SEEK_CUR)
                assert here == sum(map(len, pieces)) == \
                    os.lseek(file, here, os.SEEK_SET)
        os.close(file)
        text = b"".join(pieces).decode("ascii")
        assert text.endswith("\n"), (name, text[-100:])
        seen = _check_lines(name, text.splitlines(), self._columns[name])
        stays &= _check_lines(name, _whole(name).splitlines(), self._columns[name])
        assert stays <= seen, (name, "missing", stays - seen)
        self.rows += len(seen)
        return seen

    def anywhere(self, name):
        """A few readings from any place."""
        file = os.open(f"{life.PROC}{name}", os.O_RDONLY)
        before = _whole(name)
        length = len(before)
        for _ in range(self._dice.randrange(1, 10)):
            at, size = self._dice.randrange(length + 200), _size(self._dice)
            if self._dice.random() < 0.5:
                piece = os.pread(file, size, at)
            else:
                os.lseek(file, at, os.SEEK_SET)
                piece = os.read(file, size)
            self.readings += 1
            assert len(piece) <= size
            # The first and the last may be cut.
            lines = piece.decode("ascii").split("\n")[1:-1]
            _check_lines(name, lines, self._columns[name])
        past = os.pread(file, 10, 1 << 62).decode("ascii")
        # The kernel goes on where the file ended: there may be more of history by now.
        assert not past or \
            name == "history" and f"\n{past}" not in f"\n{before}"
        os.close(file)


@pytest.fixture
def held(link, loads):
    """Connections that stay open all the while; the ids of the server's ends."""
    ends.settle(1)
    loads(**PARAMETERS)
    pairs = [ends.connect(link, 4 + 2 * (number % 2)) for number in range(HELD)]
    yield {str(pair.server.id) for pair in pairs}
    for pair in pairs:
        pair.close()


def test_readings(link, storm, held):
    """Walks and leaps, file by file as the dice fall."""
    dice = soaking.dice()
    with _traffic(link, storm), link.server.inside():
        ends.settle(3)
        files = Files(dice)
        walks = dict.fromkeys(FILES, 0)
        while files.readings < AMOUNT:
            name = dice.choice(FILES)
            if dice.random() < 0.6:
                seen = files.walk(name)
                walks[name] += 1
                assert name != "connections" or held <= seen
            else:
                files.anywhere(name)
            life.summary(link.server)
        made = life.summary(link.server)["opened"]
    print(f"{walks} walks, {files.rows} rows, {made} ends of connections meanwhile")
    assert made > HELD and min(walks.values()) > 0
    soaking.done(files.readings, "readings")
