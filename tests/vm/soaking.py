# SPDX-License-Identifier: GPL-2.0
"""What the tests in soak/ share: how much to do.

AMOUNT and SEED in the environment say how much and which.
"""
import os
import random

SEED = int(os.environ.get("SEED", "1"))


def amount(default):
    """How much to do."""
    return int(os.environ.get("AMOUNT", default))


def dice():
    """Random numbers that are the same for the same SEED."""
    return random.Random(SEED)


def done(number, unit):
    """Say how much was done."""
    print(f"\ndone: {number} {unit}", flush=True)
