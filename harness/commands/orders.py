"""`rilascio preview`, `release` and `restore`: the functions of `erp_api`, from the command line."""

from __future__ import annotations

import csv
import json
import sys
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import click
import psycopg
from psycopg.pq import TransactionStatus
from psycopg.rows import dict_row
from psycopg.sql import SQL, Composed, Identifier

from harness.commands.options import company_option, connect, dsn_option, format_option, sort_option, where_option
from harness.errors import USAGE, HarnessError, explain
from harness.filters import parse_filter
from harness.orders import Company, Order, Reference, find_company, find_orders, parse_reference, select_orders
from harness.output import counted, print_csv, print_json, print_json_lines, print_table, progress, remark

CHUNK = 1_000
"""Orders of one transaction of a mass action."""

REFUSED = 3
"""Exit code if every call went through but an order was refused."""

INTERRUPTED = 130

STDIN = "-"
"""Instead of orders: read them from standard input."""

_FEW = 20
_HINTS = 3

_TYPES = {"record_date": "date", "on_shortage": "text", "all_or_none": "boolean", "note": "text"}


@dataclass(frozen=True)
class Selection:
    """Which orders a command is to act on, as typed."""

    references: tuple[str, ...]
    every: bool
    filters: tuple[str, ...]
    sorts: tuple[str, ...]
    limit: int | None
    company: str | None

    def check(self) -> None:
        """Raise HarnessError unless orders are named, or else all that pass the filters, and all of it is readable."""
        if self.references and (self.every or self.filters or self.sorts or self.limit):
            raise HarnessError(
                "Orders are named and chosen by filters at once.",
                "Name orders, or use --all with --where, --sort and --limit.",
                exit_code=USAGE,
            )
        if not self.references and not self.every:
            hint = "Name orders like 2026/15, or use --all for every order in the grid"
            raise HarnessError("No order is named.", f"{hint} (that passes the filters).", exit_code=USAGE)
        for text in self.filters:
            parse_filter(text)
        for text in self.references:
            if self.references != (STDIN,):
                parse_reference(text)

    def find(self, connection: psycopg.Connection[Any], view: str) -> tuple[Company, list[Order]]:
        """Return the company and its orders, from the named ones or from a grid."""
        company = find_company(connection, self.company)
        if self.every:
            filters = [parse_filter(text) for text in self.filters]
            return company, select_orders(connection, view, company, filters, self.sorts, self.limit)
        texts = self.references
        if texts == (STDIN,):
            texts = tuple(sys.stdin.read().split())
        return company, find_orders(connection, company, [parse_reference(text) for text in texts])


@dataclass
class Tally:
    """What a run of calls has answered so far."""

    asked: int
    outcomes: Counter[str] = field(default_factory=Counter)
    records: int = 0
    movements: int = 0
    codes: Counter[str] = field(default_factory=Counter)
    few: list[dict[str, Any]] = field(default_factory=list)
    examples: dict[str, tuple[str, str]] = field(default_factory=dict)
    refusals: list[tuple[str | None, str, str]] = field(default_factory=list)
    """The first reasons, one more than are shown one by one."""
    hints: list[str] = field(default_factory=list)

    @property
    def done(self) -> int:
        return self.outcomes.total()

    def add(self, row: dict[str, Any]) -> None:
        """Count one order's answer."""
        self.outcomes[row["outcome"]] += 1
        self.records += row.get("record_count") or 0
        self.movements += row.get("movement_count") or 0
        if self.asked <= _FEW:
            self.few.append(row)
        reasons = row["reasons"]
        self.codes.update({reason["code"] for reason in reasons})
        for number, reason in enumerate(reasons):
            self.examples.setdefault(reason["code"], (_reference(row), reason["message"]))
            if len(self.refusals) <= _FEW:
                self.refusals.append((None if number else _reference(row), reason["code"], reason["message"]))
                self.hints += [reason["hint"]] if reason.get("hint") else []

    def sorted_examples(self) -> list[tuple[str, tuple[str, str]]]:
        """Return each reason's first order and message, the most frequent reason first."""
        return [(code, self.examples[code]) for code, _ in self.codes.most_common()]

    def words(self) -> str:
        """Return the outcomes with their counts: `250 released, 3 split, 61 refused`."""
        return ", ".join(f"{count:,} {outcome}" for outcome, count in sorted(self.outcomes.items(), key=_by_outcome))


_OUTCOMES = ("released", "split", "restored", "refused")


def _by_outcome(item: tuple[str, int]) -> int:
    return _OUTCOMES.index(item[0]) if item[0] in _OUTCOMES else len(_OUTCOMES)


def _reference(row: dict[str, Any]) -> str:
    if row["order_year"] is None:
        return f"id {row['order_id']}"
    return str(Reference(row["order_year"], row["order_number"], row["order_lot"]))


def _selection_options(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(
        (
            click.argument("references", nargs=-1, metavar="[ORDER]..."),
            click.option("--all", "every", is_flag=True, help="Every order in the grid that passes the filters."),
            where_option,
            sort_option,
            click.option("--limit", type=click.IntRange(min=1), metavar="N", help="With --all: at most N orders."),
            company_option,
        )
    ):
        command = option(command)
    return command


def _action_options(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(
        (
            click.option("--all-or-none", is_flag=True, help="One transaction: one refusal refuses all."),
            click.option("--note", metavar="TEXT", help="Kept with the run."),
            click.option(
                "--request-key",
                type=click.UUID,
                metavar="UUID",
                help="Your own key of the request: the same call again changes nothing and gives the first answer.",
            ),
            click.option("--yes", is_flag=True, help="Do not ask before an action on --all."),
            format_option,
            dsn_option(),
        )
    ):
        command = option(command)
    return command


_record_date_option = click.option(
    "--record-date", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="Date of the movements.  [default: today]"
)
_on_shortage_option = click.option(
    "--on-shortage",
    type=click.Choice(["refuse", "split"]),
    help="What becomes of an order that stock does not cover.  [default: as the company has it]",
)


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None


# --- preview ---------------------------------------------------------------------------------------------------------


@click.command()
@_selection_options
@click.option("--restore", "backwards", is_flag=True, help="Preview a restore instead of a release.")
@_record_date_option
@_on_shortage_option
@format_option
@dsn_option()
def preview(
    references: tuple[str, ...],
    every: bool,
    filters: tuple[str, ...],
    sorts: tuple[str, ...],
    limit: int | None,
    company: str | None,
    backwards: bool,
    record_date: datetime | None,
    on_shortage: str | None,
    output_format: str,
    dsn: str | None,
) -> None:
    """Show what a release (or with --restore a restore) would do, changing nothing.

    ORDER is YEAR/NUMBER (lot 0) or YEAR/NUMBER/LOT; orders are served in the order given. Up to 20 orders are shown
    with every movement, more of them in sum; csv and json always give a row per movement.

    \b
    Examples:
      rilascio preview 2026/15 2026/16/1 --on-shortage split
      rilascio preview --all --where 'end_date<2026-12-01' --format csv
    """
    selection = Selection(references, every, filters, sorts, limit, company)
    selection.check()
    arguments: dict[str, object] = {"record_date": _day(record_date), "on_shortage": on_shortage}
    if backwards and any(arguments.values()):
        raise HarnessError("A restore has no record date and no shortage.", "Leave the option out.", exit_code=USAGE)
    with connect(dsn) as connection:
        found_company, orders = selection.find(connection, "restore_grid" if backwards else "release_grid")
        if not orders:
            remark("No order matches.")
        function = "preview_restore" if backwards else "preview_release"
        query, parameters = preview_query(function, found_company, orders, {} if backwards else arguments)
        connection.read_only = True
        with connection.transaction():
            if output_format == "json":
                print_json(connection, query, parameters) if orders else print_json_lines(iter(()))
            elif output_format == "csv" and orders:
                print_csv(connection, query, parameters)
            elif orders:
                with connection.cursor(row_factory=dict_row) as cursor:
                    print_preview(cursor.stream(query, parameters), len(orders))


def preview_query(
    function: str, company: Company, orders: list[Order], arguments: dict[str, object]
) -> tuple[Composed, list[object]]:
    """Return a preview as a query, with year, number and lot before the function's own columns."""
    call, parameters = _call(function, company, orders, arguments)
    query = SQL(
        """
        select
            (%s::integer[])[p.ordinal] as order_year,
            (%s::integer[])[p.ordinal] as order_number,
            (%s::integer[])[p.ordinal] as order_lot,
            p.*
        from {} as p
        """
    ).format(call)
    references = [order.reference for order in orders]
    return query, [
        [reference.year for reference in references],
        [reference.number for reference in references],
        [reference.lot for reference in references],
        *parameters,
    ]


_PLANNED = (
    "order",
    "material_line",
    "item",
    "warehouse_code",
    "reason_code",
    "lot_code",
    "location_code",
    "quantity",
    "available_quantity",
    "resolved_by",
)
_HEADINGS = {
    "material_line": "line",
    "warehouse_code": "warehouse",
    "reason_code": "reason",
    "lot_code": "lot",
    "location_code": "location",
    "available_quantity": "available",
    "resolved_by": "by",
}


def print_preview(rows: Iterable[dict[str, Any]], asked: int) -> None:
    """Print a preview's rows: the planned movements if the orders are few, each order's outcome, the reasons."""
    orders: dict[int, dict[str, Any]] = {}
    planned: list[dict[str, Any]] = []
    movements = 0
    for row in rows:
        order = orders.setdefault(row["ordinal"], row | {"reasons": []})
        order["reasons"] += [reason for reason in row["reasons"] if reason not in order["reasons"]]
        if row.get("material_line") is not None:
            movements += 1
            if asked <= _FEW:
                item = " ".join(filter(None, (row["item_code"], row["variant_code"])))
                planned.append(row | {"order": _reference(row), "item": item})
        elif "quantity" not in row:
            movements += row["movement_count"] or 0
    tally = Tally(asked)
    for order in orders.values():
        tally.add(order)
    if planned:
        columns = [name for name in _PLANNED if any(row[name] is not None for row in planned)]
        if len(orders) == 1:
            columns.remove("order")
        print_table(
            [_HEADINGS.get(name, name) for name in columns],
            [[row[name] for name in columns] for row in planned],
            flexible=("item", "lot"),
            droppable=("reason", "by"),
        )
        click.echo()
    for order in tally.few:
        click.echo(_prospect(order))
    if tally.asked > _FEW:
        click.echo(
            f"Of {counted(tally.done, 'order')} there would be {tally.words()}; {counted(movements, 'movement')}."
        )
    _print_refusals(tally)


def _prospect(order: dict[str, Any]) -> str:
    text = f"{_reference(order)} would be {order['outcome']}"
    if order["outcome"] == "split":
        text += f", with a first quantity of {order['feasible_quantity']:f}"
    return f"{text}."


# --- release and restore ---------------------------------------------------------------------------------------------


@click.command()
@_selection_options
@_record_date_option
@_on_shortage_option
@_action_options
@click.pass_context
def release(
    context: click.Context,
    references: tuple[str, ...],
    every: bool,
    filters: tuple[str, ...],
    sorts: tuple[str, ...],
    limit: int | None,
    company: str | None,
    record_date: datetime | None,
    on_shortage: str | None,
    all_or_none: bool,
    note: str | None,
    request_key: uuid.UUID | None,
    yes: bool,
    output_format: str,
    dsn: str | None,
) -> None:
    """Release launched orders: they become executive, and their automatic materials are issued.

    ORDER is YEAR/NUMBER (lot 0) or YEAR/NUMBER/LOT, or - alone to read them from standard input. Orders are served
    in the order given, with --all in that of --sort, else of year, number and lot. More than 1,000 orders are
    released 1,000 a transaction, unless --all-or-none.

    \b
    Examples:
      rilascio release 2026/15 2026/16/1
      rilascio release --all --where 'end_date<2026-12-01' --sort priority,end_date

    Exits with 0 if every order was released, with 3 if any was refused.
    """
    selection = Selection(references, every, filters, sorts, limit, company)
    arguments: dict[str, object] = {
        "record_date": _day(record_date),
        "on_shortage": on_shortage,
        "all_or_none": all_or_none,
        "note": note,
    }
    context.exit(_act("release", selection, arguments, request_key, yes, output_format, dsn))


@click.command()
@_selection_options
@_action_options
@click.pass_context
def restore(
    context: click.Context,
    references: tuple[str, ...],
    every: bool,
    filters: tuple[str, ...],
    sorts: tuple[str, ...],
    limit: int | None,
    company: str | None,
    all_or_none: bool,
    note: str | None,
    request_key: uuid.UUID | None,
    yes: bool,
    output_format: str,
    dsn: str | None,
) -> None:
    """Restore released orders: they are launched again, and what their release made is taken back.

    ORDER is YEAR/NUMBER (lot 0) or YEAR/NUMBER/LOT, or - alone to read them from standard input. More than 1,000
    orders are restored 1,000 a transaction, unless --all-or-none.

    \b
    Examples:
      rilascio restore 2026/15 --note 'wrong week'
      rilascio restore --all --where restorable=true --where 'released_at>=today'

    Exits with 0 if every order was restored, with 3 if any was refused.
    """
    selection = Selection(references, every, filters, sorts, limit, company)
    arguments: dict[str, object] = {"all_or_none": all_or_none, "note": note}
    context.exit(_act("restore", selection, arguments, request_key, yes, output_format, dsn))


def _act(
    verb: str,
    selection: Selection,
    arguments: dict[str, object],
    request_key: uuid.UUID | None,
    yes: bool,
    output_format: str,
    dsn: str | None,
) -> int:
    """Carry out a release or restore as typed, and return the exit code."""
    selection.check()
    with connect(dsn) as connection:
        company, orders = selection.find(connection, f"{verb}_grid")
        size = len(orders) if arguments["all_or_none"] else CHUNK
        if request_key and len(orders) > size:
            raise HarnessError(
                f"One request key cannot stand for {counted(len(orders), 'order')}: they go {size:,} a request.",
                "Leave it out, or add --all-or-none.",
                exit_code=USAGE,
            )
        if orders and selection.every and not yes:
            _confirm(verb, company, orders, size)
        calls = Calls(connection, dsn, verb, company, orders, arguments, size, request_key)
        tally = Tally(len(orders))
        try:
            _print_answers(calls.rows(), tally, output_format)
        except (KeyboardInterrupt, psycopg.Error) as error:
            raise calls.stopped(tally, error) from error
        return REFUSED if tally.outcomes["refused"] else 0


def _confirm(verb: str, company: Company, orders: list[Order], size: int) -> None:
    times = -(-len(orders) // size)
    question = f"{verb.capitalize()} {counted(len(orders), 'order')} of company {company.code}"
    question += f", in {times:,} transactions" if times > 1 else ""
    try:
        sure = click.confirm(f"{question}?", err=True)
    except click.Abort:
        remark("")
        raise HarnessError("Nobody answered, so nothing was done.", "Add --yes where nobody is asked.") from None
    if not sure:
        raise HarnessError("Nothing was done.")


@dataclass
class Calls:
    """The calls of one action, chunk by chunk, and how far they are."""

    connection: psycopg.Connection[Any]
    dsn: str | None
    verb: str
    company: Company
    orders: list[Order]
    arguments: dict[str, object]
    size: int
    request_key: uuid.UUID | None
    begun: int = 0
    finished: int = 0
    key: uuid.UUID | None = None

    def rows(self) -> Iterator[tuple[str, str]]:
        """Call the function for one chunk after the other; yield each order's answer and its reasons as JSON."""
        with progress(f"{self.verb.capitalize()} orders", len(self.orders)) as bar:
            while self.finished < len(self.orders):
                chunk = self.orders[self.finished : self.finished + self.size]
                self.key = self.request_key or uuid.uuid4()
                function = f"{self.verb}_production_orders"
                arguments = self.arguments | {"request_key": self.key}
                call, parameters = _call(function, self.company, chunk, arguments)
                query = SQL("select pg_catalog.row_to_json(r)::text, r.reasons::text from {} as r order by r.ordinal")
                self.begun = self.finished + len(chunk)
                answer = self.connection.execute(query.format(call), parameters).fetchall()
                self.finished = self.begun
                yield from answer
                bar.advance(bar.task_ids[0], len(chunk))

    def stopped(self, tally: Tally, error: BaseException) -> HarnessError:
        """Return what is done, what is not and what is unknown after an interruption or an error."""
        told = explain(error) if isinstance(error, psycopg.Error) else HarnessError("Interrupted.")
        code = INTERRUPTED if isinstance(error, KeyboardInterrupt) else 1
        in_flight = self.orders[self.finished : self.begun]
        carried_out = self._carried_out(error) if in_flight else False
        alone = len(self.orders) <= self.size
        if alone and carried_out is False and isinstance(error, psycopg.Error):
            return HarnessError(told.message, told.hint, exit_code=code)
        sentences = [told.message]
        if self.finished:
            asked = counted(len(self.orders), "order")
            sentences.append(f"Of {asked}, {self.finished:,} are done ({tally.words()}).")
        if in_flight:
            first, last = in_flight[0].reference, in_flight[-1].reference
            which = f"{counted(len(in_flight), 'order')}, {first} to {last}," if len(in_flight) > 1 else f"{first}"
            ending = {
                True: "was carried out, though its answer did not arrive",
                False: "changed nothing",
                None: "may have been carried out or not",
            }[carried_out]
            sentences.append(f"The call for {which} {ending} (request key {self.key}).")
        if self.begun < len(self.orders):
            sentences.append(f"{counted(len(self.orders) - self.begun, 'order')} were not begun.")
        if alone and in_flight and carried_out is not False:
            hint = f"Run the same command with --request-key {self.key}: it acts once, and gives the answer."
        else:
            again = "run the same command again: it goes on with the orders that are still in the grid."
            told_again = told.hint and "again" in told.hint
            hint = f"{told.hint} Then {again}" if told.hint and not told_again else again[0].upper() + again[1:]
        return HarnessError(" ".join(sentences), hint, exit_code=code)

    def _carried_out(self, error: BaseException) -> bool | None:
        """Say whether the call that did not answer was committed; None if that cannot be known."""
        if isinstance(error, psycopg.Error) and error.sqlstate is not None:
            return False
        idle = not self.connection.closed and self.connection.info.transaction_status == TransactionStatus.IDLE
        query = "select from erp_api.run_history where company_id = %s and request_key = %s"
        try:
            with connect(self.dsn) as other:
                found = other.execute(query, [self.company.company_id, self.key]).fetchone() is not None
        except (psycopg.Error, HarnessError):
            return None
        # An idle session has ended its call; a lost one may still be at it.
        return True if found else False if idle else None


def _call(
    function: str, company: Company, orders: list[Order], arguments: dict[str, object]
) -> tuple[Composed, list[object]]:
    types = _TYPES | {"request_key": "uuid"}
    named = SQL("").join(SQL(f", p_{name} => %s::{types[name]}") for name in arguments)
    text = SQL("erp_api.{}(p_company_id => %s::integer, p_order_ids => %s::bigint[]{})").format(
        Identifier(function), named
    )
    return text, [company.company_id, [order.order_id for order in orders], *arguments.values()]


def _print_answers(rows: Iterator[tuple[str, str]], tally: Tally, output_format: str) -> None:
    def counted_rows() -> Iterator[tuple[str, str, dict[str, Any]]]:
        for text, reasons in rows:
            row = json.loads(text, parse_float=Decimal)
            tally.add(row)
            yield text, reasons, row

    if output_format == "json":
        print_json_lines(text for text, _, _ in counted_rows())
    elif output_format == "csv":
        writer = csv.writer(sys.stdout, lineterminator="\n")
        for _, reasons, row in counted_rows():
            if tally.done == 1:
                writer.writerow(row)
            writer.writerow((row | {"reasons": reasons}).values())
    else:
        for _ in counted_rows():
            pass
        _print_summary(tally)
    if not tally.asked:
        remark("No order matches.")
    elif output_format != "table":
        remark(f"{tally.words().capitalize()}.")


def _print_summary(tally: Tally) -> None:
    if tally.few:
        print_table(
            ["order", "outcome", "records", "movements", "run"],
            [
                [_reference(row), row["outcome"], row["record_count"], row["movement_count"], row["run_id"]]
                for row in tally.few
            ],
        )
        click.echo()
    if tally.asked:
        in_all = f"{counted(tally.movements, 'movement')} in {counted(tally.records, 'record')}"
        click.echo(f"{tally.words().capitalize()}: {in_all}.")
    _print_refusals(tally)


def _print_refusals(tally: Tally) -> None:
    """Print why orders were refused: every reason, or where there are many one example of each code."""
    if len(tally.refusals) > _FEW:
        click.echo()
        print_table(
            ["reason", "orders", "for example", "message"],
            [(code, tally.codes[code], *example) for code, example in tally.sorted_examples()],
            wrapped=("message",),
            flexible=("reason",),
        )
        click.echo("\nrilascio preview ORDER tells more of one order, --format json gives all.")
    elif tally.refusals:
        click.echo()
        print_table(["order", "reason", "message"], tally.refusals, wrapped=("message",))
        for hint in list(dict.fromkeys(tally.hints))[:_HINTS]:
            click.echo(f"Hint: {hint}")
