"""`rilascio declare`: production declarations, entered as typed or from a file."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import IO, Any

import click
import psycopg

from rilascio.commands.actions import CallElement, act
from rilascio.commands.answers import Row, order_label, phase_label
from rilascio.commands.completion import complete_order
from rilascio.commands.options import company_option, connect
from rilascio.commands.register import LABELS, REGISTER, labels_of
from rilascio.commands.selection import ActionOptions, takes_action_options
from rilascio.errors import USAGE, HarnessError
from rilascio.language import VERB, _, marked
from rilascio.orders import Company, Reference, find_company, find_orders, parse_reference

KINDS = ("opening", "suspension", "resume", "progress", "closing")
WITH_QUANTITIES = ("progress", "closing")

Fields = dict[str, Any]


def _described(row: Row) -> str:
    """Return what is declared, where there is no id yet: `2026/15 20 closing`."""
    return " ".join(filter(None, (order_label(row), phase_label(row), row["kind"])))


DECLARE = replace(
    REGISTER,
    verb=marked("declare", context=VERB),
    function="declare_production",
    parameter="declarations",
    name=_described,
    columns=("declaration", "order", "phase", "kind", "outcome"),
)


def _quantity(_context: click.Context, _parameter: click.Parameter, text: str | None) -> Decimal | None:
    if text is None:
        return None
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("nan")
    if not value.is_finite() or value < 0:
        raise click.BadParameter(_("{text!r} is no quantity; write it like 12.5.", text=text))
    return value


@click.command()
@click.argument("reference", required=False, metavar="[ORDER]", shell_complete=complete_order)
@click.argument("kinds", nargs=-1, type=click.Choice(KINDS), metavar="[KIND]...")
@click.option("--phase", type=click.IntRange(min=0), metavar="N", help="The phase worked on.")
@click.option("--sub-phase", type=click.IntRange(min=0), metavar="N", help="Its sub-phase.  [default: 0]")
@click.option("--good", callback=_quantity, metavar="QUANTITY", help="Good quantity, with progress or closing.")
@click.option("--scrap", callback=_quantity, metavar="QUANTITY", help="Scrapped quantity, with progress or closing.")
@click.option("--lot", metavar="CODE", help="Lot of the quantities, where the produced item is a lot item.")
@click.option("--at", metavar="MOMENT", help="When it was, like '2026-11-30 14:00'.  [default: now]")
@click.option("--file", type=click.File("rb"), metavar="FILE", help="Many declarations, a JSON array; - for stdin.")
@company_option
@takes_action_options("Kept with the declarations typed, and with the run.", asks=False)
@click.pass_context
def declare(
    context: click.Context,
    reference: str | None,
    kinds: tuple[str, ...],
    phase: int | None,
    sub_phase: int | None,
    good: Decimal | None,
    scrap: Decimal | None,
    lot: str | None,
    at: str | None,
    file: IO[bytes] | None,
    company: str | None,
    note: str | None,
    options: ActionOptions,
) -> None:
    """Declare production on a phase of an executive order: what was begun, made and ended. Nothing moves yet.

    ORDER is YEAR/NUMBER (lot 0) or YEAR/NUMBER/LOT. KIND is opening, suspension, resume, progress or closing; several
    are declared one after the other. The elements of a FILE have the fields of erp_api.declare_production, and order
    (YEAR/NUMBER[/LOT]) in place of order_id. All goes in one transaction.

    \b
    Examples:
      rilascio declare 2026/15 opening --phase 10
      rilascio declare 2026/15 progress --phase 10 --good 8 --scrap 1
      rilascio declare 2026/15 opening closing --phase 20 --good 9
      rilascio declare --file declarations.json

    Exits with 0 if all was declared, with 3 if anything was refused.
    """
    typed = {
        "phase": phase,
        "sub_phase": sub_phase,
        "declared_at": at,
        "good_quantity": good,
        "scrap_quantity": scrap,
        "lot_code": lot,
    }
    declarations = _read(file, reference, typed) if file else _typed(reference, kinds, typed | {"note": note})
    with connect(options.dsn) as connection:
        found = find_company(connection, company)
        if at is not None:
            moment = _moment(connection, at)
            declarations = [declaration | {"declared_at": moment} for declaration in declarations]
        elements = _elements(connection, found, declarations)
        context.exit(act(connection, DECLARE, found, elements, {"note": note}, options, chunk_size=len(elements)))


def _typed(reference: str | None, kinds: Sequence[str], options: Mapping[str, object]) -> list[Fields]:
    """Return what was typed as elements of a call, a kind each; the quantities stand with the one that takes them."""
    if reference is None or not kinds or options["phase"] is None:
        raise HarnessError(
            _("What is declared is not said."),
            _("Write rilascio declare ORDER KIND --phase N, like 2026/15 opening --phase 10, or use --file."),
            exit_code=USAGE,
        )
    parse_reference(reference)
    declaration = {"order": reference} | {name: value for name, value in options.items() if value is not None}
    produced = {
        name: declaration.pop(name) for name in ("good_quantity", "scrap_quantity", "lot_code") if name in declaration
    }
    takers = [kind for kind in kinds if kind in WITH_QUANTITIES]
    if produced and len(takers) != 1:
        raise HarnessError(
            _("Quantities and a lot go with one progress or closing."),
            _("Name just one of the two, or declare one after the other."),
            exit_code=USAGE,
        )
    return [declaration | {"kind": kind} | (produced if kind in takers else {}) for kind in kinds]


class _Exact(str):
    """A number with a fraction, digit by digit as it stood in a file."""


def _read(file: IO[bytes], reference: str | None, options: Mapping[str, object]) -> list[Fields]:
    """Return the elements of a file, each with its fields as they stand there."""
    if reference is not None or any(value is not None for value in options.values()):
        raise HarnessError(
            _("Declarations are typed and read from a file at once."), _("Use --file alone."), exit_code=USAGE
        )
    try:
        declarations = json.loads(file.read(), parse_float=_Exact)
    except ValueError as error:
        raise HarnessError(
            _("The file is no JSON: {error}.", error=error), _("Write it like this: {example}.", example=_EXAMPLE)
        ) from None
    if not isinstance(declarations, list) or not all(isinstance(declaration, dict) for declaration in declarations):
        raise HarnessError(
            _("The file is no JSON array of objects."), _("Write it like this: {example}.", example=_EXAMPLE)
        )
    if not declarations:
        raise HarnessError(_("The file holds no declaration."), _("Write it like this: {example}.", example=_EXAMPLE))
    for declaration in declarations:
        if _names_order(declaration):
            parse_reference(str(declaration["order"]))
    return declarations


_EXAMPLE = '[{"order": "2026/15", "phase": 10, "kind": "closing", "good_quantity": 8}]'


def _moment(connection: psycopg.Connection[Any], text: str) -> str:
    """Return a moment as the server reads it, so that it means what the grids show."""
    try:
        ((moment,),) = connection.execute("select to_json(%s::timestamptz)", [text]).fetchall()
    except psycopg.DataError:
        raise HarnessError(
            _("{text!r} is no moment.", text=text), _("Write it like 2026-11-30 14:00."), exit_code=USAGE
        ) from None
    return str(moment)


def _elements(
    connection: psycopg.Connection[Any], company: Company, declarations: Sequence[Fields]
) -> list[CallElement]:
    """Return elements as the function takes them, with the ids of their orders."""
    named = [parse_reference(str(declaration["order"])) for declaration in declarations if _names_order(declaration)]
    ids = {order.reference: order.order_id for order in find_orders(connection, company, named)} if named else {}
    return [_element(declaration, ids) for declaration in declarations]


def _element(declaration: Fields, ids: Mapping[Reference, int]) -> CallElement:
    labels: dict[str, object] = dict.fromkeys(name for name, _kind in LABELS)
    fields = {"sub_phase": 0} | declaration
    if _names_order(declaration):
        reference = parse_reference(str(fields.pop("order")))
        fields["order_id"] = ids[reference]
        labels |= labels_of(reference)
    for name, kind in (("phase", int), ("sub_phase", int), ("kind", str)):
        labels[name] = fields[name] if type(fields.get(name)) is kind else None  # the function checks what is wrong
    return CallElement(_json(fields), _described(labels | {"order_id": fields.get("order_id")}), labels)


def _names_order(declaration: Mapping[str, object]) -> bool:
    # both: the function refuses the field it does not know
    return "order" in declaration and "order_id" not in declaration


def _json(fields: Mapping[str, object]) -> str:
    """Return an object as JSON in which every number keeps its digits."""
    return f"{{{', '.join(f'{json.dumps(name)}: {_json_value(value)}' for name, value in fields.items())}}}"


def _json_value(value: object) -> str:
    match value:
        case Decimal():
            return f"{value:f}"
        case _Exact():
            return str(value)
        case _:
            return json.dumps(value)
