"""`rilascio grid`: the grids, filtered, sorted, as a table, CSV or JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import click
import psycopg
from psycopg.sql import SQL, Composable, Identifier

from harness.commands.options import company_option, connect, dsn_option, format_option, sort_option, where_option
from harness.declarations import FORWARDS
from harness.errors import USAGE, HarnessError
from harness.filters import Query, View, conditions, open_view, ordering, parse_filter
from harness.orders import NUMBER_ORDER, find_company, find_orders, parse_reference
from harness.output import print_csv, print_json, print_table, remark

ORDER = "order"
"""A column that tables show instead of year, number and lot: `2026/15`, `2026/15/1`."""

COMPUTED = "feasibility"
"""Computed row by row, and so left out unless it is named."""

FLEXIBLE = ("item_description", "description", "customer", "project", "item_code", "department", "work_center")
WRAPPED = ("blockers", "reasons", "arguments", "outcomes")

_TABLE_ROWS = 50


@dataclass(frozen=True)
class Grid:
    """A view as the command line shows it: the columns of a table, and the order of its rows."""

    view: str
    columns: tuple[str, ...]
    sort: tuple[str, ...]
    sparse: tuple[str, ...] = ()
    """Of the columns, those left out of a table in which nobody has a value."""
    droppable: tuple[str, ...] = ()
    """Of the columns, those left out one by one where there is no room."""
    orders: str = ""
    """The view that knows the orders' year, number and lot, where this one has their ids alone."""


RELEASE = Grid(
    "release_grid",
    (ORDER, "item_code", "item_description", "quantity", "uom", "end_date", "late", "automatic_material_count"),
    NUMBER_ORDER,
    droppable=("uom", "automatic_material_count"),
)
RESTORE = Grid(
    "restore_grid",
    (
        ORDER,
        "item_code",
        "item_description",
        "quantity",
        "uom",
        "released_at",
        "movement_count",
        "restorable",
        "blockers",
    ),
    NUMBER_ORDER,
    sparse=("blockers",),
    droppable=("item_description", "uom", "restorable"),
)
MOVEMENTS = Grid(
    "restore_movement_grid",
    (
        ORDER,
        "record_date",
        "warehouse_code",
        "record_number",
        "reason_code",
        "line",
        "item_code",
        "variant_code",
        "lot_code",
        "location_code",
        "quantity",
        "uom",
        "resolved_by",
        "mirror",
    ),
    ("order_id", "record_date", "warehouse_code", "record_number", "line"),
    sparse=("variant_code", "lot_code", "location_code", "mirror"),
    droppable=("uom", "resolved_by", "line", "variant_code"),
    orders="restore_grid",
)
DECLARATIONS = Grid(
    "declaration_grid",
    (
        "declaration_id",
        ORDER,
        "phase",
        "sub_phase",
        "kind",
        "declared_at",
        "good_quantity",
        "scrap_quantity",
        "uom",
        "lot_code",
        "registered",
        "movement_count",
        "note",
    ),
    FORWARDS,
    sparse=("sub_phase", "lot_code", "note"),
    droppable=("note", "uom", "movement_count", "declared_at", "lot_code"),
)
DECLARATION_MOVEMENTS = Grid(
    "declaration_movement_grid",
    (
        "declaration_id",
        ORDER,
        "record_date",
        "warehouse_code",
        "record_number",
        "reason_code",
        "line",
        "item_code",
        "variant_code",
        "lot_code",
        "location_code",
        "quantity",
        "uom",
        "resolved_by",
        "mirror",
    ),
    ("order_id", "declaration_id", "record_date", "warehouse_code", "record_number", "line"),
    sparse=("variant_code", "lot_code", "location_code", "mirror"),
    droppable=("uom", "resolved_by", "line", "record_number", "variant_code", "reason_code"),
    orders="declaration_grid",
)


def show(
    connection: psycopg.Connection[Any],
    grid: Grid,
    where: Query,
    *,
    columns: Sequence[str] | None = None,
    sorts: Sequence[str] = (),
    limit: int | None = None,
    output_format: str = "table",
) -> None:
    """Print the rows of a grid that a condition leaves.

    `columns` None means a table's own choice, or in CSV and JSON all that are not computed; `limit` None means
    50 rows in a table and all otherwise, 0 all.
    """
    view = open_view(connection, grid.view)
    chosen = _columns(view, grid, columns, output_format)
    table = output_format == "table"
    limit = (_TABLE_ROWS if table else 0) if limit is None else limit
    query = SQL("select {} from {} as g where true{} {} limit %s").format(
        SQL(", ").join(_expression(view, grid, name, output_format) for name in chosen),
        view.table,
        where.text,
        ordering(view, sorts, grid.sort),
    )
    parameters = [*where.parameters, limit or None]
    if output_format == "json":
        print_json(connection, query, parameters)
    elif output_format == "csv":
        print_csv(connection, query, parameters)
    else:
        rows = connection.execute(query, parameters).fetchall()
        if rows:
            kept = [
                i for i, name in enumerate(chosen) if columns or _worth_showing(grid, name, [row[i] for row in rows])
            ]
            print_table(
                [chosen[i] for i in kept],
                [[row[i] for i in kept] for row in rows],
                flexible=FLEXIBLE,
                wrapped=WRAPPED,
                droppable=() if columns else grid.droppable,
            )
        _tell_count(connection, view, where, len(rows), limit)


def _worth_showing(grid: Grid, column: str, values: Sequence[object]) -> bool:
    if column == ORDER and grid.orders:
        return len(set(values)) > 1
    return column not in grid.sparse or any(values)


def _tell_count(connection: psycopg.Connection[Any], view: View, where: Query, shown: int, limit: int) -> None:
    total = shown
    if limit and shown == limit:
        count = SQL("select count(*) from {} as g where true{}").format(view.table, where.text)
        ((total,),) = connection.execute(count, where.parameters).fetchall()
    if total == 0:
        remark("No row matches.")
    elif total > shown:
        remark(f"{shown:,} of {total:,} rows; --limit 0 shows all.")
    else:
        remark(f"{total:,} row{'s' if total > 1 else ''}.")


def _columns(view: View, grid: Grid, asked: Sequence[str] | None, output_format: str) -> list[str]:
    stored = [name for name in view.columns if name != COMPUTED]
    if asked is None:
        return list(grid.columns) if output_format == "table" else stored
    chosen: list[str] = []
    for name in asked:
        if name == "all":
            chosen += stored
        else:
            chosen.append(name if name == ORDER else view.check(name))
    return list(dict.fromkeys(chosen))


def _expression(view: View, grid: Grid, column: str, output_format: str) -> Composable:
    name = Identifier(column)
    if column == ORDER:
        reference = SQL("concat_ws('/', {0}.order_year, {0}.order_number, nullif({0}.order_lot, 0))")
        if "order_lot" in view.columns:
            return SQL("{} as {}").format(reference.format(Identifier("g")), name)
        looked_up = SQL(
            "(select {} from {} as r where (r.company_id, r.order_id) = (g.company_id, g.order_id) limit 1) as {}"
        )
        return looked_up.format(reference.format(Identifier("r")), Identifier("erp_api", grid.orders), name)
    if output_format == "csv" and view.columns[column] == "boolean":
        return SQL("g.{0}::text as {0}").format(name)  # true and false, as in the files of rilascio load
    return SQL("g.{}").format(name)


def _of_company(company_id: int, more: Query) -> Query:
    return Query(SQL(" and company_id = %s") + more.text, [company_id, *more.parameters])


def _split(_context: click.Context, _parameter: click.Parameter, value: str | None) -> list[str] | None:
    if value is None:
        return None
    names = [name.strip() for name in value.split(",") if name.strip()]
    if not names:
        raise HarnessError("--columns names no column.", "Write --columns all, or names with commas.", exit_code=USAGE)
    return names


@click.group()
def grid() -> None:
    """Show the orders to release, the released ones, the declarations, or what a release or registration moved.

    \b
    Examples:
      rilascio grid release --where 'customer~rossi' --where 'late=true' --sort end_date
      rilascio grid restore --format csv > released.csv
      rilascio grid movements 2026/15
      rilascio grid declarations 2026/15
      rilascio grid declaration-movements 2026/15
    """


def _grid_options(command: Any) -> Any:
    for option in reversed(
        (
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
                "--columns",
                callback=_split,
                metavar="LIST",
                help="Columns, with commas between; all for all but feasibility, which is computed row by row and "
                "comes when it is named; order for YEAR/NUMBER[/LOT].",
            ),
            format_option,
            dsn_option(),
        )
    ):
        command = option(command)
    return command


@grid.command("release")
@_grid_options
def release_grid(
    company: str | None,
    filters: tuple[str, ...],
    sorts: tuple[str, ...],
    limit: int | None,
    columns: list[str] | None,
    output_format: str,
    dsn: str | None,
) -> None:
    """Launched orders still to be released.

    \b
    Example, the ten most urgent late orders of a customer with what stock allows:
      rilascio grid release --where customer=ACME --where late=true \\
        --sort end_date --limit 10 --columns order,item_code,end_date,feasibility
    """
    _show_orders(RELEASE, company, filters, sorts, limit, columns, output_format, dsn)


@grid.command("restore")
@_grid_options
def restore_grid(
    company: str | None,
    filters: tuple[str, ...],
    sorts: tuple[str, ...],
    limit: int | None,
    columns: list[str] | None,
    output_format: str,
    dsn: str | None,
) -> None:
    """Released orders, and what keeps one from being restored.

    \b
    Example, what was released since a date and cannot be taken back:
      rilascio grid restore --where 'released_at>=2026-11-01' --where restorable=false
    """
    _show_orders(RESTORE, company, filters, sorts, limit, columns, output_format, dsn)


def _show_orders(
    which: Grid,
    company: str | None,
    filters: tuple[str, ...],
    sorts: tuple[str, ...],
    limit: int | None,
    columns: list[str] | None,
    output_format: str,
    dsn: str | None,
) -> None:
    parsed = [parse_filter(text) for text in filters]
    with connect(dsn) as connection:
        where = conditions(connection, open_view(connection, which.view), parsed)
        where = _of_company(find_company(connection, company).company_id, where)
        show(connection, which, where, columns=columns, sorts=sorts, limit=limit, output_format=output_format)


@grid.command("movements")
@click.argument("references", nargs=-1, metavar="[ORDER]...")
@_grid_options
def movement_grid(
    references: tuple[str, ...],
    company: str | None,
    filters: tuple[str, ...],
    sorts: tuple[str, ...],
    limit: int | None,
    columns: list[str] | None,
    output_format: str,
    dsn: str | None,
) -> None:
    """The stock movements that the release of an order made, as far as they are in force.

    ORDER is YEAR/NUMBER (lot 0) or YEAR/NUMBER/LOT; without one, the movements of all released orders.

    \b
    Example:
      rilascio grid movements 2026/15 --where 'item_code~screw'
    """
    _show_of_orders(MOVEMENTS, references, company, filters, sorts, limit, columns, output_format, dsn)


@grid.command("declarations")
@click.argument("references", nargs=-1, metavar="[ORDER]...")
@_grid_options
def declaration_grid(
    references: tuple[str, ...],
    company: str | None,
    filters: tuple[str, ...],
    sorts: tuple[str, ...],
    limit: int | None,
    columns: list[str] | None,
    output_format: str,
    dsn: str | None,
) -> None:
    """The production declarations, registered or not.

    ORDER is YEAR/NUMBER (lot 0) or YEAR/NUMBER/LOT; without one, the declarations of all orders, closed ones too.

    \b
    Example, what is still to be registered:
      rilascio grid declarations --where registered=false --sort declared_at
    """
    _show_of_orders(DECLARATIONS, references, company, filters, sorts, limit, columns, output_format, dsn)


@grid.command("declaration-movements")
@click.argument("references", nargs=-1, metavar="[ORDER]...")
@_grid_options
def declaration_movement_grid(
    references: tuple[str, ...],
    company: str | None,
    filters: tuple[str, ...],
    sorts: tuple[str, ...],
    limit: int | None,
    columns: list[str] | None,
    output_format: str,
    dsn: str | None,
) -> None:
    """The stock movements that the registration of declarations made, as far as they are in force.

    ORDER is YEAR/NUMBER (lot 0) or YEAR/NUMBER/LOT; without one, the movements of all registered declarations.

    \b
    Example:
      rilascio grid declaration-movements 2026/15 --where 'quantity>0'
    """
    _show_of_orders(DECLARATION_MOVEMENTS, references, company, filters, sorts, limit, columns, output_format, dsn)


def _show_of_orders(
    which: Grid,
    references: tuple[str, ...],
    company: str | None,
    filters: tuple[str, ...],
    sorts: tuple[str, ...],
    limit: int | None,
    columns: list[str] | None,
    output_format: str,
    dsn: str | None,
) -> None:
    wanted = [parse_reference(text) for text in references]
    parsed = [parse_filter(text) for text in filters]
    with connect(dsn) as connection:
        where = conditions(connection, open_view(connection, which.view), parsed)
        found_company = find_company(connection, company)
        where = _of_company(found_company.company_id, where)
        if wanted:
            ids = [order.order_id for order in find_orders(connection, found_company, wanted)]
            where = Query(where.text + SQL(" and order_id = any(%s::bigint[])"), [*where.parameters, ids])
        show(connection, which, where, columns=columns, sorts=sorts, limit=limit, output_format=output_format)
