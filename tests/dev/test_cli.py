"""What `make` runs of the maintainers' commands."""

from __future__ import annotations

import os
import subprocess
from typing import Any

import pytest
from click.testing import CliRunner

from harness.dev.cli import main


@pytest.fixture
def pytest_arguments(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Give the arguments of the pytest that a command calls; it is not run."""
    found: list[str] = []

    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        assert command[1:3] == ["-m", "pytest"]
        found.extend(command[3:])
        return subprocess.CompletedProcess(command, 3)

    monkeypatch.setattr(subprocess, "run", run)
    return found


def test_all_tests_are_spread_over_a_process_more_than_processors(
    monkeypatch: pytest.MonkeyPatch, pytest_arguments: list[str]
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 2, 3})
    assert CliRunner().invoke(main, ["test"]).exit_code == 3
    assert pytest_arguments == ["--numprocesses=4", "--dist=worksteal"]


def test_arguments_go_to_pytest_as_they_are(pytest_arguments: list[str]) -> None:
    CliRunner().invoke(main, ["test", "-k", "restore", "-x"])
    assert pytest_arguments == ["-k", "restore", "-x"]
