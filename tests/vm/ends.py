# SPDX-License-Identifier: GPL-2.0
"""TCP connections between two hosts, and what their ends are on record as."""
import ctypes
import itertools
import os
import socket
import struct
import time

import life
import wire
from hosts import CLIENT, GHOST, LOOPBACK, SERVER

SO_COOKIE = 57
MOMENT = 0.05       # seconds; enough for what is under way to be over

_LIBC = ctypes.CDLL(None, use_errno=True)


def settle(seconds=MOMENT):
    """Let what is under way come to its end; idle time costs nothing."""
    time.sleep(seconds)


def cookie(sock):
    """The socket cookie, which is the id of its life."""
    data = sock.getsockopt(socket.SOL_SOCKET, SO_COOKIE, 8)
    return int.from_bytes(data, "little")


def reset_at_close(sock):
    """SO_LINGER 0: closing sends a RST."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                    struct.pack("ii", 1, 0))


class End:
    """One end of a connection."""

    def __init__(self, host, sock):
        self.host, self.socket = host, sock
        self.id = cookie(sock)
        self.local = sock.getsockname()[:2]
        self.remote = sock.getpeername()[:2]

    def life(self):
        """What the module has on record of it."""
        return life.the_life(self.host, self.id)

    def flow(self, capture):
        """Its segments."""
        return capture.flow(self.local, self.remote)

    def close(self, moment=MOMENT):
        """Close the socket and let the segments arrive."""
        self.socket.close()
        settle(moment)

    def shutdown(self):
        """Send a FIN, and let it arrive."""
        self.socket.shutdown(socket.SHUT_WR)
        settle()

    def disconnect(self):
        """connect(AF_UNSPEC): the socket may connect again."""
        if _LIBC.connect(self.socket.fileno(), bytes(28), 16):
            error = ctypes.get_errno()
            raise OSError(error, os.strerror(error))

    def reset(self):
        """Send a RST, and let it arrive."""
        reset_at_close(self.socket)
        self.close()


def listen(host, family, address=None, backlog=16, port=0):
    """A listening socket."""
    listener = host.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((address or SERVER[family], port))
    listener.listen(backlog)
    return listener


def call(host, target, family, port=0, address=None):
    """A socket connected to TARGET."""
    caller = host.socket(family)
    if port or address:
        caller.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        caller.bind((address or CLIENT[family], port))
    caller.settimeout(30)
    caller.connect(target)
    return caller


def accept(listener):
    """The next connection of a listener."""
    listener.settimeout(30)
    accepted, _ = listener.accept()
    return accepted


class Connection:
    """An established connection: both ends, and its listener."""

    def __init__(self, client_host, server_host, family, address=None,
                 port=0, listener=None, caller=None):
        self.listener = listener or listen(server_host, family, address)
        target = self.listener.getsockname()[:2]
        if caller:
            caller.connect(target)
        else:
            caller = call(client_host, target, family, port=port,
                          address=address)
        self.server = End(server_host, accept(self.listener))
        self.client = End(client_host, caller)
        settle()

    def end(self, name):
        """The end with this name, and the other one."""
        ends = {"client": self.client, "server": self.server}
        return ends.pop(name), ends.popitem()[1]

    def send(self, name, data):
        """Send DATA from the end with this name and receive it all."""
        sender, receiver = self.end(name)
        sender.socket.sendall(data)
        left = len(data)
        while left:
            left -= len(receiver.socket.recv(left))
        settle()

    def close(self):
        """Close what is still open."""
        for sock in (self.client.socket, self.server.socket, self.listener):
            sock.close()


def connect(link, family, **options):
    """A connection from the link's client to its server."""
    return Connection(link.client, link.server, family, **options)


def connect_loopback(host, family, **options):
    """A connection of a host to itself."""
    return Connection(host, host, family, address=LOOPBACK[family],
                      **options)


_ghost_ports = itertools.count(20001)


def ghost_name(family, network=GHOST):
    """An address and port of a ghost that no test has used."""
    return network[family].format(1), next(_ghost_ports)


def half_call_ghost(link, family, capture, caller=None):
    """A client that has sent its SYN to a ghost, and the ghost."""
    caller = caller or link.client.socket(family)
    caller.setblocking(False)
    name = ghost_name(family)
    caller.connect_ex(name)
    ghost = wire.Ghost(link, family, name, caller.getsockname()[:2], capture)
    ghost.follow()
    return caller, ghost


def call_ghost(link, family, capture):
    """A client connected to a ghost, and the ghost."""
    caller, ghost = half_call_ghost(link, family, capture)
    ghost.send(wire.SYN | wire.ACK)
    ghost.seq += 1
    settle()
    caller.setblocking(True)
    return End(link.client, caller), ghost


def ghost_caller(link, family, capture, listener, network=GHOST):
    """A ghost that may call a listener of the server."""
    return wire.Ghost(link, family, ghost_name(family, network),
                      listener.getsockname()[:2], capture)
