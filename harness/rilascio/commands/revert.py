"""`rilascio revert`: migrations undone, after it was said what is lost."""

from __future__ import annotations

import click

from rilascio import deployment
from rilascio.commands.deploy_answers import as_owner, lock_timeout_option, print_list, print_report
from rilascio.commands.options import dsn_option, report_format_option, required
from rilascio.deployment import RevertPlan
from rilascio.errors import USAGE, HarnessError
from rilascio.language import counted
from rilascio.output import remark


@click.command()
@click.option("--steps", type=click.IntRange(min=1), metavar="N", help="Undo the newest N migrations.")
@click.option("--to", metavar="MIGRATION", help="Undo all after this migration (name or number; 0000: all).")
@click.option("--drop-roles", is_flag=True, help="With the last migration, drop the roles that nothing else uses.")
@click.option("--dry-run", is_flag=True, help="Say what would be lost, and do nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@lock_timeout_option
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
    with as_owner():
        plan = deployment.plan_revert(url, steps=steps, to=to, roles_too=drop_roles)
    if dry_run and output_format == "json":
        return print_report(plan)
    _print_plan(plan, to_stderr=not dry_run)
    if dry_run:
        return
    if not yes and not click.confirm("All of this will be lost. Go on?", err=True):
        raise HarnessError("Nothing was done.")
    with as_owner():
        report = deployment.revert(
            url, steps=steps, to=to, lock_timeout=lock_timeout, progress=remark, roles_too=drop_roles
        )
    if output_format == "json":
        print_report(report)
        return
    click.echo(f"Reverted: {counted(len(report.reverted), 'migration')}; {len(report.remaining)} remain.")
    print_list("reverted", report.reverted)
    print_list("remaining", report.remaining)
    print_list("roles dropped", report.dropped_roles)
    print_list("roles kept", tuple(f"{role}, for {use}" for role, use in report.kept_roles.items()))


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
