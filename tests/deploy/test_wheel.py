"""The wheel brings all that a deployment needs."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from harness.deploy import status
from harness.deploying.bundle import Bundle

PROJECT = Path(__file__).parents[2]


def test_the_wheel_deploys_from_an_empty_environment_without_a_checkout(dsn: str, real: Bundle, tmp_path: Path) -> None:
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    clean = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
    built = subprocess.run(
        [*pip, "wheel", "--no-deps", "-w", tmp_path, PROJECT], env=clean, capture_output=True, text=True, check=False
    )
    if "No module named pip" in built.stderr or "No matching distribution" in built.stderr:
        pytest.skip("needs pip and a package index")
    assert built.returncode == 0, built.stderr
    (wheel,) = tmp_path.glob("rilascio-*.whl")
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True, env=clean)
    bin_folder = tmp_path / "venv" / "bin"
    subprocess.run([bin_folder / "python", "-m", "pip", "-q", "install", wheel], check=True, env=clean)

    done = subprocess.run(
        [bin_folder / "rilascio", "deploy", "--dsn", dsn],
        cwd=tmp_path,
        env=clean,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    there = status(dsn, bundle=real)
    assert replace(there, last=None).state == "current"
