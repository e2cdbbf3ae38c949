"""The floor: what a release, a restore or a posting wrote, written again by bare statements.

The same rows with the same ids go from temporary tables into the same tables with the same indexes, constraints and
foreign keys; only our own triggers are off. What the run decided and looked up, the floor gets for nothing, and it
keeps no run, so it is a bound that no run can reach.
"""

from __future__ import annotations

import time
from typing import Any

import psycopg

from rilascio.queries import read_query

_TRIGGERED = (
    "production_order", "production_order_split", "released_material", "stock_document", "stock_record",
    "stock_movement", "stock_balance", "removed_stock_record", "removed_stock_movement", "run_order",
)  # fmt: skip


def keep_situation(connection: psycopg.Connection[Any]) -> None:
    """Keep how orders and balances stand before the run that `capture` is to look at."""
    connection.execute(read_query(__file__, "floor_keep_situation"))


def capture(connection: psycopg.Connection[Any], run_id: int) -> None:
    """Copy what that release or posting wrote, since `keep_situation`, into temporary tables."""
    with psycopg.ClientCursor(connection) as cursor:
        cursor.execute(read_query(__file__, "floor_capture"), {"run_id": run_id})


def write(connection: psycopg.Connection[Any]) -> float:
    """Write what was captured, in one transaction, and return the seconds that took, commit included.

    Our triggers are off from then on: `undo` or `guard_again` lets them work again.
    """
    statements = read_query(__file__, "floor_write")
    with connection.transaction():
        _switch_triggers(connection, "disable")
        start = time.perf_counter()
        connection.execute(statements)
    return time.perf_counter() - start


def capture_restore(connection: psycopg.Connection[Any], run_id: int) -> None:
    """Copy what that restore wrote of itself into temporary tables: it took back what `capture` looked at."""
    with psycopg.ClientCursor(connection) as cursor:
        cursor.execute(read_query(__file__, "floor_restore_capture"), {"run_id": run_id})


def complete(connection: psycopg.Connection[Any]) -> None:
    """After `write`: make of what stands there what a restore finds, and let it be written once more."""
    with connection.transaction():
        connection.execute(read_query(__file__, "floor_complete"))


def write_restore(connection: psycopg.Connection[Any]) -> float:
    """Take back what was captured and write what the restore kept of it, in one transaction, after `complete`.

    Return the seconds that took, commit included. Our triggers work again afterwards.
    """
    statements = read_query(__file__, "floor_restore_write") + read_query(__file__, "floor_undo")
    start = time.perf_counter()
    with connection.transaction():
        connection.execute(statements)
    seconds = time.perf_counter() - start
    guard_again(connection)
    return seconds


def undo(connection: psycopg.Connection[Any]) -> None:
    """Take back what was captured, whoever wrote it, and let our triggers work again."""
    with connection.transaction():
        _switch_triggers(connection, "disable")
        connection.execute(read_query(__file__, "floor_undo"))
        _switch_triggers(connection, "enable")


def guard_again(connection: psycopg.Connection[Any]) -> None:
    """Let our triggers work again over what `write` wrote."""
    with connection.transaction():
        _switch_triggers(connection, "enable")


def forget(connection: psycopg.Connection[Any]) -> None:
    """Drop the temporary tables."""
    connection.execute("discard temporary")


def _switch_triggers(connection: psycopg.Connection[Any], how: str) -> None:
    for table in _TRIGGERED:
        connection.execute(f"alter table erp.{table} {how} trigger user")
