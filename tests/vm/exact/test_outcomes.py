# SPDX-License-Identifier: GPL-2.0
"""All that is told of connections has been reached by some test."""
import pathlib

import pytest

import life

# Nobody is left in a deleted namespace to read of it; see test_namespaces.py.
UNSEEN = {"netns_deleted"}


@pytest.mark.last
def test_each_outcome(request):
    """Each outcome of the closed list, and no other, was read."""
    here = pathlib.Path(__file__).parent
    run = {pathlib.Path(str(item.fspath)) for item in request.session.items}
    if not run >= set(here.glob("test_*.py")):
        pytest.skip("only a part of the tests runs")
    assert life.reached == set(life.OUTCOMES) - UNSEEN


def test_spec(spec):
    """The list is that of the netlink specification."""
    assert set(life.OUTCOMES) == set(spec.words("outcome"))
