"""A random test that fails in CI ends soon, and says how to go on by hand."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FAILING = """
from hypothesis import given, settings, strategies as st

@settings(max_examples=50)
@given(st.integers(min_value=0, max_value=10**9))
def test_nothing_is_large(number):
    assert number < 1000
"""


@pytest.mark.parametrize("shrink", ["", "1"])
def test_what_fails_in_ci_is_not_shrunk_and_by_hand_it_is(tmp_path: Path, shrink: str) -> None:
    (tmp_path / "test_numbers.py").write_text(FAILING)
    command = [sys.executable, "-m", "pytest", "-p", "tests.conftest", "-p", "no:cacheprovider", "-p", "no:rilascio"]
    environment = os.environ | {"CI": "true", "RILASCIO_SHRINK": shrink, "RILASCIO_EXAMPLES": "8"}
    run = subprocess.run(
        [*command, "-c", os.devnull, "--rootdir", tmp_path, tmp_path],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 1, run.stderr
    smallest = "number=1000," in run.stdout
    told = 'CI=true RILASCIO_SHRINK=1 RILASCIO_EXAMPLES=8 make test ARGS="test_numbers.py::test_nothing' in run.stdout
    assert (smallest, told) == (bool(shrink), not shrink)
    assert "@reproduce_failure" in run.stdout
