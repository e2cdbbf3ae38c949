"""`rilascio feasibility`: what stock covers of launched orders, each taken alone."""

from __future__ import annotations

from collections import Counter

import click
from psycopg.rows import dict_row
from psycopg.sql import SQL, Identifier

from rilascio.commands.answers import order_label
from rilascio.commands.grid import filtered, print_rows
from rilascio.commands.grid_columns import FEASIBILITY, ORDER
from rilascio.commands.options import company_option, connect, dsn_option, format_option, sort_option, where_option
from rilascio.filters import open_view, ordering, parse_filter
from rilascio.language import _, counted, filled, in_context, marked
from rilascio.orders import NUMBER_ORDER, find_company
from rilascio.output import print_csv, print_json, remark

FEASIBILITIES = (
    marked("all", context="covered by stock"),
    marked("partly", context="covered by stock"),
    marked("none", context="covered by stock"),
    marked("not_needed", context="covered by stock"),
)

_QUERY = SQL("""
with chosen as materialized (
    select g.*, row_number() over ({order}) as nth from {view} as g where true{where} {order} limit %s
)
select g.*, f.feasibility, f.feasible_quantity, f.automatic_material_count
from (select array_agg(c.order_id order by c.nth) as ids from chosen as c having count(*) > 0) as a
cross join lateral erp_api.order_feasibility({company}, a.ids) as f
inner join chosen as g on g.order_id = f.order_id
where f.feasibility = any(%s) order by g.nth
""")


def covered(feasibility: str) -> str:
    """Return what stock covers as people say it."""
    return in_context("covered by stock", feasibility).replace("_", " ")


@click.command()
@where_option
@sort_option
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Ask for the first N orders only.")
@click.option(
    "--only",
    multiple=True,
    type=click.Choice(FEASIBILITIES),
    help="Show orders of which stock covers this much; repeat it for more.",
)
@company_option
@format_option
@dsn_option()
def feasibility(
    filters: tuple[str, ...],
    sorts: tuple[str, ...],
    limit: int | None,
    only: tuple[str, ...],
    company: str | None,
    output_format: str,
    dsn: str | None,
) -> None:
    """What the stock of today covers of launched orders, each taken alone: all, partly, none, or not needed.

    Filters and sorting are those of the release grid; unless sorted, the orders come by their end. none also says that
    something else stands against an order: rilascio preview tells what.

    \b
    Examples, what can be released this week, and what waits for stock:
      rilascio feasibility --where 'end_date<2026-12-01' --only all
      rilascio feasibility --where 'customer~rossi' --only partly --only none --sort priority,end_date
    """
    parsed = [parse_filter(text) for text in filters]
    with connect(dsn) as connection:
        found = find_company(connection, company)
        view = open_view(connection, FEASIBILITY.view)
        where = filtered(connection, view, found, parsed)
        order = ordering(view, sorts or ("end_date",), NUMBER_ORDER)
        query = _QUERY.format(view=view.table, where=where.text, order=order, company=found.company_id)
        parameters = [*where.parameters, limit, list(only or FEASIBILITIES)]
        columns = [*view.columns, *FEASIBILITY.feasibility_columns]
        answer = SQL("select {} from ({}) as q").format(SQL(", ").join(map(Identifier, columns)), query)
        if output_format == "json":
            print_json(connection, answer, parameters)
        elif output_format == "csv":
            print_csv(connection, answer, parameters)
        else:
            with connection.cursor(row_factory=dict_row) as cursor:
                rows = cursor.execute(answer, parameters).fetchall()
            labelled = [row | {ORDER: order_label(row)} for row in rows]
            print_rows(
                FEASIBILITY, FEASIBILITY.columns, [[row[name] for name in FEASIBILITY.columns] for row in labelled]
            )
            counts = Counter(row["feasibility"] for row in rows)
            told = ", ".join(
                filled(
                    "{count:,} {covered}",
                    count=counts[name],
                    covered=covered(name),
                )
                for name in FEASIBILITIES
                if counts[name]
            )
            remark(f"{counted(len(rows), 'order')}: {told}." if rows else _("No row matches."))
