# SPDX-License-Identifier: GPL-2.0
"""What the module's memory comes to, by its parameters: MEMORY of tcplife(4)."""
import os
import re

import kernel

PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
CHUNK_LIVES = 1024
LISTENER_BYTES = 1144
PLACE_BYTES = 4     # of a record in history
# The kernel module's own defaults.
DEFAULTS = {"max_lives": 262144, "history": 16384, "half_open_history": 4096,
            "event_queue": 8192, "max_listeners": 512}


def _pages(records, size):
    return -(-records * size // PAGE_BYTES) * PAGE_BYTES


def _sizes():
    """What each parameter's description says one costs, in bytes."""
    text = kernel.run("modinfo", "-p", "tcplife")
    return {name: int(number) for name, number in
            re.findall(r"^(\w+):.*?(\d+) bytes each", text, re.MULTILINE)}


def address_bytes(parameters):
    """The addresses of chunks, of which history's records have their own."""
    parameters = {**DEFAULTS, **parameters}
    over = parameters["history"] + parameters["half_open_history"]
    return 8 * (parameters["max_lives"] // CHUNK_LIVES + 1 +
                -(-over // CHUNK_LIVES))


def expected(parameters, allocated):
    """The bytes with room for ALLOCATED lives; with max_lives, the most."""
    parameters = {**DEFAULTS, **parameters}
    size = _sizes()
    whole, rest = divmod(allocated + 1, CHUNK_LIVES)
    target = size["max_listeners"] - LISTENER_BYTES
    places = parameters["max_listeners"] + 1
    chains = 1 << max(8, parameters["max_lives"].bit_length() - 1)
    return (whole * _pages(CHUNK_LIVES, size["max_lives"]) +
            _pages(rest, size["max_lives"]) +
            address_bytes(parameters) +
            _pages(chains, 4) +
            _pages(parameters["history"] + parameters["half_open_history"],
                   size["history"] - PLACE_BYTES) +
            _pages(parameters["history"], PLACE_BYTES) +
            _pages(parameters["half_open_history"], PLACE_BYTES) +
            parameters["event_queue"] * size["event_queue"] +
            _pages(places, LISTENER_BYTES) + _pages(places, target))
