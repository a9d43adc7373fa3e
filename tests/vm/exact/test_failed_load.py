# SPDX-License-Identifier: GPL-2.0
"""Loading that fails while somebody asks.

The netlink family is there for the time that it takes.  The kernel frees a module that
fails to load whoever holds it, so nobody may come to hold it.
"""
import contextlib
import errno
import socket
import struct
import threading

import pytest

import genl
import kernel
import life

pytestmark = pytest.mark.reloads
TIMES = 5
REQUIRED = "inet_sock_set_state"        # without it loading fails, and late
NEWFAMILY = 1
DUMPS = ("hook-get", "tally-get", "life-get", "listener-get", "flood-get", "alert-get")


class Asker(threading.Thread):
    """Asks for dumps, and reads none, each time that the family comes, until it is over.

    The kernel tells when it does, by the group "notify" of its own family, the first.
    """

    def __init__(self, spec):
        super().__init__(daemon=True)
        self._spec, self.sockets, self.over = spec, [], False
        self._news = self._socket()
        self._news.setsockopt(genl.SOL_NETLINK, genl.NETLINK_ADD_MEMBERSHIP,
                              genl.GENL_ID_CTRL)

    @staticmethod
    def _socket():
        sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, genl.NETLINK_GENERIC)
        sock.bind((0, 0))
        return sock

    def run(self):
        """Wait for news."""
        while not self.over:
            for _, _, _, payload in genl.messages(self._news.recv(genl.RECEIVE_BYTES)):
                told = dict(genl.attributes(payload[4:]))
                if not self.over and payload[0] == NEWFAMILY and \
                        told[genl.CTRL_ATTR_FAMILY_NAME] == b"tcplife\0":
                    self._ask(int.from_bytes(told[genl.CTRL_ATTR_FAMILY_ID], "little"))

    def _ask(self, family):
        for command in DUMPS:
            sock = self._socket()
            sock.send(struct.pack("=IHHIIBBH", 20, family, 1 | genl.NLM_F_DUMP, 1, 0,
                                  self._spec.commands[command], 1, 0))
            self.sockets.append(sock)


def _answers(sock):
    """The errors among the answers that there are, if any."""
    sock.setblocking(False)
    with contextlib.suppress(BlockingIOError):
        while True:
            for kind, _, _, payload in genl.messages(sock.recv(genl.RECEIVE_BYTES)):
                if kind == genl.NLMSG_ERROR:
                    yield -struct.unpack("=i", payload[:4])[0]


def test_dumps_of_what_fails_to_load(link, spec):
    """They are refused, for the time being; and nothing is left of them."""
    assert kernel.unload().returncode == 0
    asker = Asker(spec)
    asker.start()
    refused = 0
    for _ in range(TIMES):
        done = kernel.load(without=REQUIRED)
        assert done.returncode != 0, done
        while asker.sockets:
            sock = asker.sockets.pop()
            refused += list(_answers(sock)).count(errno.EAGAIN)
            sock.close()
    asker.over = True
    print(refused, "refused")
    assert refused > 0, "the family never was seen"
    assert kernel.load().returncode == 0
    asker.join(30)
    assert not asker.is_alive()
    life.summary(link.client)
