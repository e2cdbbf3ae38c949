"""`rilascio demo`: the whole job on a factory written for it, with the commands one would type."""

from __future__ import annotations

import os
import re
import secrets
import shlex
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.sql import SQL, Identifier, Literal
from rich.text import Text

from rilascio import postgres
from rilascio.commands.options import dsn_option
from rilascio.errors import USAGE, HarnessError
from rilascio.folders import demo_folder
from rilascio.language import _, counted, filled, spoken
from rilascio.orders import status_label
from rilascio.output import console, print_table
from rilascio.queries import read_query


@dataclass(frozen=True)
class DemoDatabase:
    """The database of a demo: as who owns it, and as an operator."""

    owner_dsn: str
    operator: str
    operator_dsn: str
    ending: str
    """How to be rid of it."""


@click.command()
@click.option("--keep", is_flag=True, help="Leave the server running, and say how to reach it.")
@click.option("--stop", metavar="NAME", help="Stop the server of this name, which --keep left running, and do no more.")
@dsn_option("An external server, as a role that may create databases.  [default: a server of its own]")
@click.pass_context
def demo(context: click.Context, keep: bool, stop: str | None, dsn: str | None) -> None:
    """Release and restore the orders of a made-up factory, declare production, and put in what its ERP sends.

    All of it happens on a server started for it.

    On an external server the demo works in a database of its own. Without --keep everything is removed at the end.

    \b
    Examples:
      rilascio demo
      rilascio demo --keep
    """
    if stop is not None:
        _stop(stop, keep)
        return
    start = time.monotonic()
    with _external(dsn, keep) if dsn else _started(keep) as database:
        _run_steps(context.find_root().command, database)
        click.echo("\n" + _("The demo took {seconds:.1f} s.", seconds=time.monotonic() - start))
        _print_how_to_go_on(database, keep)


def _stop(name: str, keep: bool) -> None:
    if keep:
        raise HarnessError(_("--keep and --stop do not go together."), _("Leave one out."), exit_code=USAGE)
    kept = {running.folder.name: running for running in postgres.kept_servers()}
    if name not in kept:
        names = _("Kept ones: {names}.", names=", ".join(kept)) if kept else _("None was kept.")
        raise HarnessError(_("No kept server is called {name!r}.", name=name), names)
    postgres.stop(kept[name])
    click.echo(_("Stopped {name}.", name=name))


# --- the database ----------------------------------------------------------------------------------------------------


@contextmanager
def _started(keep: bool) -> Iterator[DemoDatabase]:
    with postgres.throwaway(keep=keep) as running:
        _title(_("A server of its own"))
        click.echo(_("PostgreSQL {version} runs in {folder}.", version=running.version, folder=running.folder))
        with psycopg.connect(running.dsn(), autocommit=True) as connection:
            connection.execute("create database rilascio")
        password = secrets.token_urlsafe(9)
        database = DemoDatabase(
            owner_dsn=running.dsn("rilascio"),
            operator="anna",
            operator_dsn=running.dsn("rilascio", "anna", password),
            ending=_("To stop the server: {command}", command=f"{_command()} demo --stop {running.folder.name}"),
        )
        _prepare(database, SQL("login password {}").format(Literal(password)))
        yield database


@contextmanager
def _external(dsn: str, keep: bool) -> Iterator[DemoDatabase]:
    name = f"rilascio_demo_{secrets.token_hex(3)}"
    finished = False
    with psycopg.connect(dsn, autocommit=True) as connection:
        _title(_("A database of its own"))
        connection.execute(SQL("create database {}").format(Identifier(name)))
        click.echo(_("Made database {name}.", name=name))
        given = str(conninfo_to_dict(dsn).get("options") or "")
        database = DemoDatabase(
            owner_dsn=make_conninfo(dsn, dbname=name),
            operator=name,
            operator_dsn=make_conninfo(dsn, dbname=name, options=f"{given} -c role={name}".strip()),
            ending=_("To be rid of it: {command}", command=f"drop database {name}; drop role {name};"),
        )
        try:
            _prepare(database, SQL("nologin"))
            yield database
            finished = True
        finally:
            if not (keep and finished):
                connection.execute(SQL("drop database if exists {} with (force)").format(Identifier(name)))
                connection.execute(SQL("drop role if exists {}").format(Identifier(name)))


def _prepare(database: DemoDatabase, kind: Any) -> None:
    """Deploy, make the operator, load the factory."""
    from rilascio.deployment import deploy
    from rilascio.loading import load

    report = deploy(database.owner_dsn)
    click.echo(
        _(
            "Deployed release {release}: {migrations}, {source_files}.",
            release=report.release,
            migrations=counted(len(report.migrations), "migration"),
            source_files=counted(len(report.sources), "source file"),
        )
    )
    with psycopg.connect(database.owner_dsn, autocommit=True) as connection:
        connection.execute(SQL("create role {} {} in role erp_operator").format(Identifier(database.operator), kind))
    loaded = load(database.owner_dsn, demo_folder(), members=[database.operator])
    rows = loaded.rows
    click.echo(
        _(
            "Loaded company {company_code}: {items}, {orders}, {materials}.",
            company_code=loaded.company_code,
            items=counted(rows["item"], "item"),
            orders=counted(rows["production_order"], "order"),
            materials=counted(rows["production_order_material"], "material"),
        )
    )
    click.echo(_("{operator}, a member of erp_operator and of the company, does the rest.", operator=database.operator))


# --- the steps -------------------------------------------------------------------------------------------------------


Run = Callable[..., None]


def _run_steps(rilascio: click.Command, database: DemoDatabase) -> None:
    def run(*arguments: str) -> None:
        click.echo()
        console().print(Text(f"$ rilascio {shlex.join(arguments)}", style="bold cyan"), soft_wrap=True)
        rilascio.main(
            [*_in_same_language(), *arguments, "--dsn", database.operator_dsn],
            prog_name="rilascio",
            standalone_mode=False,
        )

    before = _snapshot(database.owner_dsn)
    _release_and_restore(run)
    _title(_("What is left of it"))
    _compare(before, _snapshot(database.owner_dsn))

    _declare(run)
    _title(_("What it came to"))
    _print_progress(before, _snapshot(database.owner_dsn))
    _go_back(run)
    _title(_("What is left of it all"))
    _compare(before, _snapshot(database.owner_dsn))
    _play_day(database)


def _in_same_language() -> list[str]:
    language = spoken()
    return ["--language", language] if language else []


def _release_and_restore(run: Run) -> None:
    _title(_("The release grid: launched orders, filtered and sorted"))
    run("grid", "release", "--where", "customer~bar", "--where", "late=true", "--sort", "end_date")

    _title(_("Preview: what a release would move, and why it would not"))
    run("preview", _GOOD)
    run("preview", _SHORT)

    _title(_("Release of every launched order"))
    run("release", "--all", "--yes")

    _title(_("Why was it refused? What runs did, and what happened to one order"))
    run("runs")
    run("history", _SHORT)

    _title(_("The restore grid: released orders"))
    run("grid", "restore", "--sort", "released_at:desc", "--limit", "6")

    _title(_("The movements that one release made"))
    run("grid", "movements", _GOOD)

    _title(_("Restore of this one, then of all"))
    run("restore", _GOOD, "--note", "released too early")
    run("restore", "--all", "--where", "released_at>=today", "--yes")


def _declare(run: Run) -> None:
    _title(_("From launched to closed: an order is released, and its work declared"))
    run("release", _MADE)
    run("declare", _MADE, "opening", "closing", "--phase", "10", "--good", "10")
    run("declare", _MADE, "opening", "--phase", "20")
    run("declare", _MADE, "closing", "--phase", "20", "--good", "9", "--scrap", "1")
    run("grid", "declarations", _MADE)

    _title(_("Registration: manual materials go, the product comes, the order is closed"))
    run("register", _MADE, "--dry-run")
    run("register", _MADE)


def _go_back(run: Run) -> None:
    _title(_("The movements of the registration, and all the way back"))
    run("grid", "declaration-movements", _MADE)
    run("rollback", _MADE, "--note", "counted again")
    run("undeclare", _MADE)
    run("restore", _MADE)


def _play_day(database: DemoDatabase) -> None:
    """Play a day of the ERP that feeds the factory: it puts orders and posts stock by SQL, as any client does."""
    with psycopg.connect(database.owner_dsn, autocommit=True) as connection:
        connection.execute(SQL("grant erp_writer to {}").format(Identifier(database.operator)))
    script = (demo_folder() / "a_day.sql").read_text(encoding="utf-8")
    _title(script.partition("\n")[0].removeprefix("-- ").rstrip("."))
    click.echo(
        _("{operator} may put data now too, as a member of erp_writer: here, the ERP.", operator=database.operator)
    )
    statements = re.findall(r"^(-- .+?)\n(.+?;)$", script.partition("\n")[2], re.MULTILINE | re.DOTALL)
    with psycopg.connect(database.operator_dsn, autocommit=True) as connection:
        for heading, statement in statements:
            click.echo()
            console().print(Text(f"{heading}\n{statement.strip()}", style="cyan"), soft_wrap=True)
            cursor = connection.execute(statement.encode())
            print_table([column.name for column in cursor.description or ()], cursor.fetchall())


_GOOD = "2026/24"
_SHORT = "2026/126"
_MADE = "2026/176"
"""Has manual materials in both of its phases."""


@dataclass(frozen=True)
class Snapshot:
    """Balances and orders at one moment."""

    balances: int
    digest: str
    statuses: dict[str, int]


def _snapshot(owner_dsn: str) -> Snapshot:
    with psycopg.connect(owner_dsn) as connection:
        ((balances, digest),) = connection.execute(read_query(__file__, "balance_digest")).fetchall()
        statuses = connection.execute(
            "select status, count(*) from erp.production_order group by status order by count(*) desc"
        ).fetchall()
    return Snapshot(balances, digest, dict(statuses))


def _print_progress(before: Snapshot, now: Snapshot) -> None:
    closed = now.statuses["closed"] - before.statuses["closed"]
    click.echo(
        _(
            "{orders} more than before closed; {balances:,} stock balances,",
            orders=counted(closed, "order"),
            balances=now.balances,
        )
    )
    click.echo(_("digest before: {digest},", digest=before.digest))
    click.echo(_("digest now:    {digest}.", digest=now.digest))


def _compare(before: Snapshot, after: Snapshot) -> None:
    if (before.balances, before.digest) != (after.balances, after.digest):
        raise HarnessError(_("The balances are not where they began."), _("This is a fault of the product: report it."))
    click.echo(_("All {balances:,} stock balances are where they began;", balances=before.balances))
    click.echo(_("digest before and after: {digest}.", digest=after.digest))
    if before.statuses != after.statuses:
        raise HarnessError(_("The orders are not as they were."), _("This is a fault of the product: report it."))
    click.echo(
        _(
            "The orders too: {statuses}.",
            statuses=", ".join(
                filled("{count:,} {status}", count=count, status=status_label(status))
                for status, count in after.statuses.items()
            ),
        )
    )


def _title(text: str) -> None:
    click.echo()
    console().print(Text(f"── {text} ──", style="bold"))


def _command() -> str:
    """Return what to type for rilascio here: its path, as long as the environment is not on the PATH."""
    if shutil.which("rilascio"):
        return "rilascio"
    return shlex.quote(os.path.relpath(Path(sys.executable).parent / "rilascio"))


def _print_how_to_go_on(database: DemoDatabase, keep: bool) -> None:
    if not keep:
        command = f"{_command()} demo --keep"
        click.echo(_("To go on by hand: {command} leaves the factory running.", command=command))
        return
    click.echo("\n" + _("To go on by hand:") + "\n")
    click.echo(f"  export RILASCIO_DSN={shlex.quote(database.operator_dsn)}\n")
    click.echo(f"  {_command()} grid release --where 'item_code~EM-' --sort end_date")
    click.echo(f"  {_command()} preview {_GOOD} {_SHORT}")
    click.echo(f"  {_command()} release {_GOOD}")
    click.echo(f"  {_command()} declare {_GOOD} opening --phase 10")
    click.echo(f"\n{database.ending}")
