"""`rilascio test`: somebody's tests run where rilascio is deployed, and what is missing is told."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from rilascio.cli import main
from rilascio.testing import DatabaseServer

RILASCIO = Path(sys.executable).with_name("rilascio")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder with one test that passes and one that does not."""
    (tmp_path / "test_release.py").write_text(
        "def test_good(rilascio_world):\n"
        "    assert rilascio_world.release(rilascio_world.order())[0].outcome == 'released'\n"
        "def test_bad(rilascio_server):\n"
        "    assert rilascio_server.port == 'the port'\n"
    )
    return tmp_path


def run(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if name != "RILASCIO_DSN"}
    return subprocess.run(
        [RILASCIO, "test", *arguments],
        cwd=folder,
        env=kept | {"PYTHONDONTWRITEBYTECODE": "1"} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_tests_of_a_folder_run_on_a_server_of_their_own_and_say_by_the_exit_code_how_it_went(folder: Path) -> None:
    done = run(folder, ".")
    assert (done.returncode, done.stderr) == (1, "")
    assert "1 failed, 1 passed" in done.stdout


def test_what_follows_two_hyphens_goes_to_pytest(folder: Path, rilascio_server: DatabaseServer) -> None:
    dsn = rilascio_server.dsn()
    done = run(folder, "test_release.py", "--dsn", dsn, "--", "-k", "good", "-q")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.rstrip().rpartition("\n")[2].startswith("1 passed, 1 deselected")
    assert run(folder, ".", "--dsn", dsn, "--", "-k", "nothing").returncode == 5


def test_tests_on_a_server_that_is_named_use_that(folder: Path, rilascio_server: DatabaseServer) -> None:
    done = run(folder, ".", "--", "-k", "bad", RILASCIO_DSN=rilascio_server.dsn())
    assert f"assert {rilascio_server.port} == 'the port'" in done.stdout
    assert done.stderr == "RILASCIO_DSN is set: the tests make their databases on that server.\n"


def test_without_the_packages_of_tests_it_is_said_how_to_get_them(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pytest_postgresql", None)  # as if it were not installed
    result = CliRunner().invoke(main, ["test", str(folder)])
    assert result.exit_code == 1
    error, hint = result.stderr.splitlines()
    assert error == "Error: Tests need packages that are not installed here: pytest-postgresql."
    assert hint.startswith("Hint: Run ")
    assert "pip install" in hint
    assert "'pytest-postgresql>=10'" in hint


def test_without_a_server_program_it_is_said_once(folder: Path) -> None:
    done = run(folder, ".", PG_BINDIR=str(folder))
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("Error: ")
    assert "Hint: " in done.stderr


def test_a_folder_that_is_not_there_is_a_wrong_call(folder: Path) -> None:
    done = run(folder, "nowhere")
    assert done.returncode == 2
    assert done.stderr.startswith("Error: There is no nowhere.")
