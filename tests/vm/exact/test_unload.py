# SPDX-License-Identifier: GPL-2.0
"""Unloading while somebody looks."""
import os
import signal
import subprocess

import pytest

import ends
import genl
import kernel
import life
import tally

pytestmark = pytest.mark.reloads


@pytest.fixture
def loaded(link):
    """The module is loaded, and is again after the test."""
    yield
    if not kernel.loaded():
        assert kernel.load().returncode == 0


def test_open_files(link, loaded, spec):
    """With files half read, a member of the group and a reader: it goes."""
    connection = ends.connect(link, 4)
    with link.client.inside():
        files = [os.open(f"/proc/tcplife/{name}", os.O_RDONLY)
                 for name in ("summary", "connections", "history", "health")]
        member = genl.Client(spec)
    for file in files:
        assert os.read(file, 5)
    member.join()
    stream = link.client.start("tcplifectl", "stream",
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    ends.settle(0.5)
    done = kernel.unload()
    assert done.returncode == 0, done.stderr
    assert not os.path.lexists("/proc/tcplife")
    for file in files:
        with pytest.raises(OSError):
            os.read(file, 5)
        os.close(file)
    with pytest.raises(OSError):
        member.summary()
    connection.client.reset()
    assert kernel.load().returncode == 0
    stream.send_signal(signal.SIGTERM)
    _, text = stream.communicate(timeout=60)
    assert stream.returncode >= 0, text
    member.close()
    connection.close()
    assert life.health(link.client)[0]["healthy"] == "yes"


def test_half_read_dump(link, loaded, spec):
    """A dump that was not read to its end holds the module, for so long."""
    for _ in range(100):
        ends.connect_loopback(link.client, 4).client.reset()
    with link.client.inside():
        client = genl.Client(spec, receive_bytes=4096)
    command = spec.commands["life-get"]
    client.send(client.family, command, flags=genl.NLM_F_DUMP,
                payload=client.encode("life", "scope", "history"))
    client.socket.recv(4096)
    done = kernel.unload()
    assert done.returncode != 0 and "in use" in done.stderr, done
    assert life.summary(link.client)["opened"] >= 200
    client.close()
    done = kernel.unload()
    assert done.returncode == 0, done.stderr


def test_nothing_stays_armed(link, loaded):
    """It goes while a detector is looked at again and again, and nothing follows."""
    assert kernel.unload().returncode == 0
    assert kernel.load(flood_evidence=3).returncode == 0
    listener = ends.listen(link.server, 4)
    tally.syn(link, 4, ends.ghost_name(4), listener.getsockname()[:2])
    ends.settle(0.5)
    assert life.summary(link.server)["half_open"] == 1
    assert kernel.unload().returncode == 0
    ends.settle(3)      # longer than any work of it waits
    assert kernel.load().returncode == 0
    listener.close()


@pytest.mark.parametrize("round_", range(3))
def test_memory_returns(link, loaded, round_):
    """Each load takes what the one before gave back."""
    assert kernel.unload().returncode == 0
    with open("/proc/vmallocinfo", encoding="ascii") as file:
        assert "tcplife" not in file.read()
    assert kernel.load().returncode == 0
