"""A page of the grids costs what the page costs, in every order and with every filter, by its plan (R42)."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from psycopg.sql import SQL, Composed, Identifier

from harness.dev.bench.grids import FILTERS, GRIDS, NUMBER, PAGE, SORTS, condition, fill, middle, page
from harness.dev.bench.world import COMPANY_ID
from rilascio.commands.grid import filtered
from rilascio.commands.grid import page as cli_page
from rilascio.commands.grid_columns import RELEASE, RESTORE, Grid
from rilascio.commands.selection import GridOptions
from rilascio.filters import open_view
from rilascio.orders import find_company
from rilascio.testing import make_role

ORDERS = 4_000
"""Of each status: many times what a page may read."""

FEW = 4 * PAGE
"""Rows that a page may sort, or read of what orders have."""

OF_ORDERS = {"production_order", "production_order_phase", "stock_record", "stock_movement"}
"""Tables that have a row for each order, or more: a plan may read the others whole while they are small."""


@contextmanager
def member(database: str) -> Iterator[tuple[psycopg.Connection[Any], psycopg.Connection[Any]]]:
    """Give a member's connection to a company with many orders, and the superuser's."""
    with psycopg.connect(database, autocommit=True) as connection:
        fill(connection, ORDERS)
        role = make_role(connection, "erp_reader")
        connection.execute("insert into erp.company_member values (%s, %s)", [COMPANY_ID, role])
        with psycopg.connect(database, autocommit=True) as session:
            session.execute("select set_config('role', %s, false)", [role])
            yield session, connection
        connection.execute(SQL("drop role {}").format(SQL(role)))


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


def explained(
    session: psycopg.Connection[Any], query: Composed, parameters: Sequence[object] = ()
) -> list[dict[str, Any]]:
    """Return the nodes of the plan that answered a query."""
    [[[explained]]] = session.execute(SQL("explain (analyze, format json, timing off) ") + query, parameters).fetchall()
    return list(nodes(explained["Plan"]))


def rows_read(node: dict[str, Any]) -> int:
    """Return the rows that a scan read, those that it left out too."""
    left_out = sum(count for name, count in node.items() if name.startswith("Rows Removed by"))
    return int(node["Actual Loops"] * (node["Actual Rows"] + left_out))


def too_much(plan: list[dict[str, Any]]) -> dict[str, int]:
    """Return what a plan read of tables, or sorted, where that was more than a page may."""
    return {
        f"{node['Node Type']} {node.get('Relation Name', '')}".strip(): rows_read(node)
        for node in plan
        if (node.get("Relation Name") in OF_ORDERS or "Sort" in node["Node Type"]) and rows_read(node) > FEW
    }


def test_R42_a_page_in_any_order_reads_the_rows_of_a_page_from_wherever_it_goes_on(rilascio_database: str) -> None:
    with member(rilascio_database) as (session, connection):
        for grid in GRIDS:
            for sort in SORTS[grid]:
                for descending in (False, True):
                    for after in ([], middle(connection, grid, sort)):
                        plan = explained(session, page(grid, sort, descending, after=after))
                        assert too_much(plan) == {}, (grid, sort, descending, after)
                        assert not [node for node in plan if "Sort" in node["Node Type"]]


@pytest.mark.parametrize("grid", [RELEASE, RESTORE], ids=lambda grid: grid.view)
def test_R40_R42_the_command_line_pages_by_key_in_an_index_whichever_way_it_sorts(
    rilascio_database: str, grid: Grid
) -> None:
    """From the first page, from the middle, and where what has no value begins, which comes last in both directions."""
    with member(rilascio_database) as (session, connection):
        view, company = open_view(session, grid.view), find_company(session, None)
        where = filtered(session, view, company, [])
        for sort in SORTS[grid.view]:
            key = middle(connection, grid.view, sort)
            from_where = [None, json.dumps(key, default=str)]
            if sort in ("end_date", "start_date", "priority"):
                from_where += ["[null, 2026, 0, 0]", "[null, 2026, 99999, 0]"]
                [[greatest, least]] = connection.execute(
                    SQL("select max({0})::text, min({0})::text from erp.production_order").format(Identifier(sort))
                ).fetchall()
                from_where += [f'["{end}", {number}, 0, 0]' for end, number in ((greatest, 2999), (least, 0))]
            for direction in ("", ":desc"):
                sorts = [f"{name}{direction}" for name in (NUMBER if sort == "number" else (sort,))]
                for after in from_where:
                    options = GridOptions(None, (), tuple(sorts), PAGE, None, "table", None, after=after)
                    query = cli_page(session, grid, view, company, where, options, list(view.columns))
                    plan = explained(session, *query)
                    assert too_much(plan) == {}, (sorts, after)
                    computed = [node for node in plan if node.get("Parent Relationship") == "SubPlan"]
                    assert max(node["Actual Loops"] for node in computed) <= PAGE, (sorts, after)
                    assert len(session.execute(*query).fetchall()) <= PAGE


def test_R42_a_filter_reads_the_rows_of_a_page_whether_it_leaves_few_orders_or_half_of_them(
    rilascio_database: str,
) -> None:
    with member(rilascio_database) as (session, _):
        for grid in GRIDS:
            for name in FILTERS:
                for selectivity in ("few", "half"):
                    query = page(grid, "end_date", where=condition(name, selectivity))
                    assert too_much(explained(session, query)) == {}, (grid, name, selectivity)
                    assert 30 < len(session.execute(query).fetchall()) <= PAGE


@pytest.mark.parametrize("grid", GRIDS)
def test_R42_what_a_filter_leaves_is_counted_in_an_index_of_the_orders(rilascio_database: str, grid: str) -> None:
    with member(rilascio_database) as (session, _):
        # what vacuum could not yet mark as visible to all makes the table look cheaper, not the index insufficient
        session.execute("set enable_bitmapscan = off")
        for name in FILTERS:
            query = SQL("select count(*) from erp_api.{} where company_id = {} and {}").format(
                SQL(grid), COMPANY_ID, condition(name, "half")
            )
            plan = explained(session, query)
            read = {node["Relation Name"]: node["Node Type"] for node in plan if "Relation Name" in node}
            assert read.pop("production_order") == "Index Only Scan", name
            assert read.keys() <= ({"job_order"} if name in ("customer", "site") else set()), name
