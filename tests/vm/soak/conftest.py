# SPDX-License-Identifier: GPL-2.0
"""What the tests in soak/ share with those in load/."""
# pylint: disable=unused-import
from load.conftest import flooded, host, load, start, storm  # noqa: F401
