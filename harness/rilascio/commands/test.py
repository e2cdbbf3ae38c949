"""`rilascio test`: somebody's own tests of what they build on rilascio, in databases that are thrown away."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path

import click
from click.core import ParameterSource

from rilascio import postgres
from rilascio.commands.options import dsn_option
from rilascio.errors import USAGE, HarnessError
from rilascio.extras import install_command
from rilascio.output import remark


@click.command()
@dsn_option("A server to test on, as a superuser.  [default: a server started for the tests]")
@click.argument("folder", type=click.Path(path_type=Path), metavar="FOLDER")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[-- PYTEST ARGUMENT...]")
@click.pass_context
def test(context: click.Context, dsn: str | None, folder: Path, arguments: tuple[str, ...]) -> None:
    """Run the tests of a folder with pytest, which finds deployed databases, worlds and the demo factory as fixtures.

    A server is started for the tests, which deploy into it, and is gone afterwards. On an external server the tests
    work in databases of their own, which are dropped. What follows -- goes to pytest. Exits as pytest does: 0 all
    passed, 1 some failed, 5 there were none.

    docs/how-to/testing.md says how such tests are written.

    \b
    Examples:
      rilascio test tests
      rilascio test tests -- -k late --exitfirst
      rilascio test tests -- --numprocesses auto
    """
    if not folder.exists():
        raise HarnessError(
            f"There is no {folder}.", "Name the folder of your tests, as in: rilascio test tests", exit_code=USAGE
        )
    lacking = [
        name.replace("_", "-") for name in ("pytest", "pytest_postgresql") if importlib.util.find_spec(name) is None
    ]
    if lacking:
        raise HarnessError(
            f"Tests need packages that are not installed here: {', '.join(lacking)}.", f"Run {install_command('test')}"
        )
    if dsn:
        if context.get_parameter_source("dsn") is ParameterSource.ENVIRONMENT:
            remark("RILASCIO_DSN is set: the tests make their databases on that server.")
        os.environ["RILASCIO_DSN"] = dsn
    else:
        postgres.find_bindir()  # or fail with what to do, once and not in every test
    sys.stdout.flush()
    # In the place of this process, so that signals, the terminal and the exit code are those of pytest.
    os.execv(sys.executable, [sys.executable, "-m", "pytest", str(folder), *arguments])
