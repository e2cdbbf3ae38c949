"""`rilascio preview`, `release` and `restore`: the functions of `erp_api`, from the command line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import click
import psycopg

from rilascio.commands.actions import CallElement, act, show_preview
from rilascio.commands.answers import Action
from rilascio.commands.grid import list_orders
from rilascio.commands.grid_columns import RESTORE as RESTORE_GRID
from rilascio.commands.options import connect, dsn_option, format_option
from rilascio.commands.selection import (
    ActionOptions,
    Selection,
    record_date_option,
    takes_action_options,
    takes_selection,
)
from rilascio.errors import USAGE, HarnessError
from rilascio.language import VERB, _, counted, marked
from rilascio.orders import Company, Order, find_company, find_orders, select_orders
from rilascio.output import remark
from rilascio.runs import find_run

RELEASE = Action(marked("release", context=VERB), "release_production_orders", splits=True)
RESTORE = Action(marked("restore", context=VERB), "restore_production_orders")

PARTS = "[ORDER[=QUANTITY]]..."
"""What a release and its preview take, as help shows it."""

ORDER_LABELS = (("order_year", "integer"), ("order_number", "integer"), ("order_lot", "integer"))
PREVIEW_RELEASE = replace(RELEASE, function="preview_release", labels=ORDER_LABELS)
PREVIEW_RESTORE = replace(RESTORE, function="preview_restore", labels=ORDER_LABELS)

_on_shortage_option = click.option(
    "--on-shortage",
    type=click.Choice(["refuse", "split"]),
    help="What becomes of an order that stock does not cover.  [default: as the company has it]",
)
all_or_none_option = click.option("--all-or-none", is_flag=True, help="One transaction: one refusal refuses all.")


def check_dry_run(dry_run: bool, all_or_none: bool) -> None:
    """Raise HarnessError if both were typed."""
    if dry_run and all_or_none:
        raise HarnessError(_("A dry run checks each order by itself."), _("Leave --all-or-none out."), exit_code=USAGE)


def find(
    connection: psycopg.Connection[Any], selection: Selection, view: str, *, in_parts: bool = False
) -> tuple[Company, list[Order]]:
    """Return the company and the orders that are named, or those of a grid that pass the filters."""
    company = find_company(connection, selection.company)
    if selection.by_filters:
        filters = selection.parsed_filters()
        return company, select_orders(connection, view, company, filters, selection.sorts, selection.limit)
    if not in_parts:
        return company, find_orders(connection, company, selection.parsed_references())
    parts = selection.parsed_parts()
    orders = find_orders(connection, company, parts)
    return company, [replace(order, quantity=parts[order.reference]) for order in orders]


def elements_of(orders: list[Order]) -> list[CallElement]:
    """Return the orders as elements of a call."""
    return [
        CallElement(
            order.order_id,
            str(order.reference),
            {
                "order_year": order.reference.year,
                "order_number": order.reference.number,
                "order_lot": order.reference.lot,
            },
            order.quantity,
        )
        for order in orders
    ]


@click.command()
@takes_selection(metavar=PARTS)
@click.option("--restore", "backwards", is_flag=True, help="Preview a restore instead of a release.")
@record_date_option()
@_on_shortage_option
@format_option
@dsn_option()
def preview(
    selection: Selection,
    backwards: bool,
    record_date: date | None,
    on_shortage: str | None,
    output_format: str,
    dsn: str | None,
) -> None:
    """Show what a release (or with --restore a restore) would do, changing nothing.

    ORDER is YEAR/NUMBER (lot 0) or YEAR/NUMBER/LOT; orders are served in the order given, with =QUANTITY so much of
    one. Up to 20 orders are shown with every movement, more of them in sum; csv and json always give a row per
    movement.

    \b
    Examples:
      rilascio preview 2026/15 2026/16/1 --on-shortage split
      rilascio preview 2026/15=20
      rilascio preview --all --where 'end_date<2026-12-01' --format csv
      rilascio preview --restore --all --where run_id=12
    """
    selection.check(in_parts=not backwards)
    arguments: dict[str, object] = {"record_date": record_date, "on_shortage": on_shortage}
    if backwards and any(arguments.values()):
        raise HarnessError(
            _("A restore has no record date and no shortage."), _("Leave the option out."), exit_code=USAGE
        )
    action = PREVIEW_RESTORE if backwards else PREVIEW_RELEASE
    with connect(dsn) as connection:
        view = "restore_grid" if backwards else "release_grid"
        company, orders = find(connection, selection, view, in_parts=not backwards)
        show_preview(connection, action, company, elements_of(orders), {} if backwards else arguments, output_format)


@click.command()
@takes_selection(metavar=PARTS)
@record_date_option()
@_on_shortage_option
@all_or_none_option
@takes_action_options()
@click.pass_context
def release(
    context: click.Context,
    selection: Selection,
    record_date: date | None,
    on_shortage: str | None,
    all_or_none: bool,
    note: str | None,
    options: ActionOptions,
) -> None:
    """Release launched orders: they become executive, and their automatic materials are issued.

    ORDER is YEAR/NUMBER (lot 0) or YEAR/NUMBER/LOT, or - alone to read them from standard input. Orders are served
    in the order given, with --all in that of --sort, else of year, number and lot. More than 1,000 orders are
    released 1,000 a transaction, unless --all-or-none.

    With =QUANTITY so much of an order is released, in its unit of measure; the rest stays launched as an order of the
    same number with the next lot.

    \b
    Examples:
      rilascio release 2026/15 2026/16/1
      rilascio release 2026/15=20 2026/17
      rilascio release --all --where 'end_date<2026-12-01' --sort priority,end_date

    Exits with 0 if every order was released, with 3 if any was refused.
    """
    arguments: dict[str, object] = {
        "record_date": record_date,
        "on_shortage": on_shortage,
        "all_or_none": all_or_none,
        "note": note,
    }
    context.exit(_act(RELEASE, selection, "release_grid", arguments, options))


@click.command()
@takes_selection(
    "order",
    click.option(
        "--run", type=click.IntRange(min=1), metavar="N", help="What this run released and is still released from it."
    ),
)
@all_or_none_option
@click.option("--dry-run", is_flag=True, help="Show what would be restored, and change nothing.")
@takes_action_options()
@click.pass_context
def restore(
    context: click.Context,
    selection: Selection,
    all_or_none: bool,
    dry_run: bool,
    note: str | None,
    options: ActionOptions,
) -> None:
    """Restore released orders: they are launched again, and what their release made is taken back.

    ORDER is YEAR/NUMBER (lot 0) or YEAR/NUMBER/LOT, or - alone to read them from standard input. More than 1,000
    orders are restored 1,000 a transaction, unless --all-or-none. The orders of a --run are shown before it asks.

    \b
    Examples:
      rilascio restore 2026/15 --note 'wrong week'
      rilascio restore --run 12
      rilascio restore --all --where restorable=true --where 'released_at>=today'

    Exits with 0 if every order was restored, with 3 if any was refused; with --dry-run always with 0.
    """
    check_dry_run(dry_run, all_or_none)
    arguments: dict[str, object] = {"all_or_none": all_or_none, "note": note}
    context.exit(_act(RESTORE, selection, "restore_grid", arguments, options, dry_run=dry_run))


def _act(
    action: Action,
    selection: Selection,
    view: str,
    arguments: dict[str, object],
    options: ActionOptions,
    *,
    dry_run: bool = False,
) -> int:
    """Carry out a release or restore as typed, and return the exit code."""
    in_parts = action is RELEASE
    selection.check(in_parts=in_parts)
    with connect(options.dsn) as connection:
        company, orders = find(connection, selection, view, in_parts=in_parts)
        if selection.run is not None:
            _introduce(connection, company, selection.run, orders, listed=not (dry_run or options.yes))
        if dry_run:
            show_preview(connection, PREVIEW_RESTORE, company, elements_of(orders), {}, options.output_format)
            return 0
        chunk_size = len(orders) if arguments["all_or_none"] else None
        return act(
            connection,
            action,
            company,
            elements_of(orders),
            arguments,
            options,
            chunk_size=chunk_size,
            by_filters=selection.by_filters,
        )


def _introduce(
    connection: psycopg.Connection[Any], company: Company, number: int, orders: Sequence[Order], *, listed: bool
) -> None:
    """Say on standard error how many orders a run released, and list those that are to be restored."""
    run = find_run(connection, company, number)
    if run.kind != "release":
        raise HarnessError(
            _("Run {number} is no release, but a {kind}.", number=number, kind=run.kind),
            _("rilascio rollback --all --where run_id={number} takes it back.", number=number)
            if run.kind == "registration"
            else _("rilascio runs --where kind=release shows the releases."),
        )
    remark(
        _(
            "Run {number} released {orders}; {count:,} to restore.",
            number=number,
            orders=counted(run.released_count, "order"),
            count=len(orders),
        )
    )
    if listed:
        list_orders(connection, RESTORE_GRID, company, [order.order_id for order in orders])
