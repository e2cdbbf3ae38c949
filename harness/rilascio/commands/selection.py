"""What a command is to act on and how, as typed: the options that several commands take."""

from __future__ import annotations

import functools
import sys
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import click

from rilascio.commands.completion import complete_columns, complete_order
from rilascio.commands.options import company_option, dsn_option, format_option, sort_option, where_option
from rilascio.errors import USAGE, HarnessError
from rilascio.filters import Filter, parse_filter
from rilascio.language import _, marked, noun_of, nouns_of
from rilascio.orders import Reference, parse_part

STDIN = "-"
"""Instead of orders or a file: read from standard input."""

_ORDERS = "[ORDER]..."
_references_argument = click.argument("references", nargs=-1, metavar=_ORDERS, shell_complete=complete_order)


@dataclass(frozen=True)
class Selection:
    """What a command is to act on, as typed."""

    references: tuple[str, ...]
    every: bool = False
    filters: tuple[str, ...] = ()
    sorts: tuple[str, ...] = ()
    limit: int | None = None
    company: str | None = None
    ids: tuple[int, ...] = ()
    run: int | None = None
    """The run whose orders are meant, as far as they are still in the grid."""

    @property
    def by_filters(self) -> bool:
        return self.every or self.run is not None

    def check(
        self, noun: str = "order", naming: str = marked("Name orders like 2026/15"), *, in_parts: bool = False
    ) -> None:
        """Raise HarnessError unless things are named, or else all that pass the filters, and all of it is readable.

        `in_parts` tells that of an order a quantity may be named.
        """
        named = self.references or self.ids
        if named and (self.by_filters or self.filters or self.sorts or self.limit):
            raise HarnessError(
                _("{nouns} are named and chosen by filters at once.", nouns=nouns_of(noun).capitalize()),
                _("Name {nouns}, or use --all with --where, --sort and --limit.", nouns=nouns_of(noun)),
                exit_code=USAGE,
            )
        if not named and not self.by_filters:
            hint = _(
                "{naming}, or use --all for every {noun} in the grid (that passes the filters).",
                naming=_(naming),
                noun=noun_of(noun),
            )
            raise HarnessError(_("No {noun} is named.", noun=noun_of(noun)), hint, exit_code=USAGE)
        self.parsed_filters()
        if self.references != (STDIN,):
            self.parsed_parts() if in_parts else self.parsed_references()

    def parsed_filters(self) -> list[Filter]:
        made_by = [] if self.run is None else [Filter("run_id", "=", str(self.run))]
        return [*map(parse_filter, self.filters), *made_by]

    def parsed_references(self) -> list[Reference]:
        """Return the orders named, from standard input if that was said."""
        parts = self.parsed_parts()
        for reference, quantity in parts.items():
            if quantity is not None:
                raise HarnessError(
                    _("A quantity is named for order {reference}.", reference=reference),
                    _("Only a release and its preview take one: leave it out."),
                    exit_code=USAGE,
                )
        return list(parts)

    def parsed_parts(self) -> dict[Reference, Decimal | None]:
        """Return the orders named, from standard input if that was said, and of which only so much is meant."""
        texts: Sequence[str] = self.references
        if self.references == (STDIN,):
            texts = sys.stdin.read().split()
        parts: dict[Reference, Decimal | None] = {}
        for text in texts:
            reference, quantity = parse_part(text)
            if parts.setdefault(reference, quantity) != quantity:
                raise HarnessError(
                    _("Order {reference} is named with different quantities.", reference=reference),
                    _("Name it once."),
                    exit_code=USAGE,
                )
        return parts


@dataclass(frozen=True)
class ActionOptions:
    """How a command is to act, as typed."""

    request_key: uuid.UUID | None
    output_format: str
    dsn: str | None
    yes: bool = False


@dataclass(frozen=True)
class GridOptions:
    """What a command is to show of a grid and how, as typed."""

    company: str | None
    filters: tuple[str, ...]
    sorts: tuple[str, ...]
    limit: int | None
    """None for as many as the format shows unless said otherwise, 0 for all."""
    columns: list[str] | None
    """None for the format's own choice."""
    output_format: str
    dsn: str | None
    references: tuple[str, ...] = ()
    after: str | None = None
    """The key of the last row of the page before."""
    before: str | None = None
    """The key of the first row of the page behind: the rows before it are shown, the nearest first."""


def takes_selection(noun: str = "order", *more: Callable[..., Any], metavar: str = _ORDERS) -> Callable[..., Any]:
    """Give a command the options that choose orders or declarations, as its argument `selection`.

    `metavar` is what help shows of the orders that are named.
    """
    options = (
        click.argument("references", nargs=-1, metavar=metavar, shell_complete=complete_order),
        *more,
        click.option("--all", "every", is_flag=True, help=f"Every {noun} in the grid that passes the filters."),
        where_option,
        sort_option,
        click.option("--limit", type=click.IntRange(min=1), metavar="N", help=f"With --all: at most N {noun}s."),
        company_option,
    )
    return _as_one_argument("selection", Selection, options)


def takes_named_orders() -> Callable[..., Any]:
    """Give a command orders by name alone, as its argument `selection`: no grid has those of every status."""
    return _as_one_argument("selection", Selection, (_references_argument, company_option))


def takes_action_options(note: str = "Kept with the run.", *, asks: bool = True) -> Callable[..., Any]:
    """Give a command the options of every action, as its arguments `note` and `options`."""
    yes = click.option("--yes", is_flag=True, help="Do not ask before an action on what filters choose.")
    options = (
        click.option("--note", metavar="TEXT", help=note),
        click.option(
            "--request-key",
            type=click.UUID,
            metavar="UUID",
            help="Your own key of the request: the same call again changes nothing and gives the first answer.",
        ),
        *([yes] if asks else []),
        format_option,
        dsn_option(),
    )
    return _as_one_argument("options", ActionOptions, options)


def takes_grid_options(
    columns: str = " Also order, for YEAR/NUMBER[/LOT].", *, of_orders: bool = False
) -> Callable[..., Any]:
    """Give a command the options that show a grid, `of_orders` by name too, as its argument `options`.

    `columns` tells of columns that are shown when they are named.
    """
    options = (
        *([_references_argument] if of_orders else []),
        company_option,
        where_option,
        sort_option,
        click.option(
            "--limit",
            type=click.IntRange(min=0),
            metavar="N",
            help="At most N rows, 0 for all.  [default: 50 in a table, all in csv and json]",
        ),
        click.option(
            "--after",
            metavar="KEY",
            help="Only the rows behind this one: the key that ends the page before, or its page_key in json.",
        ),
        click.option(
            "--columns",
            callback=_split,
            metavar="LIST",
            shell_complete=complete_columns,
            help=f"Columns, with commas between; all for all of the view.{columns}",
        ),
        format_option,
        dsn_option(),
    )
    return _as_one_argument("options", GridOptions, options)


def _split(_context: click.Context, _parameter: click.Parameter, value: str | None) -> list[str] | None:
    if value is None:
        return None
    names = [name.strip() for name in value.split(",") if name.strip()]
    if not names:
        raise HarnessError(
            _("--columns names no column."), _("Write --columns all, or names with commas."), exit_code=USAGE
        )
    return names


def _as_one_argument(name: str, kind: type[Any], options: Sequence[Callable[..., Any]]) -> Callable[..., Any]:
    """Put options on a command, and hand it those that `kind` has fields for as one argument."""

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(command)
        def gathered(*arguments: Any, **typed: Any) -> Any:
            parts = {part.name: typed.pop(part.name) for part in fields(kind) if part.name in typed}
            return command(*arguments, **{name: kind(**parts)}, **typed)

        for option in reversed(options):
            gathered = option(gathered)
        return gathered

    return decorate


def _day(_context: click.Context, _parameter: click.Parameter, text: str | None) -> date | None:
    """Read a date: year, month and day, in no other form, since 05/11 is another day elsewhere."""
    try:
        return datetime.strptime(text, "%Y-%m-%d").date() if text is not None else None
    except ValueError:
        raise click.BadParameter(
            _("{text!r} is no date; year, month and day are written like 2026-11-23.", text=text)
        ) from None


def record_date_option(
    default: str = "today of the company", purpose: str = "Date of the movements."
) -> Callable[..., Any]:
    """Return the option `--record-date`; `default` says which day it is without."""
    return click.option(
        "--record-date",
        callback=_day,
        metavar="DATE",
        help=f"{purpose}  [default: {default}]",
    )
