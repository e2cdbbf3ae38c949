"""Tables that nobody has analyzed yet: puts and postings find the rows that they look for, and read few others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from tests.factory import Factory
from tests.factory.stock_documents import document, line

CALLS, ROWS = 8, 60
"""Calls of one transaction, of whose rows autovacuum sees nothing, and the rows of each."""
READS = 40
"""Rows read of each that is there, at most; by the index of another key all of the company are read for each."""


@pytest.fixture
def young(committed: tuple[Factory, psycopg.Connection]) -> Factory:
    """Give a factory in tables without statistics."""
    factory, observer = committed
    analyzed = observer.execute(
        "select c.relname from pg_class as c"
        " where c.relnamespace = 'erp'::regnamespace and c.relkind = 'r' and c.reltuples >= 0"
    ).fetchall()
    assert analyzed == []
    return factory


def rows_read(factory: Factory, *tables: str) -> int:
    """Return how many rows of the tables the transaction has read."""
    row = factory.connection.execute(
        "select sum(coalesce(s.idx_tup_fetch, 0) + s.seq_tup_read)::bigint from pg_stat_xact_user_tables as s"
        " where s.schemaname = 'erp' and s.relname = any(%s)",
        [list(tables)],
    ).fetchone()
    assert row is not None
    return int(row[0])


def in_calls(call: Callable[..., Any], make: Callable[[int], dict[str, Any]]) -> None:
    """Make rows of the numbers from 1, call by call."""
    for first in range(1, CALLS * ROWS, ROWS):
        rows = call(*(make(number) for number in range(first, first + ROWS)))
        assert {row.outcome for row in rows} <= {"created", "changed", "posted"}


def order(number: int, quantity: int = 1) -> dict[str, Any]:
    return {
        "order_year": 2026,
        "order_number": number,
        "item_code": "BIKE",
        "quantity": quantity,
        "phases": [{"phase": 10}],
        "materials": [{"line": 1, "item_code": f"I{number}", "unit_quantity": 1, "phase": 10}],
    }


def item(number: int, description: str = "one") -> dict[str, Any]:
    return {"item_code": f"I{number}", "description": description}


def test_R70_items_are_put_by_their_keys(young: Factory) -> None:
    for text in ("one", "two"):
        in_calls(lambda *rows: young.put(item=rows), lambda number, text=text: item(number, text))
    assert rows_read(young, "item") < READS * CALLS * ROWS


def test_R71_orders_are_put_by_their_keys(young: Factory) -> None:
    in_calls(lambda *rows: young.put(item=rows), item)
    in_calls(young.put_orders, order)
    in_calls(young.put_orders, lambda number: order(number, 2))
    tables = ["item", "production_order", "production_order_phase", "production_order_material"]
    assert rows_read(young, *tables) < READS * CALLS * ROWS * len(tables)


def test_R73_stock_documents_are_posted_by_their_keys(young: Factory) -> None:
    in_calls(lambda *rows: young.put(item=rows), item)
    in_calls(young.post, lambda number: document(f"IN-{number}", line(f"I{number}", 1)))
    again = young.post(*(document(f"IN-{number}", line(f"I{number}", 1)) for number in range(1, ROWS)))
    assert {row.outcome for row in again} == {"unchanged"}
    removed = young.unpost(*(f"IN-{number}" for number in range(1, ROWS)))
    assert {row.outcome for row in removed} == {"removed"}
    tables = ["item", "stock_document", "stock_record", "stock_movement", "stock_balance"]
    assert rows_read(young, *tables) < READS * CALLS * ROWS * len(tables)
