"""The floor: what a call changed, changed again by bare statements.

A call is known by what it leaves: the rows that it added, changed or removed, of whatever table, its run and its
answers among them. The floor writes the same rows with the same ids into the same tables with the same indexes,
constraints and foreign keys; only our own triggers are off. What the call locked, looked up and decided, the floor gets
for nothing, so it is a bound that no call can reach.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import Any

import psycopg
from psycopg.rows import class_row

from rilascio.queries import read_query


@dataclass(frozen=True)
class Change:
    """What a call changed: statements that do it again, and statements that take it back."""

    again: str
    back: str


@dataclass(frozen=True)
class _Table:
    """A table, its columns without those of its key, and the condition under which rows `a` and `b` are the same."""

    name: str
    columns: list[str]
    key: list[str]
    same_row: str
    named_tables: list[str]


def keep_situation(connection: psycopg.Connection[Any]) -> None:
    """Keep how all tables are before the call that `capture` is to look at."""
    for table in _tables(connection):
        connection.execute(f"drop table if exists before_{table.name}".encode())
        _create(connection, f"before_{table.name}", f"select a.* from erp.{table.name} as a")


def capture(connection: psycopg.Connection[Any], call: str) -> Change:
    """Return what was changed since `keep_situation`; its rows are in temporary tables that begin with `call`."""
    added, changed, removed = [], [], []
    for table in _tables(connection):
        now, before = f"erp.{table.name}", f"before_{table.name}"
        if _keep(connection, f"{call}_added", table, now, _without(table, before)):
            added.append(table)
        if _keep(connection, f"{call}_removed", table, before, _without(table, now)):
            removed.append(table)
        if _keep(connection, f"{call}_is", table, now, _other(table, before)):
            _keep(connection, f"{call}_was", table, before, _other(table, now))
            changed.append((table, _changed_columns(connection, call, table)))
    return Change(
        again="".join(
            [
                *(_insert(table, f"{call}_added") for table in added),
                *(_update(table, columns, f"{call}_is") for table, columns in changed),
                *(_delete(table, f"{call}_removed") for table in reversed(removed)),
            ]
        ),
        back="".join(
            [
                *(_insert(table, f"{call}_removed") for table in removed),
                *(_update(table, columns, f"{call}_was") for table, columns in changed),
                *(_delete(table, f"{call}_added") for table in reversed(added)),
            ]
        ),
    )


@contextmanager
def unguarded(connection: psycopg.Connection[Any]) -> Iterator[None]:
    """Switch our triggers off while a block writes or undoes changes."""
    _switch_triggers(connection, "disable")
    try:
        yield
    finally:
        _switch_triggers(connection, "enable")


def write(connection: psycopg.Connection[Any], change: Change) -> float:
    """Change the same once more, in one transaction, and return the seconds that took, commit included.

    Precondition: all is as it was before the call, and `unguarded`.
    """
    start = time.perf_counter()
    with connection.transaction():
        connection.execute(change.again.encode())
    return time.perf_counter() - start


def undo(connection: psycopg.Connection[Any], change: Change) -> None:
    """Take a change back, whoever made it. Precondition: all is as it was after the call, and `unguarded`."""
    with connection.transaction():
        connection.execute(change.back.encode())


def forget(connection: psycopg.Connection[Any]) -> None:
    """Drop the temporary tables."""
    connection.execute("discard temporary")


def _tables(connection: psycopg.Connection[Any]) -> list[_Table]:
    """Return all tables, those that others name before the others."""
    with connection.cursor(row_factory=class_row(_Table)) as cursor:
        tables = {table.name: table for table in cursor.execute(read_query(__file__, "floor_tables"))}
    order = TopologicalSorter({name: table.named_tables for name, table in tables.items()}).static_order()
    return [tables[name] for name in order]


def _without(table: _Table, others: str) -> str:
    return f"where not exists (select from {others} as b where {table.same_row})"


def _other(table: _Table, others: str) -> str:
    return f"inner join {others} as b on {table.same_row} where a operator(pg_catalog.*<>) b"


def _keep(connection: psycopg.Connection[Any], kept: str, table: _Table, rows: str, condition: str) -> int:
    query = f"select a.* from {rows} as a {condition} order by {', '.join(table.key)}"
    return _create(connection, f"{kept}_{table.name}", query)


def _create(connection: psycopg.Connection[Any], name: str, query: str) -> int:
    """Create a temporary table and return how many rows it has."""
    count = connection.execute(f"create temporary table {name} as {query}".encode()).rowcount
    connection.execute(f"analyze {name}".encode())
    return count


def _changed_columns(connection: psycopg.Connection[Any], call: str, table: _Table) -> list[str]:
    differ = ", ".join(f"bool_or(a.{column}::text is distinct from b.{column}::text)" for column in table.columns)
    kept = f"{call}_is_{table.name} as a inner join {call}_was_{table.name} as b on {table.same_row}"
    row = connection.execute(f"select {differ} from {kept}".encode()).fetchone()
    assert row is not None
    return [column for column, differs in zip(table.columns, row, strict=True) if differs]


def _insert(table: _Table, kept: str) -> str:
    return f"insert into erp.{table.name} select b.* from {kept}_{table.name} as b;"


def _update(table: _Table, columns: list[str], kept: str) -> str:
    values = ", ".join(f"{column} = b.{column}" for column in columns)
    return f"update erp.{table.name} as a set {values} from {kept}_{table.name} as b where {table.same_row};"


def _delete(table: _Table, kept: str) -> str:
    return f"delete from erp.{table.name} as a using {kept}_{table.name} as b where {table.same_row};"


def _switch_triggers(connection: psycopg.Connection[Any], how: str) -> None:
    with connection.transaction():
        for table in _tables(connection):
            connection.execute(f"alter table erp.{table.name} {how} trigger user".encode())
