"""A company of which the ERP system, its database administrator or an import changes rows while orders run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import psycopg
from psycopg.sql import SQL

from rilascio.errors import RecordProtected
from tests.factory import MAIN, Factory, day, outcomes, phase, report

RELEASED, REGISTERED = day(0), day(1)


class Outside(Factory):
    """A company that has 100 of part A, issued and produced from one warehouse; `change` happens past the API."""

    in_maintenance = False

    def __init__(self, connection: psycopg.Connection, operator: str) -> None:
        super().__init__(connection, operator)
        for section in ("finished", "scrap"):
            self.rule(section, MAIN)
        self.item("A")
        self.stock("A", 100)

    @contextmanager
    def maintenance(self) -> Iterator[None]:
        """Set the write mode maintenance for a while."""
        self.connection.execute("select erp_internal.set_write_mode('maintenance')")
        yield
        self.connection.execute("select erp_internal.set_write_mode('')")

    def change(self, manual_change: str, *arguments: Any) -> bool:
        """Change rows as their owner; say whether it was let happen, which in write mode maintenance it must be."""
        if self.in_maintenance:
            with self.maintenance():
                assert self.connection.execute(SQL(manual_change), arguments or None).rowcount > 0
            return True
        try:
            with self.connection.transaction():
                assert self.connection.execute(SQL(manual_change), arguments or None).rowcount > 0
        except RecordProtected:
            return False
        return True

    def insert_phase(self, order: int, number: int) -> bool:
        """Add a phase to an order, past the API."""
        return self.change(
            "insert into erp.production_order_phase (company_id, production_order_id, phase) values (%s, %s, %s)",
            self.company_id,
            order,
            number,
        )

    def released(self, *orders: int) -> None:
        """Release orders; none may be refused."""
        assert set(outcomes(self.release(*orders, on=RELEASED))) == {"released"}

    def produced(self, order: int, good: int = 10, number: int = 10) -> list[int]:
        """Open and close a phase, and register it; return the declarations."""
        declarations = self.declared(order, report("opening", number), report("closing", number, good=good))
        self.registered(*declarations)
        return declarations

    def registered(self, *declarations: int) -> None:
        """Register declarations; none may be refused."""
        rows = self.register(*declarations, on=REGISTERED)
        assert set(outcomes(rows)) == {"registered"}, rows

    def taken_back(self, *declarations: int) -> None:
        """Roll back and delete declarations; none may be refused."""
        rows = self.roll_back(*declarations)
        assert set(outcomes(rows)) == {"rolled_back"}, rows
        rows = self.undeclare(*declarations)
        assert set(outcomes(rows)) == {"deleted"}, rows

    def restored(self, *orders: int) -> None:
        """Restore orders; none may be refused."""
        rows = self.restore(*orders)
        assert set(outcomes(rows)) == {"restored"}, rows

    def state(self, order: int) -> tuple[str, Decimal]:
        """Return the status of an order, and what it produced."""
        row = self.order_row(order)
        return row.status, row.produced_quantity

    def stocks(self) -> dict[str, Decimal]:
        """Return what is on hand, by warehouse and item."""
        with self.connection.cursor() as cursor:
            rows = cursor.execute(
                "select w.warehouse_code || ' ' || i.item_code, sum(b.on_hand) from erp.stock_balance as b"
                " join erp.warehouse as w using (company_id, warehouse_id)"
                " join erp.item as i using (company_id, item_id)"
                " where b.company_id = %s group by 1 having sum(b.on_hand) <> 0",
                [self.company_id],
            ).fetchall()
        return dict(rows)

    def findings(self) -> set[str]:
        """Return the codes that the check of integrity finds."""
        return {row.code for row in self.call("select code from erp_api.check_integrity(%s)", [self.company_id])}


__all__ = ["MAIN", "REGISTERED", "RELEASED", "Outside", "phase"]
