# SPDX-License-Identifier: GPL-2.0
"""Bytes of connections of any size, over a network that loses: they are the sender's.

AMOUNT connections, half of them IPv6, one after the other.  Either end sends some bytes,
knows how many, and counts what comes.
"""
import socket
import threading

import ends
import life
import soaking

AMOUNT = soaking.amount(200)
PART = 500              # connections; so many are read from history at once
MOST = 18               # bits of the largest size
NETEM = "loss 2% delay 1ms"


def _exchange(sock, size):
    """Send so many bytes and a FIN, while what comes is read: how many these were."""
    def send():
        sock.sendall(bytes(size))
        sock.shutdown(socket.SHUT_WR)
    sock.settimeout(None)
    sender, got = threading.Thread(target=send), 0
    sender.start()
    while data := sock.recv(1 << 16):
        got += len(data)
    sender.join()
    sock.close()
    return got


def _serve(listener, sizes, done):
    """Accept as many as there are sizes: id, bytes sent and received of each."""
    for size in sizes:
        sock = ends.accept(listener)
        done.append((ends.cookie(sock), size, _exchange(sock, size)))


def _part(link, family, sizes):
    """Connections with bytes of either end; what these ends know, for either host."""
    listener, here, there = ends.listen(link.server, family), [], []
    server = threading.Thread(target=_serve, args=(
        listener, [size for _, size in sizes], there))
    server.start()
    for size, _ in sizes:
        sock = ends.call(link.client, listener.getsockname()[:2], family)
        here.append((ends.cookie(sock), size, _exchange(sock, size)))
    server.join()
    listener.close()
    assert [(got, sent) for _, sent, got in there] == [known[1:] for known in here]
    return here, there


def _size(dice):
    """As often of few bytes as of many."""
    return int(2 ** dice.uniform(0, MOST)) - 1


def test_bytes(link, loads):
    """Each is on record with what its ends know."""
    dice, made, most, again = soaking.dice(), 0, 0, 0
    with link.netem(*NETEM.split()):
        while made < AMOUNT:
            loads(history=8 * PART)
            count = min(PART, AMOUNT - made)
            sizes = [(_size(dice), _size(dice)) for _ in range(count)]
            family = (4, 6)[made // PART % 2] if AMOUNT > PART else dice.choice((4, 6))
            both = _part(link, family, sizes)
            ends.settle(1)
            for host, known in zip((link.client, link.server), both):
                lives = {it.id: it for it in life.live(host) + life.history(host)}
                for number, sent, received in known:
                    it = lives[number]
                    assert (it.bytes_sent, it.bytes_received) == (sent, received), it
                    most, again = max(most, sent), again + it.retransmits
            made += count
    print(f"\nat most {most} bytes; {again} retransmits")
    assert again > 0
    soaking.done(made, "connections")
