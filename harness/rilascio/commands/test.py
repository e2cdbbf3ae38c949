"""`rilascio test`, in a checkout: the project's own tests."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys

import click

from rilascio.commands.options import dsn_option
from rilascio.errors import HarnessError
from rilascio.folders import checkout


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
    if importlib.util.find_spec("pytest") is None:
        raise HarnessError("pytest is not installed.", "Run pip install --editable '.[test]' in the project's folder.")
    environment = os.environ | ({"RILASCIO_DSN": dsn} if dsn else {})
    command = [sys.executable, "-m", "pytest", *arguments]
    sys.exit(subprocess.run(command, cwd=checkout(), env=environment, check=False).returncode)
