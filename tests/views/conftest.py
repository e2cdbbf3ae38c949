"""The factory of the stories told here, and registrations as the tables have them; all of it is rolled back."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from tests.factory import MAIN, Factory, day


@pytest.fixture
def factory(rilascio: psycopg.Connection, rilascio_operator: str) -> Factory:
    """Give a factory whose operator is a member of `erp_operator`."""
    return Factory(rilascio, rilascio_operator)


@contextmanager
def _maintenance(factory: Factory) -> Iterator[None]:
    factory.connection.execute("select erp_internal.set_write_mode('maintenance')")
    yield
    factory.connection.execute("select erp_internal.set_write_mode('')")


@pytest.fixture
def declare() -> Callable[..., int]:
    """Give a function that enters a declaration of any kind, without asking a rule, and returns its id."""

    def declare(factory: Factory, order: int, kind: str = "progress", phase: int = 10, **values: Any) -> int:
        declaration: int = factory._insert(
            "production_declaration",
            "production_declaration_id",
            production_order_id=order,
            kind=kind,
            phase=phase,
            **{"declared_at": day(0), **values},
        )
        return declaration

    return declare


Movement = tuple[str, str, dict[str, Any]]
"""An item, a signed quantity and other columns."""


def _record(factory: Factory, reason: str, lines: Sequence[Movement], order: int, declaration: int, run: int) -> None:
    number = factory._one(
        "select coalesce(max(record_number), 0) + 1 from erp.stock_record where company_id = %s and record_date = %s",
        [factory.company_id, day(1)],
    )
    record = factory._insert(
        "stock_record",
        "stock_record_id",
        record_date=day(1),
        warehouse_id=factory.id("warehouse", MAIN),
        movement_reason_id=factory.id("reason", MAIN, reason),
        record_number=number,
        production_declaration_id=declaration,
        run_id=run,
        **factory._reference(order),
    )
    for line, (item, quantity, values) in enumerate(lines, start=1):
        factory._insert(
            "stock_movement",
            record_date=day(1),
            stock_record_id=record,
            line=line,
            warehouse_id=factory.id("warehouse", MAIN),
            item_id=factory.id("item", item),
            quantity=Decimal(quantity),
            **values,
        )


@pytest.fixture
def register() -> Callable[..., int]:
    """Give a function that writes a registration, without asking a rule, and returns its run.

    Loads make a record, issues another. With `run` it is of that run, which registered other declarations too.
    """

    def register(factory: Factory, declaration: int, *movements: Movement, run: int | None = None) -> int:
        found = factory._row(
            "select production_order_id from erp.production_declaration"
            " where company_id = %s and production_declaration_id = %s",
            [factory.company_id, declaration],
        )
        run = run or factory._insert(
            "run",
            "run_id",
            kind="registration",
            session_role="session of Rita",
            caller_role="Rita",
            arguments="{}",
        )
        with _maintenance(factory):
            factory._update(
                "production_declaration", {"registration_run_id": run}, production_declaration_id=declaration
            )
            for reason in ("LOA", "ISS"):
                lines = [line for line in movements if (Decimal(line[1]) > 0) == (reason == "LOA")]
                if lines:
                    _record(factory, reason, lines, found.production_order_id, declaration, run)
        return run

    return register


@pytest.fixture
def roll_back() -> Callable[..., int]:
    """Give a function that takes the registration of a declaration back, with the lots named, and returns its run."""

    def roll_back(factory: Factory, declaration: int, *lots: int) -> int:
        run: int = factory._insert(
            "run",
            "run_id",
            kind="rollback",
            session_role="session of Rosa",
            caller_role="Rosa",
            arguments="{}",
        )
        key = {"company_id": factory.company_id, "declaration": declaration, "run": run, "lots": list(lots)}
        records = (
            "select r.stock_record_id from erp.stock_record as r"
            " where r.company_id = %(company_id)s and r.production_declaration_id = %(declaration)s"
        )
        with _maintenance(factory):
            for statement in (
                "insert into erp.removed_stock_record (company_id, record_date, stock_record_id, warehouse_id,"
                " movement_reason_id, record_number, production_order_id, order_year, order_number, order_lot,"
                " production_declaration_id, run_id, created_at, removal_run_id)"
                " select company_id, record_date, stock_record_id, warehouse_id, movement_reason_id, record_number,"
                " production_order_id, order_year, order_number, order_lot, production_declaration_id, run_id,"
                f" created_at, %(run)s from erp.stock_record where stock_record_id in ({records})",
                "insert into erp.removed_stock_movement (company_id, record_date, stock_record_id, line, warehouse_id,"
                " item_id, item_variant_id, lot_id, lot_code, location_id, quantity, material_line, picking_type,"
                " resolved_by, counterpart, picked)"
                " select m.company_id, m.record_date, m.stock_record_id, m.line, m.warehouse_id, m.item_id,"
                " m.item_variant_id, m.lot_id, t.lot_code, m.location_id, m.quantity, m.material_line, m.picking_type,"
                " m.resolved_by, m.counterpart, m.picked"
                " from erp.stock_movement as m left join erp.lot as t using (company_id, lot_id)"
                f" where m.stock_record_id in ({records})",
                f"delete from erp.stock_movement where stock_record_id in ({records})",
                f"delete from erp.stock_record where stock_record_id in ({records})",
                "delete from erp.lot where company_id = %(company_id)s and lot_id = any(%(lots)s)",
                "update erp.production_declaration set registration_run_id = null"
                " where company_id = %(company_id)s and production_declaration_id = %(declaration)s",
            ):
                factory.connection.execute(statement, key)
        return run

    return roll_back
