"""What there is: what moved, what lies where, and whole tables to be compared."""

from __future__ import annotations

from typing import Any

from psycopg import sql

from tests.factory.calls import Calls
from tests.factory.words import MAIN, Quantity, Row

RUNS = {"run", "run_order", "run_row", "run_place", "run_place_counter"}
"""The tables of runs and their feed."""

HISTORY = RUNS | {"removed_stock_record", "removed_stock_movement", "stock_record_counter"}
"""The tables that a release and its restore leave different (R34): runs, history and counters."""


class Readings(Calls):
    """Reads back what the calls did, from the views where they tell it, else from the tables."""

    def movements(self, *order_ids: int) -> list[Row]:
        """Return the movements that the releases in force of orders made, in the order written."""
        return self.select(
            "restore_movement_grid",
            *order_ids,
            order_by="array_position(array[{}]::bigint[], order_id), material_line, counterpart, line".format(
                ", ".join(map(str, order_ids))
            ),
        )

    def moved(self, *order_ids: int) -> list[tuple[Any, ...]]:
        """Return what moved for orders: warehouse, reason, item, lot, location, quantity."""
        return [
            (m.warehouse_code, m.reason_code, m.item_code, m.lot_code, m.location_code, m.quantity)
            for m in self.movements(*order_ids)
        ]

    def lots_of(self, order_id: int, line: int = 1) -> list[tuple[str, Quantity]]:
        """Return what was taken of which lot for a material row, by line of the record."""
        lines = (m for m in self.movements(order_id) if m.material_line == line and not m.counterpart)
        return [(m.lot_code, -m.quantity) for m in lines]

    def balance(
        self, item: str, warehouse: str = MAIN, *, lot: str | None = None, location: str | None = None
    ) -> Quantity:
        """Return the stock on hand of an item in a warehouse; `location=""` asks what lies in none."""
        return self._one(
            "select coalesce(sum(b.on_hand), 0) from erp.stock_balance as b"
            " left join erp.lot as t on t.company_id = b.company_id and t.lot_id = b.lot_id"
            " left join erp.location as l on l.company_id = b.company_id and l.location_id = b.location_id"
            " where b.company_id = %s and b.item_id = %s and b.warehouse_id = %s"
            " and (%s::text is null or t.lot_code = %s) and (%s::text is null or coalesce(l.location_code, '') = %s)",
            [self.company_id, self.id("item", item), self.id("warehouse", warehouse), lot, lot, location, location],
        )

    def declaration_movements(self, *ids: int) -> list[tuple[Any, ...]]:
        """Return what the registrations in force of declarations moved: item, warehouse, lot, quantity."""
        return [
            (m.item_code, m.warehouse_code, m.lot_code, m.quantity)
            for m in self.call(
                "select * from erp_api.declaration_movement_grid where company_id = %s and declaration_id = any(%s)"
                " order by array_position(%s::bigint[], declaration_id), material_line nulls first, counterpart,"
                " stock_record_id, line",
                [self.company_id, list(ids), list(ids)],
            )
        ]

    def status(self, order_id: int) -> str:
        """Return the status of an order."""
        return str(self.order_row(order_id).status)

    def job_status(self, number: int) -> str:
        """Return the status of a job order."""
        return str(
            self._one(
                "select status from erp.job_order where company_id = %s and job_number = %s", [self.company_id, number]
            )
        )

    def commitments(self, order_id: int) -> dict[tuple[int, str], Quantity]:
        """Return the lot commitments of an order by line and lot."""
        with self.connection.cursor() as cursor:
            rows = cursor.execute(
                "select m.line, t.lot_code, m.quantity from erp.material_lot as m"
                " join erp.lot as t on t.company_id = m.company_id and t.lot_id = m.lot_id"
                " where m.company_id = %s and m.production_order_id = %s",
                [self.company_id, order_id],
            ).fetchall()
        return {(line, lot): quantity for line, lot, quantity in rows}

    def table(self, name: str, order_id: int | None = None) -> list[dict[str, Any]]:
        """Return the rows of a table, of the company or of an order, as they are."""
        query = sql.SQL("select to_jsonb(t) from erp.{} as t where t.company_id = %s{} order by t::text").format(
            sql.Identifier(name), sql.SQL("" if order_id is None else " and t.production_order_id = %s")
        )
        with self.connection.cursor() as cursor:
            arguments = [self.company_id, *([] if order_id is None else [order_id])]
            return [row[0] for row in cursor.execute(query, arguments)]

    def columns(self, view: str) -> list[str]:
        """Return the columns of a view of `erp_api`, in their order."""
        rows = self.call(
            "select a.attname::text as name from pg_catalog.pg_attribute as a"
            " where a.attrelid = %s::regclass and a.attnum > 0 order by a.attnum",
            [f"erp_api.{view}"],
        )
        return [row.name for row in rows]

    def snapshot(self, *, leaving_out: set[str] = HISTORY, to_the_byte: bool = False) -> dict[str, list[str]]:
        """Return every table of `erp` but those left out, as texts; balances at zero and `changed_*` aside.

        Balances are compared as numbers, 5 and 5.000 being one, unless it is `to_the_byte`.
        """
        with self.connection.cursor() as cursor:
            names = [
                row[0]
                for row in cursor.execute(
                    "select c.relname::text from pg_class as c"
                    " where c.relnamespace = 'erp'::regnamespace and c.relkind in ('r', 'p')"
                    " and not c.relispartition order by 1"
                )
                if row[0] not in leaving_out
            ]
            query = sql.SQL(" union all ").join(
                sql.SQL("select {}, (({}) - 'changed_at' - 'changed_by')::text from erp.{} as t{}").format(
                    sql.Literal(name),
                    sql.SQL("to_jsonb(t) || jsonb_build_object('on_hand', trim_scale(t.on_hand))")
                    if name == "stock_balance" and not to_the_byte
                    else sql.SQL("to_jsonb(t)"),
                    sql.Identifier(name),
                    sql.SQL(" where t.on_hand <> 0" if name == "stock_balance" else ""),
                )
                for name in names
            )
            rows = cursor.execute(query).fetchall()
        answer: dict[str, list[str]] = {name: [] for name in names}
        for name, text in sorted(rows):
            answer[name].append(text)
        return answer

    def everything(self) -> dict[str, list[str]]:
        """Return every table but the runs: what a refused order leaves as it is."""
        return self.snapshot(leaving_out=RUNS)
