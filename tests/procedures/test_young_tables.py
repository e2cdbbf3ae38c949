"""Tables that nobody has analyzed yet, or only while they were empty: calls find the rows that they look for, and read
few others."""

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


@pytest.fixture(params=["never analyzed", "analyzed while empty"])
def young(request: pytest.FixtureRequest, committed: tuple[Factory, psycopg.Connection]) -> Factory:
    """Give a factory in tables whose statistics tell of no row, or that have none."""
    factory, observer = committed
    if request.param == "analyzed while empty":
        observer.execute("analyze")
    known = observer.execute(
        "select c.relname, c.reltuples from pg_class as c"
        " where c.relnamespace = 'erp'::regnamespace and c.relkind = 'r' and c.relname ~ '^(production_order|stock_)'"
    ).fetchall()
    assert {rows for _, rows in known} == {0 if request.param == "analyzed while empty" else -1}
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


def test_R2_R34_orders_are_released_and_restored_by_their_keys(young: Factory) -> None:
    in_calls(lambda *rows: young.put(item=rows), item)
    in_calls(
        lambda *rows: young.put(item_mrp_parameter=rows),
        lambda number: {"item_code": f"I{number}", "picking_type": "automatic", "procurement_type": "purchase"},
    )
    young.parameters(allow_negative_stock=True)
    young.change_warehouse("MAIN", allow_negative_stock=True)
    in_calls(young.put_orders, order)
    one, *others = sorted(row.order_id for row in young.select("release_grid"))
    for call in (young.release, young.restore):
        call(one)  # from here on the plans are kept, which were made when there was nothing
    for outcome, call in (("released", young.release), ("restored", young.restore)):
        for first in range(0, len(others), ROWS):
            rows = call(*others[first : first + ROWS])
            assert {row.outcome for row in rows} == {outcome}
    tables = ["production_order", "production_order_material", "stock_record", "stock_movement", "stock_balance"]
    assert rows_read(young, *tables) < READS * CALLS * ROWS * len(tables)


def test_R80_what_is_not_old_enough_is_not_read_when_history_is_archived(young: Factory) -> None:
    archive = "select * from erp_api.archive_history(%s, now() - interval '2 days')"
    young.put(item=[item(1)])
    for turn in range(2):  # the plans of the first one are kept
        in_calls(young.post, lambda number, turn=turn: document(f"IN-{turn}-{number}", line("I1", 1)))
        young.unpost(*(f"IN-{turn}-{number}" for number in range(1, CALLS * ROWS + 1)))
        assert young.archive_call(archive, [young.company_id]) == []
    history = ["removed_stock_record", "removed_stock_movement", "run_row"]
    assert rows_read(young, *history) < READS * CALLS * ROWS * len(history)


def test_the_few_large_records_of_a_first_load_do_not_let_every_record_look_large(
    committed: tuple[Factory, psycopg.Connection],
) -> None:
    factory, observer = committed
    rows = range(1, 201)
    factory.put(item=[item(number) for number in rows])
    factory.post(document("OPENING", *(line(f"I{number}", 1) for number in rows)))
    factory.connection.commit()
    observer.execute("analyze erp.stock_movement")
    [[[plan]]] = observer.execute(
        "explain (format json) select from erp.stock_movement as m"
        " where (m.company_id, m.record_date, m.stock_record_id)"
        " = (select r.company_id, r.record_date, r.stock_record_id from erp.stock_record as r)"
    ).fetchall()
    assert plan["Plan"]["Plan Rows"] < 50
