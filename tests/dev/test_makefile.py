"""The Makefile: a virtual environment that was made elsewhere is made anew."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Make a checkout whose virtual environment is ready, of the files that make looks at."""
    folder = tmp_path / "a checkout"
    programs = folder / ".venv" / "bin"
    programs.mkdir(parents=True)
    for name in ("Makefile", "pyproject.toml", "requirements-dev.lock"):
        shutil.copy(ROOT / name, folder)
    (programs / "python").symlink_to(sys.executable)
    (programs / "pip").write_text(f'#!/bin/sh\n\'\'\'exec\' "{programs / "python3"}" "$0" "$@"\n')
    (folder / ".venv" / ".ready").touch()
    return folder


def would_run(checkout: Path) -> str:
    command = ["make", "--dry-run", "--no-print-directory", ".venv/.ready"]
    return subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=True).stdout


def test_an_environment_that_is_ready_stays(checkout: Path) -> None:
    assert "is up to date" in would_run(checkout)


def test_an_environment_that_was_moved_with_its_checkout_is_made_anew(checkout: Path) -> None:
    moved = checkout.rename(checkout.with_name("moved"))
    assert 'test -n "" || python3 -m venv --clear .venv' in would_run(moved)


def test_an_environment_whose_python_is_gone_is_made_anew(checkout: Path) -> None:
    (checkout / ".venv" / "bin" / "python").unlink()
    (checkout / ".venv" / "bin" / "python").symlink_to("/nowhere/python3")
    assert 'test -n "" || python3 -m venv --clear .venv' in would_run(checkout)
