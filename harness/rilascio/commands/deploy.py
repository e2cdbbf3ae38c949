"""`rilascio deploy`, `status`, `revert`, `mark` and `partition`: what the database holds of the product, and how."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from psycopg.errors import InsufficientPrivilege

from rilascio import deployment
from rilascio.commands.deploy_plan import print_plan, write_script
from rilascio.commands.options import dsn_option, report_format_option, required
from rilascio.deployment import Difference, RevertPlan
from rilascio.errors import USAGE, HarnessError
from rilascio.interruption import interrupted
from rilascio.language import counted
from rilascio.output import remark

PENDING = 3
"""Exit code of `rilascio status` if the database is not current."""

_patience_option = click.option(
    "--lock-timeout",
    default="60s",
    show_default=True,
    metavar="TIME",
    help="How long to try for locks that others hold.",
)
_lock_timeout_option = click.option(
    "--lock-timeout",
    default="5s",
    show_default=True,
    metavar="TIME",
    help="How long a statement waits for a lock that others hold.",
)


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
@_patience_option
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
        with _as_owner():
            planned = deployment.plan(required(dsn), lock_timeout=lock_timeout)
        if script_file:
            write_script(planned, script_file)
        elif output_format == "json":
            _print_report(planned)
        else:
            print_plan(planned)
        return
    with _as_owner():
        report = deployment.deploy(required(dsn), lock_timeout=lock_timeout, progress=remark, dry_run=dry_run)
    if output_format == "json":
        _print_report(report)
        return
    if not report.changed:
        click.echo(f"Nothing to do: the database is at release {report.release}.")
    elif dry_run:
        click.echo(f"To be deployed, release {report.release}:")
    else:
        click.echo(f"Deployed release {report.release}:")
    _print_list("roles", report.roles)
    _print_list("migrations", report.migrations)
    _print_list("migrations marked", report.marked)
    _print_list("source files", report.sources, short=True)
    _print_list("dropped", report.dropped)
    _print_list("created", report.created, short=True)
    _print_list("replaced", report.replaced, short=True)
    _print_list("put right", report.repaired)
    _print_list("taken as they are", report.unrepaired)
    _print_list("not ours, left alone", report.strays)
    _print_list("tables changed by hand, left alone: see rilascio status", report.tables)


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
    with _as_owner("erp_monitor or erp_owner"):
        report = deployment.status(required(dsn))
    if output_format == "json":
        _print_report(report)
    else:
        click.echo(f"{_STATES.get(report.state, report.state)} This is release {report.release}.")
        if report.last:
            last = report.last
            click.echo(f"Last: {last.kind} of release {last.release} by {last.deployed_by} at {last.deployed_at}.")
        _print_list("schemas in the way", report.foreign_schemas)
        _print_list("applied", report.applied)
        _print_list("pending", report.pending)
        _print_list("edited since", report.edited)
        _print_list("unknown here", report.unknown)
        _print_list("to be marked", report.unmarked)
        _print_list("without checksum", report.unrecorded)
        _print_list("source files to apply", report.sources_changed, short=True)
        _print_list("changed by hand", report.changed_in_database)
        _print_list("dropped by hand", report.missing_in_database)
        _print_list("not ours", report.strays)
        _print_list("roles that may too much", report.roles)
        _print_differences(report.tables)
    context.exit(0 if report.state == "current" else PENDING)


@click.command()
@click.option("--steps", type=click.IntRange(min=1), metavar="N", help="Undo the newest N migrations.")
@click.option("--to", metavar="MIGRATION", help="Undo all after this migration (name or number; 0000: all).")
@click.option("--drop-roles", is_flag=True, help="With the last migration, drop the roles that nothing else uses.")
@click.option("--dry-run", is_flag=True, help="Say what would be lost, and do nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@_lock_timeout_option
@report_format_option
@dsn_option()
def revert(
    steps: int | None,
    to: str | None,
    drop_roles: bool,
    dry_run: bool,
    yes: bool,
    lock_timeout: str,
    output_format: str,
    dsn: str | None,
) -> None:
    """Take migrations back. Their tables go, and the data in them.

    It names the database, the tables and their rows before it asks. With the last migration the schemas and the log of
    deployments go too; the roles belong to the whole server and stay, unless --drop-roles is given. What registered
    declarations have moved is taken back with rilascio rollback.

    \b
    Examples:
      rilascio revert --steps 1 --dry-run --dsn postgresql://postgres@host/factory
      rilascio revert --to 0000 --drop-roles
    """
    if (steps is None) == (to is None):
        raise HarnessError("How far to go back is not clear.", "Give either --steps or --to.", exit_code=USAGE)
    url = required(dsn)
    with _as_owner():
        plan = deployment.plan_revert(url, steps=steps, to=to, roles_too=drop_roles)
    if dry_run and output_format == "json":
        return _print_report(plan)
    _print_plan(plan, to_stderr=not dry_run)
    if dry_run:
        return
    if not yes and not click.confirm("All of this will be lost. Go on?", err=True):
        raise HarnessError("Nothing was done.")
    with _as_owner():
        report = deployment.revert(
            url, steps=steps, to=to, lock_timeout=lock_timeout, progress=remark, roles_too=drop_roles
        )
    if output_format == "json":
        _print_report(report)
        return
    click.echo(f"Reverted: {counted(len(report.reverted), 'migration')}; {len(report.remaining)} remain.")
    _print_list("reverted", report.reverted)
    _print_list("remaining", report.remaining)
    _print_list("roles dropped", report.dropped_roles)
    _print_list("roles kept", tuple(f"{role}, for {use}" for role, use in report.kept_roles.items()))


def _print_plan(plan: RevertPlan, *, to_stderr: bool) -> None:
    """Say what a way back would undo: before a question, beside the answer."""

    def tell(text: str) -> None:
        click.echo(text, err=to_stderr)

    tell(
        f"In the database {plan.database} on {plan.server}, {counted(len(plan.reverted), 'migration')} would be undone:"
    )
    for name in plan.reverted:
        tell(f"    {name}")
    if plan.lost:
        tell("  and with them, for good:")
    for one in plan.lost:
        if not one.rows and one.counted and not one.column:
            continue
        what = f"the column {one.column} of {one.table}" if one.column else one.table
        rows = counted(one.rows, "row")
        tell(f"    {what}: {rows if one.counted else f'about {rows}, by the statistics'}")
    if empty := sum(1 for one in plan.lost if not one.rows and one.counted and not one.column):
        tell(f"    {counted(empty, 'empty table')}")
    if plan.everything:
        tell("  Nothing remains then: the schemas and the log of deployments go too.")


@click.command()
@click.argument("migration", metavar="MIGRATION")
@_lock_timeout_option
@dsn_option()
def mark(migration: str, lock_timeout: str, dsn: str | None) -> None:
    """Record a MIGRATION as applied without running it, after an interrupted deployment.

    \b
    Example:
      rilascio mark 0003_create_runs --dsn postgresql://postgres@host/factory
    """
    with _as_owner():
        changed = deployment.mark(required(dsn), migration, lock_timeout=lock_timeout, progress=remark)
    click.echo(f"Marked {migration} as applied." if changed else f"{migration} was marked already.")


@click.command()
@click.option(
    "--months",
    type=click.IntRange(0, 120),
    default=12,
    show_default=True,
    metavar="N",
    help="How many months to come have a partition after this.",
)
@click.option(
    "--from",
    "first_month",
    type=click.DateTime(["%Y-%m"]),
    metavar="MONTH",
    help="The first month with a partition of its own; all stock must have moved before it. Left out: the month after "
    "next, or later if stock moves later.",
)
@_patience_option
@report_format_option
@dsn_option()
def partition(
    months: int, first_month: datetime | None, lock_timeout: str, output_format: str, dsn: str | None
) -> None:
    """Keep stock records, stock movements and their history in a partition for each month.

    An option for databases that grow for years, and one way: there is no command back. What is there becomes the first
    partition, without being copied; people work on, but for moments in which their calls wait. Until a table is turned,
    it takes no day of the months that are to come after the first partition. Run it again to make the months to come,
    once a month for instance; days without a partition of their own lie in that of later days. If it was cut off, run
    it again.

    Nothing is ever removed: rilascio archive-history does that. The caller must be a superuser, or a member of
    erp_owner; the database must be at this release.

    \b
    Examples:
      rilascio partition --dsn postgresql://postgres@host/factory
      rilascio partition --from 2026-01 --months 24 --dsn postgresql://postgres@host/factory
    """
    with _as_owner():
        report = deployment.partition(
            required(dsn),
            months=months,
            first_month=first_month.date() if first_month else None,
            lock_timeout=lock_timeout,
            progress=remark,
        )
    if output_format == "json":
        _print_report(report)
        return
    if not (report.turned or report.made):
        click.echo("Nothing to do: every month has its partitions.")
    _print_list("partitioned", report.turned)
    _print_list("months made", report.made, short=True)
    _print_list("not made, since later days hold some of theirs", report.left)


@contextmanager
def _as_owner(roles: str = "erp_owner") -> Iterator[None]:
    """Say of a lack of privileges whose they are, and of an interruption that nothing was left half done."""
    try:
        yield
    except KeyboardInterrupt as error:
        raise interrupted(
            error, "What was not finished is rolled back.", "rilascio status tells what the database holds."
        ) from error
    except HarnessError as error:
        advised = (error.hint or "").startswith("Have ")
        if isinstance(error.__cause__, InsufficientPrivilege) and not advised:
            raise HarnessError(error.message, f"Connect as a superuser or as a member of {roles}.") from error
        raise


def _print_differences(found: Sequence[Difference]) -> None:
    if not found:
        return
    click.echo("  tables that are not as the migrations made them:")
    for one in found:
        match one.problem:
            case "missing":
                click.echo(f"    {one.object} is missing: {one.expected}")
            case "added":
                click.echo(f"    {one.object} was added: {one.found}")
            case _:
                click.echo(f"    {one.object} is {one.found}, and should be {one.expected}")
    repairs = list(dict.fromkeys(one.repair for one in found if one.repair))
    if repairs:
        click.echo("  no deployment changes them; as erp_owner, or a superuser, once their data is looked after:")
        for repair in repairs:
            click.echo(f"    {repair}")
    if len(repairs) < len(found):
        click.echo("  what has no statement here is put back from a backup, or after a look at the migrations")


def _print_report(report: Any) -> None:
    click.echo(json.dumps(asdict(report), indent=1, ensure_ascii=False))


def _print_list(title: str, names: tuple[str, ...], *, short: bool = False) -> None:
    if short and len(names) > 10:
        click.echo(f"  {title}: {len(names)}")
    elif names:
        click.echo(f"  {title}:")
        for name in names:
            click.echo(f"    {name}")
