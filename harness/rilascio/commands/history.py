"""`rilascio runs` and `rilascio history`: who called what, and what became of each order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import click
import psycopg
from psycopg.rows import dict_row

from rilascio.commands.answers import print_hints
from rilascio.commands.grid import filtered, page, print_count, print_grid, print_rows, show
from rilascio.commands.grid_columns import HISTORY, MOVEMENT_HISTORY, ORDER, RUNS
from rilascio.commands.options import connect
from rilascio.commands.selection import GridOptions, takes_grid_options
from rilascio.filters import open_view, parse_filter
from rilascio.orders import Company, find_company, find_orders, parse_reference
from rilascio.output import print_table
from rilascio.paging import PAGE_KEY
from rilascio.runs import find_run


@click.command()
@takes_grid_options(" Also outcomes, their counts in words.")
def runs(options: GridOptions) -> None:
    """The last runs, newest first: who called what, when, and with which outcomes.

    A run is one call of release, restore, declare, register, rollback, undeclare, close, reopen, archive or merge; its
    number leads to what it answered (rilascio history --run). Its kind is release, restore, declaration, registration,
    rollback, deletion, close, reopen, archive, merge, data, orders, posting, stock_removal, load or hand.

    \b
    Examples:
      rilascio runs --where 'started_at>=today' --where 'refused_count>0'
      rilascio runs --where kind=release --where caller_role=anna --limit 10
    """
    show(RUNS, options)


@click.command()
@takes_grid_options(of_orders=True)
@click.option("--run", "number", type=click.IntRange(min=1), metavar="N", help="Only what this run did.")
@click.option("--movements", is_flag=True, help="The movements it made, in force or removed, in place of the answers.")
def history(options: GridOptions, number: int | None, movements: bool) -> None:
    """What happened to an order, or what a run did, newest first: each answer, and the reasons in words.

    ORDER is YEAR/NUMBER (lot 0) or YEAR/NUMBER/LOT; without one, the last answers of all runs. Of a remainder the
    split that made it is told too. Ids that nobody knows have no row; rilascio runs counts them.

    \b
    Examples, why an order was refused, what a run refused, and what moved for an order:
      rilascio history 2026/15
      rilascio history --run 12 --where outcome=refused
      rilascio history --where 'started_at>=today' --where outcome=refused
      rilascio history 2026/15 --movements
    """
    grid = MOVEMENT_HISTORY if movements else HISTORY
    wanted = [parse_reference(text) for text in options.references]
    filters = [parse_filter(text) for text in options.filters]
    with connect(options.dsn) as connection:
        company = find_company(connection, options.company)
        view = open_view(connection, grid.view)
        where = filtered(connection, view, company, filters)
        if wanted:
            ids = [order.order_id for order in find_orders(connection, company, wanted)]
            where = where.also(" and (order_id = any(%s::bigint[])", ids)
            where = where.also(")") if movements else where.also(" or other_order_id = any(%s::bigint[]))", ids)
        if number is not None:
            find_run(connection, company, number)
            where = where.also(" and %s in (run_id, removal_run_id)" if movements else " and run_id = %s", number)
        if movements or options.columns or options.output_format != "table":
            print_grid(connection, grid, view, company, where, options)
            return
        columns = HISTORY.columns
        if number is not None:
            _print_run(connection, company, options, number)
            columns = tuple(name for name in columns if name not in RUNS.columns)
        query, parameters = page(
            connection, grid, view, company, where, options, [*dict.fromkeys([*columns, *_TOLD, PAGE_KEY])]
        )
        with connection.cursor(row_factory=dict_row) as cursor:
            rows = cursor.execute(query, parameters).fetchall()
        print_rows(grid, columns, [[row[name] for name in columns] for row in rows])
        _print_reasons(rows)
        print_count(connection, view, where, [row[PAGE_KEY] for row in rows], options)


_TOLD = ("run_id", ORDER, "reasons")


def _print_run(connection: psycopg.Connection[Any], company: Company, options: GridOptions, number: int) -> None:
    """Print who called when, above the answers of one run."""
    view = open_view(connection, RUNS.view)
    where = filtered(connection, view, company, []).also(" and run_id = %s", number)
    query, parameters = page(
        connection, RUNS, view, company, where, replace(options, sorts=(), after=None), RUNS.columns
    )
    print_rows(RUNS, RUNS.columns, connection.execute(query, parameters).fetchall())
    click.echo()


def _print_reasons(rows: Sequence[Mapping[str, Any]]) -> None:
    """Print the reasons of answers in words, run and order with the first of each."""
    reasons = [
        (*((None, None) if number else (row["run_id"], row[ORDER])), reason)
        for row in rows
        for number, reason in enumerate(row["reasons"])
    ]
    if reasons:
        click.echo()
        print_table(
            ["run", "order", "reason", "message"],
            [(run, order, reason["code"], reason["message"]) for run, order, reason in reasons],
            wrapped=("message",),
            flexible=("reason",),
        )
        print_hints(reason["hint"] for _, _, reason in reasons if reason.get("hint"))
