"""Beneath the factory: rows of one company's tables, and the ids of what was made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import namedtuple_row

from harness.dev.companies import insert_rows
from tests.factory.words import Row


class Rows:
    """The tables of one company, which are written and read as their owner."""

    connection: psycopg.Connection
    company_id: int
    _ids: dict[tuple[str, ...], int]

    def id(self, kind: str, *code: str) -> int:
        """Return the id of something made before."""
        return self._ids[kind, *code]

    @contextmanager
    def maintenance(self) -> Iterator[None]:
        """Set the write mode maintenance for a while: what is written meanwhile is refused by no guard (R20)."""
        before = self._one("select erp_internal.set_write_mode('maintenance')", [])
        yield
        self._execute("select erp_internal.set_write_mode(%s)", [before])

    def order_row(self, order_id: int) -> Row:
        """Return an order as its table has it, None if there is none."""
        return self._row(
            "select * from erp.production_order where company_id = %s and production_order_id = %s",
            [self.company_id, order_id],
        )

    def change_row(self, table: str, values: Mapping[str, Any], **where: Any) -> None:
        """Change columns of one row of a table."""
        self._update(table, values, **where)

    @contextmanager
    def undone(self) -> Iterator[None]:
        """Take back what is done in the block."""
        with self.connection.transaction(force_rollback=True):
            yield

    def _insert(self, table: str, returning: str | None = None, **values: Any) -> Any:
        if table != "company":
            values = {"company_id": self.company_id, **values}
        found = insert_rows(self.connection, table, [values], returning=returning)
        return found[0] if returning else None

    def _update(self, table: str, values: Mapping[str, Any], **where: Any) -> None:
        where = {"company_id": self.company_id, **where}
        query = sql.SQL("update erp.{} set {} where {}").format(
            sql.Identifier(table),
            sql.SQL(", ").join(sql.SQL("{} = %s").format(sql.Identifier(name)) for name in values),
            sql.SQL(" and ").join(sql.SQL("{} = %s").format(sql.Identifier(name)) for name in where),
        )
        assert self._execute(query, [*values.values(), *where.values()]).rowcount == 1

    def _execute(self, query: Any, arguments: Sequence[Any] = ()) -> psycopg.Cursor:
        return self.connection.execute(query, arguments or None)

    def _one(self, query: str, arguments: Sequence[Any]) -> Any:
        row = self._execute(query, arguments).fetchone()
        assert row is not None
        return row[0]

    def _row(self, query: str, arguments: Sequence[Any]) -> Row:
        with self.connection.cursor(row_factory=namedtuple_row) as cursor:
            return cursor.execute(query, arguments).fetchone()
