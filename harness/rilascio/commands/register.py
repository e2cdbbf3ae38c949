"""`rilascio register`, `rollback` and `undeclare`: production declarations, from the command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import click
import psycopg

from rilascio.commands.actions import CallElement, act, show_preview
from rilascio.commands.answers import DETAIL_LIMIT, Action, Row, order_label
from rilascio.commands.options import connect
from rilascio.commands.selection import (
    ActionOptions,
    Selection,
    record_date_option,
    takes_action_options,
    takes_selection,
)
from rilascio.declarations import Declaration, find_declarations, select_declarations
from rilascio.language import VERB, _, marked
from rilascio.orders import Company, Reference, find_company
from rilascio.output import remark

LABELS = (
    ("order_year", "integer"),
    ("order_number", "integer"),
    ("order_lot", "integer"),
    ("phase", "integer"),
    ("sub_phase", "integer"),
    ("kind", "text"),
)
"""What the commands know of a declaration and put before the functions' own columns."""


def _numbered(row: Row) -> str:
    """Return a declaration's id and its order: `12 (2026/15)`."""
    number = str(row["declaration_id"])
    return number if row["order_year"] is None else f"{number} ({order_label(row)})"


REGISTER = Action(
    marked("register", context=VERB),
    "register_declarations",
    marked("declaration", plural="declarations"),
    "declaration_ids",
    _numbered,
    LABELS,
    columns=("declaration", "order", "phase", "kind", "outcome", "records", "movements"),
    more=marked("--format json gives all."),
)
PREVIEW_REGISTRATION = replace(REGISTER, function="preview_registration")
ROLL_BACK = replace(REGISTER, verb=marked("roll back", context=VERB), function="rollback_declarations")
DELETE = replace(
    REGISTER,
    verb=marked("delete", context=VERB),
    function="delete_declarations",
    columns=("declaration", "order", "phase", "kind", "outcome"),
)

_takes_declarations = takes_selection(
    "declaration",
    click.option(
        "--id", "ids", multiple=True, type=click.IntRange(min=1), metavar="N", help="A declaration; repeat it."
    ),
)


@click.command()
@_takes_declarations
@record_date_option("for each declaration the day of its moment")
@click.option("--dry-run", is_flag=True, help="Show what would move, and change nothing.")
@takes_action_options()
@click.pass_context
def register(
    context: click.Context,
    selection: Selection,
    record_date: date | None,
    dry_run: bool,
    note: str | None,
    options: ActionOptions,
) -> None:
    """Register declarations: the good quantity and the scrap are loaded, and the manual materials are issued.

    ORDER is YEAR/NUMBER (lot 0) or YEAR/NUMBER/LOT: all its declarations that are not registered yet; --all takes
    those of every order. The closing of the last productive phase closes the order. More than 1,000 declarations are
    registered 1,000 a transaction.

    \b
    Examples:
      rilascio register 2026/15 --dry-run
      rilascio register 2026/15
      rilascio register --all --where 'declared_at<today' --where department=Assembly

    Exits with 0 if all were registered, with 3 if any was refused; with --dry-run always with 0.
    """
    arguments: dict[str, object] = {"record_date": record_date}
    if dry_run:
        _preview(selection, arguments, options)
    else:
        context.exit(_act(REGISTER, selection, arguments | {"note": note}, options, registered=False))


@click.command()
@_takes_declarations
@takes_action_options()
@click.pass_context
def rollback(context: click.Context, selection: Selection, note: str | None, options: ActionOptions) -> None:
    """Roll back registrations: what they moved is taken back, and a closed order is executive again.

    ORDER is YEAR/NUMBER (lot 0) or YEAR/NUMBER/LOT: all its registered declarations; --all takes those of every
    order. The declarations stay, and can be registered again. More than 1,000 are rolled back 1,000 a transaction.

    \b
    Examples:
      rilascio rollback 2026/15 --note 'counted again'
      rilascio rollback --all --where 'registered_at>=today'
      rilascio rollback --all --where run_id=12

    Exits with 0 if all were rolled back, with 3 if any was refused.
    """
    context.exit(_act(ROLL_BACK, selection, {"note": note}, options, registered=True, backwards=True))


@click.command()
@_takes_declarations
@takes_action_options()
@click.pass_context
def undeclare(context: click.Context, selection: Selection, note: str | None, options: ActionOptions) -> None:
    """Delete declarations that are not registered.

    ORDER is YEAR/NUMBER (lot 0) or YEAR/NUMBER/LOT: all its declarations that are not registered; --all takes those
    of every order. An order without declarations can be restored. More than 1,000 are deleted 1,000 a transaction.

    \b
    Examples:
      rilascio undeclare 2026/15
      rilascio undeclare --id 12 --note 'declared twice'

    Exits with 0 if all were deleted, with 3 if any was refused.
    """
    context.exit(_act(DELETE, selection, {"note": note}, options, registered=False, backwards=True))


def _preview(selection: Selection, arguments: dict[str, object], options: ActionOptions) -> None:
    """Show what the registration typed would move."""
    _check(selection)
    with connect(options.dsn) as connection:
        company, found = _find(connection, selection, registered=False)
        elements = _elements_of(found)
        show_preview(connection, PREVIEW_REGISTRATION, company, elements, arguments, options.output_format)


def _act(
    action: Action,
    selection: Selection,
    arguments: Mapping[str, object],
    options: ActionOptions,
    *,
    registered: bool,
    backwards: bool = False,
) -> int:
    """Carry out a registration, a rollback or a deletion as typed, and return the exit code."""
    _check(selection)
    with connect(options.dsn) as connection:
        company, found = _find(connection, selection, registered=registered, backwards=backwards)
        elements, repeat_as = _elements_of(found), _repeat_as(selection, found)
        return act(
            connection,
            action,
            company,
            elements,
            arguments,
            options,
            by_filters=selection.by_filters,
            repeat_as=repeat_as,
        )


def _check(selection: Selection) -> None:
    selection.check("declaration", marked("Name orders like 2026/15 or declarations like --id 12"))


def _find(
    connection: psycopg.Connection[Any], selection: Selection, *, registered: bool, backwards: bool = False
) -> tuple[Company, list[Declaration]]:
    """Return the company and the declarations that were named, or those of the grid that pass the filters."""
    company = find_company(connection, selection.company)
    if selection.every:
        filters = selection.parsed_filters()
        sorts, limit = selection.sorts, selection.limit
        return company, select_declarations(
            connection, company, filters, sorts, limit, registered=registered, backwards=backwards
        )
    references, ids = selection.parsed_references(), selection.ids
    named = find_declarations(connection, company, references, ids, registered=registered, backwards=backwards)
    if not named:
        remark(
            _("None of the orders' declarations is registered.")
            if registered
            else _("Every one of the orders' declarations is registered.")
        )
    return company, named


def _elements_of(declarations: Sequence[Declaration]) -> list[CallElement]:
    """Return declarations as elements of a call."""
    return [
        CallElement(
            part.declaration_id,
            f"{part.declaration_id} ({part.reference})" if part.reference else str(part.declaration_id),
            labels_of(part.reference) | {"phase": part.phase, "sub_phase": part.sub_phase, "kind": part.kind},
        )
        for part in declarations
    ]


def labels_of(reference: Reference | None) -> dict[str, object]:
    """Return the labels of a declaration that its order's reference gives."""
    if reference is None:
        return {}
    return {"order_year": reference.year, "order_number": reference.number, "order_lot": reference.lot}


def _repeat_as(selection: Selection, found: Sequence[Declaration]) -> str:
    """Say how to name the declarations of a call that is repeated: those of an order may be other ones by then."""
    if len(found) > DETAIL_LIMIT or not (selection.references or selection.every):
        return ""
    ids = " ".join(f"--id {part.declaration_id}" for part in found)
    if selection.every:
        return _(" and, in place of --all, {ids}", ids=ids)
    return _(" and, in place of orders, {ids}", ids=ids)
