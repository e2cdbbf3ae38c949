"""`rilascio partition`: stock in a partition for each month."""

from __future__ import annotations

from datetime import datetime

import click

from rilascio import deployment
from rilascio.commands.deploy_answers import as_owner, patience_option, print_list, print_report
from rilascio.commands.options import dsn_option, report_format_option, required
from rilascio.output import remark


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
@click.option("--drop-empty", is_flag=True, help="Drop the months that are past and hold nothing any more, too.")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
@patience_option
@report_format_option
@dsn_option()
def partition(
    months: int,
    first_month: datetime | None,
    drop_empty: bool,
    dry_run: bool,
    lock_timeout: str,
    output_format: str,
    dsn: str | None,
) -> None:
    """Keep stock records, stock movements and their history in a partition for each month.

    An option for databases that grow for years, and one way: there is no command back. What is there becomes the first
    partition, without being copied; people work on, but for moments in which their calls wait. Until a table is turned,
    it takes no day of the months that are to come after the first partition. Run it again to make the months to come,
    once a month for instance; days without a partition of their own lie in that of later days. If it was cut off, run
    it again.

    No stock is ever removed, and history goes by rilascio archive-history; --drop-empty drops the months that this has
    left empty. The caller must be a superuser, or a member of
    erp_owner; the database must be at this release.

    \b
    Examples:
      rilascio partition --dsn postgresql://postgres@host/factory
      rilascio partition --from 2026-01 --months 24 --dsn postgresql://postgres@host/factory
      rilascio partition --drop-empty --dry-run --dsn postgresql://postgres@host/factory
    """
    with as_owner():
        report = deployment.partition(
            required(dsn),
            months=months,
            first_month=first_month.date() if first_month else None,
            drop_empty=drop_empty,
            dry_run=dry_run,
            lock_timeout=lock_timeout,
            progress=remark,
        )
    if output_format == "json":
        print_report(report)
        return
    if not (report.turned or report.made or report.dropped):
        click.echo("Nothing to do: every month has its partitions.")
    elif dry_run:
        click.echo("A dry run, nothing was changed:")
    print_list("partitioned", report.turned)
    print_list("months made", report.made, short=True)
    print_list("months dropped", report.dropped, short=True)
    print_list("not made, since later days hold some of theirs", report.left)
