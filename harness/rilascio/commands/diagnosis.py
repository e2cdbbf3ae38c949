"""`rilascio explain` and `rilascio doctor`: where a material comes from, and what is wrong with the configuration."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import click
import psycopg
from psycopg.rows import namedtuple_row
from psycopg.sql import SQL, Composed

from rilascio.commands.completion import complete_order
from rilascio.commands.options import company_option, connect, dsn_option, format_option, report_format_option
from rilascio.commands.selection import record_date_option
from rilascio.language import _, counted
from rilascio.orders import find_company, find_orders, parse_reference
from rilascio.output import cell, print_csv, print_json, print_table, remark, title

FOUND = 3
"""Exit code if there is something on which releases fail."""

_EXPLAIN = SQL("select * from erp_api.explain_material_source({company}, {order}, {line})")

_EXPLAIN_ALL = SQL("""
select m.line as material_line, m.item_code, m.variant_code, e.*
from erp_data.production_order as o
inner join erp_data.production_order_material as m
    on (m.company_id, m.order_year, m.order_number, m.order_lot)
        = (o.company_id, o.order_year, o.order_number, o.order_lot)
cross join lateral erp_api.explain_material_source(o.company_id, o.order_id, m.line) as e
where o.company_id = {company} and o.order_id = {order}
order by m.line, e.precedence
""")

_WINNERS = SQL("""
select distinct on (e.material_line)
    e.material_line as line, e.item_code, case when e.wins then e.level else 'none' end as level, e.explanation
from ({}) as e
order by e.material_line, e.wins desc, e.precedence desc
""")
"""Where no level wins, the last one tells so."""

_DIAGNOSE = SQL("select * from erp_api.diagnose_configuration({}, {})")


@click.command()
@click.argument("order", metavar="ORDER", shell_complete=complete_order)
@click.argument("line", type=click.IntRange(min=0), required=False, metavar="[LINE]")
@company_option
@format_option
@dsn_option()
def explain(order: str, line: int | None, company: str | None, output_format: str, dsn: str | None) -> None:
    """Tell where a material of an order comes from, and why.

    ORDER is YEAR/NUMBER (lot 0) or YEAR/NUMBER/LOT, LINE the material's line. The five levels are shown in the order
    in which they are asked: what each holds, whether it counts, and which one wins. Without a LINE each material is
    shown with the level that wins; csv and json give all levels of each.

    \b
    Examples:
      rilascio explain 2026/15
      rilascio explain 2026/15 3
    """
    reference = parse_reference(order)
    with connect(dsn) as connection:
        found_company = find_company(connection, company)
        [found] = find_orders(connection, found_company, [reference])
        query = (_EXPLAIN if line is not None else _EXPLAIN_ALL).format(
            company=found_company.company_id, order=found.order_id, line=line
        )
        if output_format == "json":
            print_json(connection, query, [])
        elif output_format == "csv":
            print_csv(connection, query, [])
        elif line is not None:
            _print_rows(connection, query, ("level", "site_code", "wins", "explanation"), wrapped=("explanation",))
        else:
            columns = ("line", "item_code", "level", "explanation")
            _print_rows(connection, _WINNERS.format(query), columns, wrapped=("explanation",))
            remark(_("rilascio explain {reference} LINE shows the five levels of a line.", reference=reference))


@click.command()
@company_option
@record_date_option(purpose="As if orders were released on that date.")
@report_format_option
@dsn_option()
@click.pass_context
def doctor(
    context: click.Context, company: str | None, record_date: date | None, output_format: str, dsn: str | None
) -> None:
    """List configuration on which releases will fail, before anyone presses the button.

    An error is what launched orders fail on; a warning is what nothing fails on yet. The codes are described with
    erp_api.diagnose_configuration in docs/reference/functions.md. Exits with 3 if there are errors, with 0 if
    there are none.

    \b
    Examples:
      rilascio doctor
      rilascio doctor --record-date 2026-12-31 --format json
    """
    with connect(dsn) as connection:
        found_company = find_company(connection, company)
        query = _DIAGNOSE.format(found_company.company_id, record_date)
        with connection.cursor(row_factory=namedtuple_row) as cursor:
            findings: list[Any] = cursor.execute(query).fetchall()
    errors = sum(finding.finding_count for finding in findings if finding.severity == "error")
    if output_format == "json":
        click.echo(json.dumps([finding._asdict() for finding in findings], ensure_ascii=False, indent=2))
    else:
        print_findings(findings)
        warnings = sum(finding.finding_count for finding in findings) - errors
        click.echo(
            f"{counted(errors, 'error')}, {counted(warnings, 'warning')}." if findings else _("Nothing is found.")
        )
    if errors:
        context.exit(FOUND)


def print_findings(findings: Sequence[Any]) -> None:
    """Print each finding as a few lines: texts of any length do not fit a table."""
    for finding in findings:
        click.echo(f"{finding.severity} {finding.code} ({finding.finding_count:,})")
        click.echo(f"  {finding.message} {finding.hint}")
        for one in finding.examples:
            click.echo(f"  - {_example(one)}")
        more = finding.finding_count - len(finding.examples)
        click.echo("  - " + _("and {count:,} more", count=more) + "\n" if more else "")


def _example(values: Mapping[str, object]) -> str:
    """Return an example as words: `item NUT, order 2026/15/0, line 2`."""
    names = [name for name in _EXAMPLE_COLUMNS if name in values] + sorted(set(values) - set(_EXAMPLE_COLUMNS))
    return ", ".join(f"{title(name, {name: name.removesuffix('_code')})} {cell(values[name])}" for name in names)


_EXAMPLE_COLUMNS = (
    "item_code",
    "variant_code",
    "lot_code",
    "warehouse_code",
    "reason_code",
    "location_code",
    "level",
    "site_code",
    "section",
    "counterpart_of",
    "valid_until",
    "required",
    "available",
    "job_order",
    "order",
    "line",
    "declaration_id",
    "phase",
    "status",
    "run_id",
    "record_date",
    "record_number",
    "period_start",
    "period_end",
)
"""The keys of examples in the order in which they are read."""


def _print_rows(
    connection: psycopg.Connection[Any], query: Composed, columns: Sequence[str], wrapped: Sequence[str]
) -> None:
    with connection.cursor(row_factory=namedtuple_row) as cursor:
        rows = cursor.execute(query).fetchall()
    print_table(
        columns,
        [[getattr(row, column) for column in columns] for row in rows],
        titles={column: column.removesuffix("_code") for column in columns},
        wrapped=wrapped,
    )
