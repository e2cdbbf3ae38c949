"""`rilascio cluster move`: a company to another shard."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from rilascio.cluster import MoveReport, move_company, plan_move, remove_copy, undo_move
from rilascio.commands.options import proxy_option, report_format_option, required
from rilascio.errors import USAGE, HarnessError
from rilascio.output import print_table, remark


@click.command()
@click.argument("company", metavar="COMPANY", type=int)
@click.argument("shard", metavar="SHARD")
@click.option("--dry-run", is_flag=True, help="Say what would be copied; change nothing.")
@click.option("--undo", is_flag=True, help="Take back a move that was cut off: the company stays where it was.")
@click.option("--remove", is_flag=True, help="Remove the copy that the company has left, if nobody has changed it.")
@click.option("--discard-changes", is_flag=True, help="With --remove: though somebody has changed it.")
@click.option(
    "--lock-timeout",
    default="60s",
    show_default=True,
    metavar="TIME",
    help="How long to try until no call of the company is under way.",
)
@report_format_option
@proxy_option
def move(
    company: int,
    shard: str,
    dry_run: bool,
    undo: bool,
    remove: bool,
    discard_changes: bool,
    lock_timeout: str,
    output_format: str,
    dsn: str | None,
) -> None:
    """Move COMPANY, named by its number, to SHARD, while people work.

    Its rows are copied beside calls. Then calls of this company are refused for a moment (40001, to be sent again),
    what has changed meanwhile is brought over, all tables are compared by their digests, and the company is in force at
    SHARD. If the command is cut off, run it again; until the company is in force there, --undo takes the move back.

    What the company leaves is a copy that nobody reads or writes: keep it until you are content, then --remove it. All
    ids, request keys and places of the feed stay.

    \b
    Examples:
      rilascio cluster move 7 south --dry-run --dsn postgresql://postgres@proxy/factory
      rilascio cluster move 7 south --dsn postgresql://postgres@proxy/factory
      rilascio cluster move 7 south --remove --dsn postgresql://postgres@proxy/factory
    """
    if dry_run + undo + remove > 1:
        raise HarnessError("--dry-run, --undo and --remove exclude each other.", exit_code=USAGE)
    if discard_changes and not remove:
        raise HarnessError("--discard-changes goes with --remove.", exit_code=USAGE)
    dsn = required(dsn)
    if dry_run:
        report = plan_move(dsn, company, shard)
    elif undo:
        report = undo_move(dsn, company, shard, progress=remark)
    elif remove:
        report = remove_copy(dsn, company, shard, discard_changes=discard_changes, progress=remark)
    else:
        report = move_company(dsn, company, shard, lock_timeout=lock_timeout, progress=remark)
    if output_format == "json":
        click.echo(json.dumps(asdict(report), indent=1, ensure_ascii=False))
    else:
        _print_report(report, report.source if undo else report.target)


def _print_report(report: MoveReport, home: str) -> None:
    rows = sum(table.rows for table in report.tables)
    match report.outcome:
        case "planned":
            print_table(("table", "rows", "bytes"), [(one.name, one.rows, one.size) for one in report.tables])
            click.echo(f"Company {report.company} would move from {report.source} to {report.target}: {rows} rows.")
        case "moved":
            click.echo(
                f"Company {report.company} is in force at {report.target}, with {rows} rows that are equal at both"
                f" shards. Its calls were refused for {report.seconds_refused:.1f} seconds."
            )
            click.echo(f"A copy is left at {report.source}; --remove removes it.")
        case "removed":
            click.echo(f"The copy of company {report.company} at {report.source} is removed: {rows} rows.")
        case "undone":
            click.echo(f"Company {report.company} stays at {report.source}.")
        case _:
            click.echo(f"Nothing to do: company {report.company} is at {home}.")
