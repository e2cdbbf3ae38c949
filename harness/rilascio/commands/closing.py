"""`rilascio close`, `reopen`, `archive` and `merge`: what becomes of orders without a movement."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import click

from rilascio.commands.actions import act, show_preview
from rilascio.commands.answers import Action
from rilascio.commands.options import connect
from rilascio.commands.release import ORDER_LABELS, all_or_none_option, check_dry_run, elements_of
from rilascio.commands.selection import ActionOptions, Selection, takes_action_options, takes_named_orders
from rilascio.language import VERB, marked
from rilascio.orders import find_company, find_numbers

_COLUMNS = ("order", "outcome")
_MORE = marked("--format json gives all.")

_dry_run_option = click.option("--dry-run", is_flag=True, help="Show what would happen, and change nothing.")


def _takes_orders(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of a change."""
    options = (takes_named_orders(), all_or_none_option, _dry_run_option, takes_action_options(asks=False))
    for option in reversed((*options, click.pass_context)):
        command = option(command)
    return command


@click.command()
@_takes_orders
def close(context: click.Context, selection: Selection, **typed: Any) -> None:
    """Close executive orders short, though less than planned was produced; nothing moves.

    ORDER is YEAR/NUMBER (lot 0) or YEAR/NUMBER/LOT, or - alone to read them from standard input. Declarations of an
    order are registered or deleted first; rilascio reopen takes the close back.

    \b
    Examples:
      rilascio close 2026/15 --note 'the customer wants no more'
      rilascio close 2026/15 2026/16/1 --dry-run

    Exits with 0 if every order was closed, with 3 if any was refused; with --dry-run always with 0.
    """
    context.exit(_change(marked("close", context=VERB), selection, "close_production_orders", **typed))


@click.command()
@_takes_orders
def reopen(context: click.Context, selection: Selection, **typed: Any) -> None:
    """Reopen orders that were closed short: they are executive again.

    ORDER is YEAR/NUMBER (lot 0) or YEAR/NUMBER/LOT, or - alone to read them from standard input. What a registration
    closed is opened by rilascio rollback.

    \b
    Examples:
      rilascio reopen 2026/15 --note 'ten more after all'
      rilascio reopen 2026/15 --dry-run

    Exits with 0 if every order was reopened, with 3 if any was refused; with --dry-run always with 0.
    """
    context.exit(_change(marked("reopen", context=VERB), selection, "reopen_production_orders", **typed))


@click.command()
@_takes_orders
def archive(context: click.Context, selection: Selection, **typed: Any) -> None:
    """Archive launched and closed orders: nothing of them changes any more, and nothing takes that back.

    ORDER is YEAR/NUMBER (lot 0) or YEAR/NUMBER/LOT, or - alone to read them from standard input.

    \b
    Examples:
      rilascio archive 2025/15 2025/16
      rilascio archive - --dry-run < orders.txt

    Exits with 0 if every order was archived, with 3 if any was refused; with --dry-run always with 0.
    """
    context.exit(_change(marked("archive", context=VERB), selection, "archive_production_orders", **typed))


@click.command()
@_takes_orders
def merge(context: click.Context, selection: Selection, **typed: Any) -> None:
    """Merge remainders of splits that a restore has kept into the orders that they were split from.

    ORDER is YEAR/NUMBER/LOT of a remainder, or - alone to read them from standard input. Both orders are launched and
    made of the same.

    \b
    Examples:
      rilascio merge 2026/15/1
      rilascio merge 2026/15/1 2026/15/2 --dry-run

    Exits with 0 if every remainder was merged, with 3 if any was refused; with --dry-run always with 0.
    """
    context.exit(_change(marked("merge", context=VERB), selection, "merge_remainders", **typed))


def _change(
    verb: str,
    selection: Selection,
    function: str,
    *,
    all_or_none: bool,
    dry_run: bool,
    note: str | None,
    options: ActionOptions,
) -> int:
    """Carry out a change as typed, and return the exit code."""
    selection.check()
    check_dry_run(dry_run, all_or_none)
    action = Action(verb, function, columns=_COLUMNS, more=_MORE)
    with connect(options.dsn) as connection:
        company = find_company(connection, selection.company)
        elements = elements_of(find_numbers(connection, company, selection.parsed_references()))
        if dry_run:
            preview = replace(action, function="preview_order_change", labels=ORDER_LABELS)
            show_preview(connection, preview, company, elements, {"change": verb}, options.output_format)
            return 0
        arguments: dict[str, object] = {"all_or_none": all_or_none, "note": note}
        chunk_size = len(elements) if all_or_none else None
        return act(connection, action, company, elements, arguments, options, chunk_size=chunk_size)
