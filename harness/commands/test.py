"""`rilascio test`: the project's own tests."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import click

from harness.commands.options import dsn_option
from harness.errors import HarnessError

_CHECKOUT = Path(__file__).resolve().parents[2]


@click.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@dsn_option("An external server to test on.  [default: a server started for the tests]")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[PYTEST ARGUMENT]...")
def test(dsn: str | None, arguments: tuple[str, ...]) -> None:
    """Run the project's tests on a server of their own; the rest of the line goes to pytest.

    Exits as pytest does.

    \b
    Example:
      rilascio test -k restore -x
    """
    if not (_CHECKOUT / "tests").is_dir() or not (_CHECKOUT / "pyproject.toml").is_file():
        raise HarnessError(
            "The tests are not here: they come with the source, not with the installed package.",
            "Clone the project, and run make test in it.",
        )
    if importlib.util.find_spec("pytest") is None:
        raise HarnessError("pytest is not installed.", "Run pip install --editable '.[test]' in the project's folder.")
    environment = os.environ | ({"RILASCIO_DSN": dsn} if dsn else {})
    command = [sys.executable, "-m", "pytest", *arguments]
    sys.exit(subprocess.run(command, cwd=_CHECKOUT, env=environment, check=False).returncode)
