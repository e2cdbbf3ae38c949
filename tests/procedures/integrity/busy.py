"""A factory in which everything has happened, ways to make its tables lie, and the check that finds it."""

from typing import Any

from psycopg.sql import SQL

from tests.factory import MAIN, Factory, Row, day, needs, outcomes, phase, report


def check(factory: Factory) -> list[Row]:
    """Call `erp_api.check_integrity`."""
    return factory.call("select * from erp_api.check_integrity(%s)", [factory.company_id])


def found(factory: Factory) -> dict[str, list[dict[str, Any]]]:
    """Return the examples of what is found, by code."""
    rows = check(factory)
    assert all(min(row.finding_count, 5) == len(row.examples) for row in rows)
    return {row.code: row.examples for row in rows}


def corrupt(factory: Factory, manual_change: str, *arguments: Any) -> None:
    """Write as a superuser for whom no trigger and no foreign key is at work; it must change something."""
    factory.connection.execute("set local role none")
    factory.connection.execute("set local session_replication_role = replica")
    assert factory.connection.execute(SQL(manual_change), arguments or None).rowcount > 0
    factory.connection.execute("set local session_replication_role = origin")
    factory.connection.execute("set local role erp_owner")


class Busy(Factory):
    """A factory in which everything has happened that may happen."""

    def live(self) -> None:
        """Do it; the orders are kept by what became of them."""
        for section, warehouse in (("finished", "STORE"), ("scrap", "WASTE")):
            self.warehouse(warehouse)
            self.rule(section, warehouse)
        self.warehouse("LINE")
        self.reason(MAIN, "MIR", "issue", counterpart=("LINE", "LOA"))
        self.location("SHELF")
        self.location("CAGE", blocked=True)
        self.warehouse("BAYS", check_location=True)
        self.location("BAY1", warehouse="BAYS")
        for code in ("NUT", "SCREW", "DUST"):
            self.item(code)
        self.item("POWDER", by_lot=True)
        self.variant("POWDER", "RED")
        self.item("GLUE", "manual")
        self.item("FRAME", "manual", "production", decimals=0, by_lot=True)

        self.stock("NUT", 100)
        self.stock("NUT", 10, location="SHELF")
        self.stock("NUT", -20, on=day(-1))
        self.stock("NUT", 3, location="CAGE")
        self.stock("NUT", 5, warehouse="BAYS", location="BAY1")
        self.stock("SCREW", 7)
        self.stock("POWDER", 6, lot="A")
        self.stock("POWDER", 60, lot="B", location="SHELF")
        self.stock("POWDER", 60, lot="C", variant="RED")
        self.stock("GLUE", 100)

        self.job(1)
        self.job(2, supply_released=True, status="executive")
        self.job(3)
        self.released = self.order(
            needs("NUT", 2),
            needs("POWDER", 1, lots={"A": 4}),
            needs("NUT", warehouse=MAIN, reason="MIR"),
            needs("DUST", "-0.5"),
            quantity=10,
            job=1,
        )
        self.split = self.order(needs("SCREW"), quantity=10, job=1)
        self.restored = self.order(needs("NUT"), quantity=10, job=1)
        rows = self.release(self.released, self.split, self.restored, on=day(0), on_shortage="split")
        assert outcomes(rows) == ["released", "split", "released"]
        self.remainder: int = rows[1].remainder_order_id
        self.stock("SCREW", 1, on=day(1))
        assert outcomes(self.release(self.remainder, on=day(1), on_shortage="split")) == ["split"]
        for _ in range(2):
            assert outcomes(self.restore(self.restored)) == ["restored"]
            assert outcomes(self.release(self.restored, on=day(1))) == ["released"]
        assert outcomes(self.restore(self.restored)) == ["restored"]
        assert outcomes(self.release(self.order(needs("GLUE", -1), job=3), on=day(0))) == ["released"]
        assert outcomes(self.release(self.order(needs("SCREW", 99)), on=day(0))) == ["refused"]

        self.imported = self.order(needs("NUT"), status="executive")
        self.undone = self.order(needs("NUT"), status="executive")
        assert outcomes(self.restore(self.undone)) == ["restored"]
        assert outcomes(self.release(self.undone)) == ["released"]
        self.order(status="closed", phases=[phase(10)])
        self.order(status="archived")
        self.enter_declaration(self.order(status="closed", phases=[phase(10)]))

        phases = [phase(10), phase(20), phase(30, movable=False)]
        self.closed = self.order(needs("GLUE"), item="FRAME", quantity=10, phases=phases)
        self.open = self.order(needs("NUT"), needs("GLUE", phase=10), quantity=10, phases=[phase(10)])
        assert outcomes(self.release(self.closed, self.open, on=day(2))) == ["released", "released"]
        self.closing = [
            *self.declared(self.closed, report("opening"), report("closing", good=10)),
            *self.declared(self.closed, report("opening", 20), report("progress", 20, good=6, lot_code="F1")),
            *self.declared(self.closed, report("closing", 20, good=3, scrap=1, lot_code="F2")),
            *self.declared(self.closed, report("opening", 30), report("closing", 30)),
        ]
        assert set(outcomes(self.register(*self.closing, on=day(3)))) == {"registered"}
        assert set(outcomes(self.roll_back(*self.closing[3:]))) == {"rolled_back"}
        assert set(outcomes(self.register(*self.closing[3:], on=day(4)))) == {"registered"}
        self.opening, self.progress, self.suspension, self.resume = self.declared(
            self.open, report("opening"), report("progress", good=4), report("suspension"), report("resume")
        )
        assert set(outcomes(self.register(self.opening, self.progress, self.suspension, on=day(3)))) == {"registered"}
        gone = self.declared(self.open, report("progress", good=1))
        assert outcomes(self.undeclare(*gone)) == ["deleted"]
        self.stock("NUT", 1, order=self.open)
        self.order(needs("NUT"), job=2)
        assert self.status(self.closed) == "closed"

    def label(self, order_id: int) -> str:
        """Return what an order is called."""
        row = self.order_row(order_id)
        return f"{row.order_year}/{row.order_number}/{row.order_lot}"

    def record(self, order_id: int, warehouse: str = MAIN) -> dict[str, Any]:
        """Return the first record in force of an order in a warehouse."""
        rows = [r for r in self.table("stock_record", order_id) if r["warehouse_id"] == self.id("warehouse", warehouse)]
        return min(rows, key=lambda r: int(r["stock_record_id"]))

    def named(self, record: dict[str, Any], warehouse: str = MAIN) -> dict[str, Any]:
        """Return the keys by which an example names a record."""
        return {"warehouse_code": warehouse, **{k: record[k] for k in ("record_date", "record_number")}}

    def run_of(self, order_id: int) -> int:
        """Return the run whose release of an order is in force."""
        return int(self.order_row(order_id).release_run_id)
