"""`rilascio deploy`, `status` and `mark`: what the database holds of the product."""

from __future__ import annotations

from pathlib import Path

import click

from rilascio import deployment
from rilascio.commands.deploy_answers import (
    as_owner,
    lock_timeout_option,
    patience_option,
    print_differences,
    print_list,
    print_report,
)
from rilascio.commands.deploy_plan import print_plan, write_script
from rilascio.commands.options import dsn_option, report_format_option, required
from rilascio.errors import USAGE, HarnessError
from rilascio.output import remark

PENDING = 3
"""Exit code of `rilascio status` if the database is not current."""


@click.command()
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
@click.option(
    "--plan",
    "show_plan",
    is_flag=True,
    help="Show the statements that would be run, what each locks, and how sources differ from those deployed; do "
    "nothing.",
)
@click.option(
    "--sql",
    "script_file",
    type=click.Path(dir_okay=False, writable=True, allow_dash=True, path_type=Path),
    metavar="FILE",
    help="Write a script for psql that does what this command would do (-: to standard output); do nothing else.",
)
@patience_option
@report_format_option
@dsn_option()
def deploy(
    dry_run: bool, show_plan: bool, script_file: Path | None, lock_timeout: str, output_format: str, dsn: str | None
) -> None:
    """Bring a database up to this release: migrations, then routines, views and grants in one transaction.

    Running it again changes nothing. The caller must be a superuser, or a member of erp_owner who may create schemas.

    \b
    Examples:
      rilascio deploy --plan --dsn postgresql://postgres@host/factory
      rilascio deploy --dsn postgresql://postgres@host/factory
      rilascio deploy --sql deploy.sql --dsn postgresql://postgres@host/factory
    """
    if sum((dry_run, show_plan, script_file is not None)) > 1:
        raise HarnessError("--dry-run, --plan and --sql exclude each other.", "Give one of them.", exit_code=USAGE)
    if show_plan or script_file:
        with as_owner():
            planned = deployment.plan(required(dsn), lock_timeout=lock_timeout)
        if script_file:
            write_script(planned, script_file)
        elif output_format == "json":
            print_report(planned)
        else:
            print_plan(planned)
        return
    with as_owner():
        report = deployment.deploy(required(dsn), lock_timeout=lock_timeout, progress=remark, dry_run=dry_run)
    if output_format == "json":
        print_report(report)
        return
    if not report.changed:
        click.echo(f"Nothing to do: the database is at release {report.release}.")
    elif dry_run:
        click.echo(f"To be deployed, release {report.release}:")
    else:
        click.echo(f"Deployed release {report.release}:")
    print_list("roles", report.roles)
    print_list("migrations", report.migrations)
    print_list("migrations marked", report.marked)
    print_list("source files", report.sources, short=True)
    print_list("dropped", report.dropped)
    print_list("created", report.created, short=True)
    print_list("replaced", report.replaced, short=True)
    print_list("put right", report.repaired)
    print_list("taken as they are", report.unrepaired)
    print_list("not ours, left alone", report.strays)
    print_list("tables changed by hand, left alone: see rilascio status", report.tables)


_STATES = {
    "empty": "The database holds no rilascio.",
    "foreign": "The database holds schemas of our names that rilascio did not make.",
    "edited": "A migration was edited after it had been applied.",
    "newer": "The database is newer than this release.",
    "behind": "The database is behind this release.",
    "drifted": "Somebody changed something in the database by hand.",
    "current": "The database is current.",
}


@click.command()
@report_format_option
@dsn_option()
@click.pass_context
def status(context: click.Context, output_format: str, dsn: str | None) -> None:
    """Say what is applied, pending, edited or changed by hand.

    Exits with 0 if the database is current, else with 3. A member of erp_monitor may ask.

    \b
    Example:
      rilascio status --format json --dsn postgresql://postgres@host/factory
    """
    with as_owner("erp_monitor or erp_owner"):
        report = deployment.status(required(dsn))
    if output_format == "json":
        print_report(report)
    else:
        click.echo(f"{_STATES.get(report.state, report.state)} This is release {report.release}.")
        if report.last:
            last = report.last
            click.echo(f"Last: {last.kind} of release {last.release} by {last.deployed_by} at {last.deployed_at}.")
        print_list("schemas in the way", report.foreign_schemas)
        print_list("applied", report.applied)
        print_list("pending", report.pending)
        print_list("edited since", report.edited)
        print_list("unknown here", report.unknown)
        print_list("to be marked", report.unmarked)
        print_list("without checksum", report.unrecorded)
        print_list("source files to apply", report.sources_changed, short=True)
        print_list("changed by hand", report.changed_in_database)
        print_list("dropped by hand", report.missing_in_database)
        print_list("not ours", report.strays)
        print_list("roles that may too much", report.roles)
        print_differences(report.tables)
    context.exit(0 if report.state == "current" else PENDING)


@click.command()
@click.argument("migration", metavar="MIGRATION")
@lock_timeout_option
@dsn_option()
def mark(migration: str, lock_timeout: str, dsn: str | None) -> None:
    """Record a MIGRATION as applied without running it, after an interrupted deployment.

    \b
    Example:
      rilascio mark 0003_create_runs --dsn postgresql://postgres@host/factory
    """
    with as_owner():
        changed = deployment.mark(required(dsn), migration, lock_timeout=lock_timeout, progress=remark)
    click.echo(f"Marked {migration} as applied." if changed else f"{migration} was marked already.")
