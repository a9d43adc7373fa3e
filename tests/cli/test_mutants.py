# SPDX-License-Identifier: GPL-2.0
"""Mutants are made of what is there: none was left behind by a change, in silence."""
import pathlib
import re
import subprocess
import sys

import pytest

import mutate
from recording import ROOT

ROOT = pathlib.Path(ROOT)
sys.path.insert(0, str(ROOT / "tests/mutants"))

# pylint: disable=wrong-import-position
import mutants


def test_reader():
    assert not list(mutate.stale())


@pytest.mark.parametrize("mutant", mutants.MUTANTS, ids=lambda it: it.name)
def test_module(mutant):
    """It can be made, and the test that is to catch it exists."""
    mutant.mutated((ROOT / mutant.path).read_text(encoding="utf-8"))
    re.compile(mutant.says)
    text = (ROOT / mutant.test_path).read_text(encoding="utf-8")
    name = mutant.test.split("::")[1]
    if mutant.kernel == "unit":     # a function, or a row of its table
        assert re.search(rf'[("]{re.escape(name)}[)"]', text)
    else:
        assert f"\ndef {name.split('[')[0]}(" in text


def test_names_are_unique():
    names = [it.name for it in mutants.MUTANTS]
    assert len(set(names)) == len(names) >= 20


def test_table():
    """docs/reliability.md has them all."""
    table = subprocess.run([ROOT / "tests/mutants/run", "--markdown"], check=True,
                           stdout=subprocess.PIPE, text=True).stdout
    assert table in (ROOT / "docs/reliability.md").read_text(encoding="utf-8")
