"""`rilascio grid`: the grids, filtered, sorted, as a table, CSV or JSON."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import Any

import click
import psycopg
from psycopg.sql import SQL, Composable, Composed, Identifier, Literal
from rich.console import Console

from rilascio.commands.answers import outcome_label, outcomes_in_words
from rilascio.commands.grid_columns import (
    DECLARATION_MOVEMENTS,
    DECLARATIONS,
    MATERIALS,
    MOVEMENTS,
    ORDER,
    RELEASE,
    RESTORE,
    Grid,
)
from rilascio.commands.options import connect
from rilascio.commands.selection import GridOptions, takes_grid_options
from rilascio.filters import ApiView, Filter, Query, SortKey, conditions, open_view, parse_filter, sort_keys
from rilascio.help_texts import Group
from rilascio.language import _, counted
from rilascio.orders import Company, find_company, find_orders, parse_reference
from rilascio.output import console, print_csv, print_json, print_table, remark
from rilascio.paging import PAGE_KEY, page_key, parse_key, parts, parts_before

_FLEXIBLE = (
    "item_description",
    "description",
    "customer",
    "project",
    "item_code",
    "department",
    "work_center",
    "caller_role",
    "note",
)
_WRAPPED = ("blockers", "reasons", "arguments", "outcomes")

_TABLE_ROWS = 50


def show(which: Grid, options: GridOptions) -> None:
    """Print the rows of a grid that pass the filters and, where orders are named, are theirs."""
    wanted = [parse_reference(text) for text in options.references]
    parsed = [parse_filter(text) for text in options.filters]
    with connect(options.dsn) as connection:
        view = open_view(connection, which.view)
        company = find_company(connection, options.company)
        where = filtered(connection, view, company, parsed)
        if wanted:
            ids = [order.order_id for order in find_orders(connection, company, wanted)]
            where = where.also(" and order_id = any(%s::bigint[])", ids)
        print_grid(connection, which, view, company, where, options)


def filtered(connection: psycopg.Connection[Any], view: ApiView, company: Company, filters: Sequence[Filter]) -> Query:
    """Return the condition for the rows of a company that pass the filters."""
    chosen = conditions(connection, view, filters)
    return Query(SQL(" and company_id = %s") + chosen.text, [company.company_id, *chosen.parameters])


_PART = SQL("select * from {view} as g where true{where} {order} limit %s")

_WITH_FEASIBILITY = SQL("""
with page as materialized (select row_number() over () as nth, g.* from ({rows}) as g),
feasibility as (
    select f.*
    from (select array_agg(p.order_id) as ids from page as p having count(*) > 0) as a
    cross join lateral erp_api.order_feasibility({company}, a.ids) as f
)
select {columns} from page as g left join feasibility as f on f.order_id = g.order_id order by g.nth
""")


def print_grid(
    connection: psycopg.Connection[Any], grid: Grid, view: ApiView, company: Company, where: Query, options: GridOptions
) -> None:
    """Print the rows of a grid for which a condition holds, and how many there are."""
    columns = _columns(view, grid, options.columns, options.output_format)
    if options.output_format == "json" and options.columns is None and _limit(options):
        columns.append(PAGE_KEY)
    table = options.output_format == "table"
    query, parameters = page(
        connection, grid, view, company, where, options, [*columns, *([PAGE_KEY] if table else [])]
    )
    if options.output_format == "json":
        print_json(connection, query, parameters)
    elif options.output_format == "csv":
        print_csv(connection, query, parameters)
    else:
        rows = connection.execute(query, parameters).fetchall()
        print_rows(grid, columns, [row[:-1] for row in rows], requested=options.columns is not None)
        print_count(connection, view, where, [row[-1] for row in rows], options)


def page(
    connection: psycopg.Connection[Any],
    grid: Grid,
    view: ApiView,
    company: Company,
    where: Query,
    options: GridOptions,
    columns: Sequence[str],
) -> tuple[Composed, list[object]]:
    """Return the query of some columns of the rows that are to be shown, and its parameters."""
    keys = sort_keys(view, options.sorts, grid.sort, alike=True)
    limit = _limit(options) or None
    if options.before is None:
        after = None if options.after is None else parse_key(connection, view, keys, options.after)
        page_parts = parts(view, keys, after, limit or 0)
    else:
        page_parts = parts_before(view, keys, parse_key(connection, view, keys, options.before))
    texts, parameters = [], list[object]()
    for part in page_parts:
        part_where = where.then(part.where)
        texts.append(_PART.format(view=view.table, where=part_where.text, order=part.order))
        parameters += [*part_where.parameters, limit]
    rows: Composed = texts[0]
    if len(texts) > 1:
        # each part has its limit, so that the next one is read where a page needs more
        rows = SQL("{} limit %s").format(SQL(" union all ").join(SQL("({})").format(text) for text in texts))
        parameters.append(limit)
    template = SQL("select {columns} from ({rows}) as g")
    if any(name in grid.feasibility_columns for name in columns):
        template = _WITH_FEASIBILITY
    query = template.format(
        columns=SQL(", ").join(_expression(view, grid, name, options.output_format, keys) for name in columns),
        rows=rows,
        company=Literal(company.company_id),
    )
    return query, parameters


def list_orders(connection: psycopg.Connection[Any], grid: Grid, company: Company, ids: Sequence[int]) -> None:
    """Show the first of some orders, in their order, on standard error: to somebody who is to be asked about them."""
    view = open_view(connection, grid.view)
    query = SQL(
        "select {} from {} as g where company_id = %s and order_id = any(%s) order by array_position(%s, order_id)"
    )
    columns = SQL(", ").join(_expression(view, grid, name, "table", ()) for name in grid.columns)
    shown = list(ids[:_TABLE_ROWS])
    rows = connection.execute(query.format(columns, view.table), [company.company_id, shown, shown]).fetchall()
    print_rows(grid, grid.columns, rows, target=console(stderr=True))
    if len(ids) > len(shown):
        remark(_("And {count:,} more.", count=len(ids) - len(shown)))


def _limit(options: GridOptions) -> int:
    if options.limit is None:
        return _TABLE_ROWS if options.output_format == "table" else 0
    return options.limit


def print_rows(
    grid: Grid,
    columns: Sequence[str],
    rows: Sequence[Sequence[object]],
    *,
    requested: bool = False,
    target: Console | None = None,
) -> None:
    """Print rows as a table, without the empty columns unless they were requested."""
    kept = [i for i, name in enumerate(columns) if requested or _worth_showing(grid, name, [row[i] for row in rows])]
    print_table(
        [columns[i] for i in kept],
        [[_in_words(columns[i], row[i]) for i in kept] for row in rows],
        flexible=_FLEXIBLE,
        wrapped=_WRAPPED,
        droppable=() if requested else grid.droppable,
        target=target,
    )


def _in_words(column: str, value: object) -> object:
    """Return outcomes as people say them, anything else as it is."""
    match column, value:
        case "outcome", str():
            return outcome_label(value)
        case "outcomes", str():
            return outcomes_in_words(value)
        case _:
            return value


def _worth_showing(grid: Grid, column: str, values: Sequence[object]) -> bool:
    if column == ORDER and grid.orders:
        return len(set(values)) > 1
    return column not in grid.sparse or any(values)


def print_count(
    connection: psycopg.Connection[Any], view: ApiView, where: Query, page_keys: Sequence[str], options: GridOptions
) -> None:
    """Say how many rows were shown, of how many, and how to see the next ones; `page_keys` are those of the rows."""
    shown, limit = len(page_keys), _limit(options)
    total = shown
    if limit and shown == limit:
        count = SQL("select count(*) from {} as g where true{}").format(view.table, where.text)
        ((total,),) = connection.execute(count, where.parameters).fetchall()
    if total == 0:
        remark(_("No row matches.") if options.after is None else _("No row matches behind that key."))
    elif total > shown:
        remark(_("{shown:,} of {total:,} rows; --limit 0 shows all.", shown=shown, total=total))
        remark(_("The next ones: --after {key}", key=shlex.quote(page_keys[-1])))
    else:
        remark(f"{counted(total, 'row')}.")


def _columns(view: ApiView, grid: Grid, requested: Sequence[str] | None, output_format: str) -> list[str]:
    if requested is None:
        return list(grid.columns if output_format == "table" else view.columns)
    chosen: list[str] = []
    for name in requested:
        if name == "all":
            chosen += view.columns
        else:
            beside = {*grid.feasibility_columns, *grid.computed, PAGE_KEY}
            if grid.orders or "order_lot" in view.columns:
                beside.add(ORDER)
            chosen.append(name if name in beside else view.check(name))
    return list(dict.fromkeys(chosen))


def _expression(view: ApiView, grid: Grid, column: str, output_format: str, keys: Sequence[SortKey]) -> Composable:
    name = Identifier(column)
    if column == PAGE_KEY:
        key = page_key(keys, "g")
        return SQL("{} as {}").format(key if output_format == "json" else key + SQL("::text"), name)
    if column == ORDER:
        reference = SQL("concat_ws('/', {0}.order_year, {0}.order_number, nullif({0}.order_lot, 0))")
        if "order_lot" in view.columns:
            return SQL("{} as {}").format(reference.format(Identifier("g")), name)
        looked_up = SQL(
            "(select {} from {} as r where (r.company_id, r.order_id) = (g.company_id, g.order_id) limit 1) as {}"
        )
        return looked_up.format(reference.format(Identifier("r")), Identifier("erp_api", grid.orders), name)
    if column in grid.computed:
        return SQL("{} as {}").format(SQL(grid.computed[column]), name)
    if column in grid.feasibility_columns:
        return SQL("f.{}").format(name)
    return SQL("g.{}").format(name)


@click.group(cls=Group)
def grid() -> None:
    """Show the orders to release, the released ones, materials, declarations, or what a release or registration moved.

    \b
    Examples:
      rilascio grid release --where 'customer~rossi' --where 'late=true' --sort end_date
      rilascio grid restore --format csv > released.csv
      rilascio grid movements 2026/15
      rilascio grid materials 2026/15
      rilascio grid declarations 2026/15
      rilascio grid declaration-movements 2026/15
    """


@grid.command("release")
@takes_grid_options(
    " Also order, for YEAR/NUMBER[/LOT], and feasibility, feasible_quantity and automatic_material_count, which are"
    " asked when named."
)
def release_grid(options: GridOptions) -> None:
    """Launched orders still to be released.

    \b
    Example, the ten most urgent late orders of a customer with what stock allows:
      rilascio grid release --where customer=ACME --where late=true \\
        --sort end_date --limit 10 --columns order,item_code,end_date,feasibility
    """
    show(RELEASE, options)


@grid.command("restore")
@takes_grid_options()
def restore_grid(options: GridOptions) -> None:
    """Released orders, and what keeps one from being restored.

    \b
    Example, what was released since a date and cannot be taken back:
      rilascio grid restore --where 'released_at>=2026-11-01' --where restorable=false
    """
    show(RESTORE, options)


@grid.command("movements")
@takes_grid_options(of_orders=True)
def movement_grid(options: GridOptions) -> None:
    """The stock movements that the release of an order made, as far as they are in force.

    ORDER is YEAR/NUMBER (lot 0) or YEAR/NUMBER/LOT; without one, the movements of all released orders.

    \b
    Example:
      rilascio grid movements 2026/15 --where 'item_code~screw'
    """
    show(MOVEMENTS, options)


@grid.command("materials")
@takes_grid_options(of_orders=True)
def material_grid(options: GridOptions) -> None:
    """The materials of orders: what each needs, what was picked and issued for it, and what is still open.

    ORDER is YEAR/NUMBER (lot 0) or YEAR/NUMBER/LOT; without one, the materials of all orders, closed ones too.

    \b
    Example, who waits for an item:
      rilascio grid materials --where item_code=SC-0616 --where order_status=launched --sort end_date
    """
    show(MATERIALS, options)


@grid.command("declarations")
@takes_grid_options(of_orders=True)
def declaration_grid(options: GridOptions) -> None:
    """The production declarations, registered or not.

    ORDER is YEAR/NUMBER (lot 0) or YEAR/NUMBER/LOT; without one, the declarations of all orders, closed ones too.

    \b
    Example, what is still to be registered:
      rilascio grid declarations --where registered=false --sort declared_at
    """
    show(DECLARATIONS, options)


@grid.command("declaration-movements")
@takes_grid_options(of_orders=True)
def declaration_movement_grid(options: GridOptions) -> None:
    """The stock movements that the registration of declarations made, as far as they are in force.

    ORDER is YEAR/NUMBER (lot 0) or YEAR/NUMBER/LOT; without one, the movements of all registered declarations.

    \b
    Example:
      rilascio grid declaration-movements 2026/15 --where 'quantity>0'
    """
    show(DECLARATION_MOVEMENTS, options)
