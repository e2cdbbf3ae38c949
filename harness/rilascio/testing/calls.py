"""The calls of the product, each as a role that may make it: on orders, declarations, data and stock, and previews."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import namedtuple_row
from psycopg.types.json import Jsonb

Row = Any
"""A row of the database with its columns as attributes."""

Quantities = Sequence[Decimal | int | str | None] | None
"""How much to release of each order of a call; None stands for all of one, or of every one."""


@contextmanager
def acting_as(connection: psycopg.Connection[Any], role: str) -> Iterator[psycopg.Connection[Any]]:
    """Act under a role for a while; what fails meanwhile is undone and leaves the transaction usable."""
    with connection.transaction():
        connection.execute(sql.SQL("set local role {}").format(sql.Identifier(role)))
        yield connection
        connection.execute("reset role")


def as_json(value: Any) -> str:
    """Return the JSON of rows, in which dates and quantities may stand as they are."""
    return json.dumps(value, default=str)


def as_array(quantities: Quantities) -> list[Decimal | None] | None:
    """Return quantities as an array, whose elements are all of one type."""
    return None if quantities is None else [None if one is None else Decimal(one) for one in quantities]


class Refused(Exception):
    """What a test builds on was refused; the message is that of the product, with its hint."""


def accepted(rows: list[Row]) -> list[Row]:
    """Return the answers of a call, none of which may be a refusal."""
    reasons = [reason for row in rows if row.outcome == "refused" for reason in row.reasons]
    if reasons:
        raise Refused(" ".join(f"{reason['message']} {reason['hint'] or ''}".strip() for reason in reasons))
    return rows


class Calls:
    """Calls the functions of `erp_api` for one company, and selects its views.

    Operators' calls are made under the role `operator`, an ERP's under `writer`. A call answers rows with their
    columns as attributes; what fails is undone and leaves the transaction usable.
    """

    connection: psycopg.Connection[Any]
    company_id: int
    operator: str
    writer: str = "erp_writer"

    def release(
        self,
        *order_ids: int,
        on: date | None = None,
        on_shortage: str | None = None,
        all_or_none: bool = False,
        key: uuid.UUID | None = None,
        note: str | None = None,
        quantities: Quantities = None,
    ) -> list[Row]:
        """Call `erp_api.release_production_orders`."""
        return self.call(
            "select * from erp_api.release_production_orders(%s, %s, %s, %s, %s, %s, %s, %s::numeric[])",
            [self.company_id, list(order_ids), on, on_shortage, all_or_none, key, note, as_array(quantities)],
        )

    def restore(
        self, *order_ids: int, all_or_none: bool = False, key: uuid.UUID | None = None, note: str | None = None
    ) -> list[Row]:
        """Call `erp_api.restore_production_orders`."""
        return self.call(
            "select * from erp_api.restore_production_orders(%s, %s, %s, %s, %s)",
            [self.company_id, list(order_ids), all_or_none, key, note],
        )

    def close(
        self, *order_ids: int, all_or_none: bool = False, key: uuid.UUID | None = None, note: str | None = None
    ) -> list[Row]:
        """Call `erp_api.close_production_orders`."""
        return self._change("close_production_orders", order_ids, all_or_none, key, note)

    def reopen(
        self, *order_ids: int, all_or_none: bool = False, key: uuid.UUID | None = None, note: str | None = None
    ) -> list[Row]:
        """Call `erp_api.reopen_production_orders`."""
        return self._change("reopen_production_orders", order_ids, all_or_none, key, note)

    def archive(
        self, *order_ids: int, all_or_none: bool = False, key: uuid.UUID | None = None, note: str | None = None
    ) -> list[Row]:
        """Call `erp_api.archive_production_orders`."""
        return self._change("archive_production_orders", order_ids, all_or_none, key, note)

    def merge(
        self, *order_ids: int, all_or_none: bool = False, key: uuid.UUID | None = None, note: str | None = None
    ) -> list[Row]:
        """Call `erp_api.merge_remainders`."""
        return self._change("merge_remainders", order_ids, all_or_none, key, note)

    def _change(
        self, function: str, order_ids: Sequence[int], all_or_none: bool, key: uuid.UUID | None, note: str | None
    ) -> list[Row]:
        return self.call(
            sql.SQL("select * from erp_api.{}(%s, %s, %s, %s, %s)").format(sql.Identifier(function)),
            [self.company_id, list(order_ids), all_or_none, key, note],
        )

    def preview_change(self, change: str, *order_ids: int) -> list[Row]:
        """Call `erp_api.preview_order_change`."""
        return self.call(
            "select * from erp_api.preview_order_change(%s, %s, %s)", [self.company_id, list(order_ids), change]
        )

    def preview(
        self,
        *order_ids: int,
        on: date | None = None,
        on_shortage: str | None = None,
        quantities: Quantities = None,
    ) -> list[Row]:
        """Call `erp_api.preview_release`."""
        return self.call(
            "select * from erp_api.preview_release(%s, %s, %s, %s, %s::numeric[])",
            [self.company_id, list(order_ids), on, on_shortage, as_array(quantities)],
        )

    def preview_restore(self, *order_ids: int) -> list[Row]:
        """Call `erp_api.preview_restore`."""
        return self.call("select * from erp_api.preview_restore(%s, %s)", [self.company_id, list(order_ids)])

    def declare(
        self, order_id: int, *reports: Mapping[str, Any], key: uuid.UUID | None = None, note: str | None = None
    ) -> list[Row]:
        """Call `erp_api.declare_production` with reports (see `report`) on an order."""
        return self.call(
            "select * from erp_api.declare_production(%s, %s, %s, %s)",
            [self.company_id, Jsonb([{"order_id": order_id, **one} for one in reports]), key, note],
        )

    def declared(self, order_id: int, *reports: Mapping[str, Any]) -> list[int]:
        """Declare, and return the ids; raise Refused unless all is taken."""
        return [row.declaration_id for row in accepted(self.declare(order_id, *reports))]

    def register(self, *ids: int, on: date | None = None, key: uuid.UUID | None = None) -> list[Row]:
        """Call `erp_api.register_declarations`."""
        return self.call(
            "select * from erp_api.register_declarations(%s, %s, %s, %s)", [self.company_id, list(ids), on, key]
        )

    def roll_back(self, *ids: int, key: uuid.UUID | None = None) -> list[Row]:
        """Call `erp_api.rollback_declarations`."""
        return self.call("select * from erp_api.rollback_declarations(%s, %s, %s)", [self.company_id, list(ids), key])

    def undeclare(self, *ids: int, key: uuid.UUID | None = None) -> list[Row]:
        """Call `erp_api.delete_declarations`."""
        return self.call("select * from erp_api.delete_declarations(%s, %s, %s)", [self.company_id, list(ids), key])

    def preview_registration(self, *ids: int, on: date | None = None) -> list[Row]:
        """Call `erp_api.preview_registration`."""
        return self.call("select * from erp_api.preview_registration(%s, %s, %s)", [self.company_id, list(ids), on])

    def put(
        self,
        *,
        all_or_none: bool = False,
        key: uuid.UUID | None = None,
        note: str | None = None,
        **rows: Sequence[Mapping[str, Any]],
    ) -> list[Row]:
        """Call `erp_api.put_data` with the rows of each kind."""
        return self._send("put_data", Jsonb(rows, dumps=as_json), all_or_none, key, note)

    def preview_put(self, **rows: Sequence[Mapping[str, Any]]) -> list[Row]:
        """Call `erp_api.preview_data`."""
        return self.write_call(
            "select * from erp_api.preview_data(%s, %s)", [self.company_id, Jsonb(rows, dumps=as_json)]
        )

    def data(self, kind: str) -> list[dict[str, Any]]:
        """Return the rows of the company in a view of `erp_data`, as they can be put."""
        query = sql.SQL("select to_jsonb(v) from erp_data.{} as v where v.company_id = %s order by 1")
        return [row for (row,) in self.write_call(query.format(sql.Identifier(kind)), [self.company_id])]

    def post(
        self,
        *documents: Mapping[str, Any],
        all_or_none: bool = False,
        key: uuid.UUID | None = None,
        note: str | None = None,
    ) -> list[Row]:
        """Call `erp_api.post_stock`."""
        return self._send("post_stock", Jsonb(documents, dumps=as_json), all_or_none, key, note)

    def preview_stock(self, *documents: Mapping[str, Any]) -> list[Row]:
        """Call `erp_api.preview_stock`."""
        return self.write_call(
            "select * from erp_api.preview_stock(%s, %s)", [self.company_id, Jsonb(documents, dumps=as_json)]
        )

    def unpost(
        self, *keys: str, all_or_none: bool = False, key: uuid.UUID | None = None, note: str | None = None
    ) -> list[Row]:
        """Call `erp_api.remove_stock`."""
        return self._send("remove_stock", list(keys), all_or_none, key, note)

    def put_orders(
        self,
        *documents: Mapping[str, Any],
        all_or_none: bool = False,
        key: uuid.UUID | None = None,
        note: str | None = None,
    ) -> list[Row]:
        """Call `erp_api.put_production_orders`."""
        return self._send("put_production_orders", Jsonb(documents, dumps=as_json), all_or_none, key, note)

    def preview_orders(self, *documents: Mapping[str, Any]) -> list[Row]:
        """Call `erp_api.preview_production_orders`."""
        return self.write_call(
            "select * from erp_api.preview_production_orders(%s, %s)",
            [self.company_id, Jsonb(documents, dumps=as_json)],
        )

    def select(self, view: str, *order_ids: int, order_by: str = "1") -> list[Row]:
        """Select a view of `erp_api`, all of the company or the rows of these orders."""
        query = sql.SQL("select * from erp_api.{} where company_id = %s{} order by {}").format(
            sql.Identifier(view),
            sql.SQL(" and order_id = any(%s)" if order_ids else ""),
            sql.SQL(order_by),
        )
        return self.call(query, [self.company_id, *([list(order_ids)] if order_ids else [])])

    def call(self, query: Any, arguments: Sequence[Any] = ()) -> list[Row]:
        """Run a query as the operator."""
        return self._answer(self.operator, query, arguments)

    def write_call(self, query: Any, arguments: Sequence[Any] = ()) -> list[Row]:
        """Run a query as whoever puts data."""
        return self._answer(self.writer, query, arguments)

    def _send(
        self, function: str, sent: object, all_or_none: bool, key: uuid.UUID | None, note: str | None
    ) -> list[Row]:
        """Call a function that takes what whoever puts data sends."""
        query = sql.SQL("select * from erp_api.{}(%s, %s, %s, %s, %s)").format(sql.Identifier(function))
        return self.write_call(query, [self.company_id, sent, all_or_none, key, note])

    @contextmanager
    def acting(self, role: str) -> Iterator[None]:
        """Act under a role for a while."""
        with acting_as(self.connection, role):
            yield

    def _answer(self, role: str, query: Any, arguments: Sequence[Any]) -> list[Row]:
        with self.acting(role), self.connection.cursor(row_factory=namedtuple_row) as cursor:
            return cursor.execute(query, arguments).fetchall()
