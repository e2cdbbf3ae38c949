"""`rilascio archive-history`: old runs leave the history for a file."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click
import psycopg

from rilascio.archive import ArchiveFile, archive
from rilascio.commands.options import company_option, connect, dsn_option
from rilascio.errors import USAGE, HarnessError
from rilascio.language import counted
from rilascio.orders import Company, find_company
from rilascio.output import print_table, progress

_PREVIEW = "select * from erp_api.preview_archive_history(%s, %s::timestamptz)"


@click.command("archive-history")
@company_option
@click.option(
    "--before",
    type=click.DateTime(["%Y-%m-%d"]),
    required=True,
    metavar="DATE",
    help="Runs that began before this day, in the time zone of the company.",
)
@click.option("--output", type=click.Path(path_type=Path), metavar="FILE", help="The file to which they are appended.")
@click.option(
    "--batch",
    type=click.IntRange(1, 10_000),
    default=1000,
    show_default=True,
    metavar="N",
    help="How many runs at a time.",
)
@click.option("--dry-run", is_flag=True, help="Count what would go and what would stay; change nothing.")
@dsn_option()
def archive_history(
    company: str | None, before: datetime, output: Path | None, batch: int, dry_run: bool, dsn: str | None
) -> None:
    """Move old runs on which nothing stands from the history into a file.

    What can still be taken back or asked for stays: a run whose records are in force, the release of an order, and so
    on (rule R80). A run is a line of JSON with its rows as the tables had them; one of very many answers is several
    lines. A batch is on disk before it is removed; after an interruption call again with the same file, which then has
    each run once. People work on beside it. Readers of the feed that have not come so far have to begin anew (rilascio
    follow --resync).

    Needs a member of the company with the role erp_archivist. Request keys keep their runs until they are forgotten
    (erp_api.prune_request_keys).

    \b
    Examples:
      rilascio archive-history --before 2024-01-01 --dry-run
      rilascio archive-history --before 2024-01-01 --output history-2023.jsonl
    """
    if output is None and not dry_run:
        raise HarnessError(
            "No file is named that would keep what is removed.", "Add --output FILE, or --dry-run.", exit_code=USAGE
        )
    day = f"{before:%Y-%m-%d}"
    with connect(dsn) as connection:
        found = find_company(connection, company)
        if dry_run:
            return _count(connection, found, day)
        assert output is not None
        count = 0
        with ArchiveFile(output, found.code) as file, progress("Archiving", None) as bar:
            for runs in archive(connection, found, day, batch, file):
                count += runs
                bar.update(bar.task_ids[0], completed=count)
    click.echo(f"{counted(count, 'run')} of before {day} moved to {output}." if count else _nothing(day))


def _count(connection: psycopg.Connection[Any], company: Company, day: str) -> None:
    rows = connection.execute(_PREVIEW, [company.company_id, day]).fetchall()
    print_table(["kind", "would go", "would stay"], rows)
    gone = sum(going for _, going, _ in rows)
    click.echo(f"{counted(gone, 'run')} of before {day} would go." if gone else _nothing(day))


def _nothing(day: str) -> str:
    return f"Nothing goes: no run of before {day} is there on which nothing stands."
