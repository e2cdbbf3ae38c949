"""The wheel of the checkout, and an environment in which nothing of the checkout is found."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]

PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet")


def clean_environment() -> dict[str, str]:
    """Return the environment without what leads to this checkout or this run of pytest, or has a pytest speak to CI."""
    ours = ("PYTHONPATH", "VIRTUAL_ENV", "RILASCIO_DSN", "CI", "BUILD_NUMBER")
    return {name: value for name, value in os.environ.items() if name not in ours and not name.startswith("PYTEST_")}


def build_wheel(folder: Path) -> Path:
    """Build the wheel into a folder; skip the test where that cannot be done."""
    built = subprocess.run(
        [*PIP, "wheel", "--no-deps", "-w", folder, PROJECT],
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if "No module named pip" in built.stderr or "No matching distribution" in built.stderr:
        pytest.skip("needs pip and a package index")
    assert built.returncode == 0, built.stderr
    (wheel,) = folder.glob("rilascio-*.whl")
    return wheel
