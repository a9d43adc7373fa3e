# SPDX-License-Identifier: GPL-2.0
"""Tests that go by the guest's clock, which --icount makes exact."""
import pytest

import memory


@pytest.fixture(scope="session", autouse=True)
def in_memory():
    """Nothing that a test runs waits for the disk, which takes time."""
    memory.hold()
