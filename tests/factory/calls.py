"""The calls of the product, for a factory whose tables are written as their owner."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from psycopg import sql

from rilascio import testing
from tests.factory.rows import Rows
from tests.factory.words import Row

RUN_HISTORIES = {"run_history", "run_order_history", "run_row_history"}


class Calls(testing.Calls, Rows):
    """Calls the functions of `erp_api` and selects its views."""

    def write_call(self, query: Any, arguments: Sequence[Any] = ()) -> list[Row]:
        """Run a query as whoever puts data, who becomes a member of the company."""
        self._become_member("erp_writer")
        return super().write_call(query, arguments)

    def archive_call(self, query: Any, arguments: Sequence[Any] = ()) -> list[Row]:
        """Run a query as whoever archives history, who becomes a member of the company."""
        self._become_member("erp_archivist")
        return self._answer("erp_archivist", query, arguments)

    def _become_member(self, role: str) -> None:
        self._execute(
            "insert into erp.company_member (company_id, member_role) values (%s, %s) on conflict do nothing",
            [self.company_id, role],
        )

    def select(self, view: str, *order_ids: int, order_by: str = "1", by_hand: bool = False) -> list[Row]:
        """Select a view of `erp_api`, all of the company or the rows of these orders.

        The factory makes its world by hand; the histories tell of that too, if `by_hand` is asked for.
        """
        rows = super().select(view, *order_ids, order_by=order_by)
        if by_hand or view not in RUN_HISTORIES:
            return rows
        by_hands = {row.run_id for row in super().select("run_history") if row.kind == "hand"}
        return [row for row in rows if row.run_id not in by_hands]

    @contextmanager
    def acting(self, role: str) -> Iterator[None]:
        """Act under a role for a while, then as the owner of the tables again."""
        with self.connection.transaction():
            self._execute(sql.SQL("set local role {}").format(sql.Identifier(role)))
            yield
            self._execute("set local role erp_owner")
