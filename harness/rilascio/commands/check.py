"""`rilascio check`: whether the tables of a company agree with one another and with what its runs did."""

from __future__ import annotations

import json
from typing import Any

import click
from psycopg.rows import namedtuple_row
from psycopg.sql import SQL

from rilascio.commands.diagnosis import FOUND, print_findings
from rilascio.commands.options import company_option, connect, dsn_option, report_format_option
from rilascio.language import _, counted
from rilascio.orders import find_checked_company

_CHECK = SQL("select * from erp_api.check_integrity({})")


@click.command()
@company_option
@report_format_option
@dsn_option()
@click.pass_context
def check(context: click.Context, company: str | None, output_format: str, dsn: str | None) -> None:
    """Check that stock, orders, declarations and history say what the runs have done.

    Something is found where somebody wrote behind the product's back, a backup was put back in part, or a disk lied.
    An error is what the product warrants and does not hold; a warning may stem from other programs or work by hand.
    The codes are described with erp_api.check_integrity in docs/reference/functions.md. It takes no locks, so it
    may run beside releases; millions of movements take minutes. A member of erp_monitor may check every company. Exits
    with 3 if anything is found, with 0 if nothing is.

    \b
    Examples:
      rilascio check
      rilascio check --company ACME --format json
    """
    with connect(dsn) as connection:
        query = _CHECK.format(find_checked_company(connection, company).company_id)
        with connection.cursor(row_factory=namedtuple_row) as cursor:
            findings: list[Any] = cursor.execute(query).fetchall()
    if output_format == "json":
        click.echo(json.dumps([finding._asdict() for finding in findings], ensure_ascii=False, indent=2))
    elif findings:
        print_findings(findings)
        errors = sum(finding.finding_count for finding in findings if finding.severity == "error")
        warnings = sum(finding.finding_count for finding in findings) - errors
        click.echo(f"{counted(errors, 'error')}, {counted(warnings, 'warning')}.")
    else:
        click.echo(_("Nothing is found."))
    if findings:
        context.exit(FOUND)
