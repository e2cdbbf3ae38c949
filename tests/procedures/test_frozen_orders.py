"""What a released order stands on is not changed by hand; a launched one is changed under its lock (R20)."""

from collections.abc import Callable
from typing import Any

import pytest
from psycopg.errors import ForeignKeyViolation, SerializationFailure
from psycopg.sql import SQL, Identifier

from rilascio.errors import RecordProtected
from tests.factory import MAIN, Factory, needs, outcomes, phase, report
from tests.sessions import Session, rows_after_waiting, two, wait_until_blocked

KEYS = {"production_order": {"company_id", "production_order_id"}}
"""Columns that no order changes by hand, whatever its status."""

BY_RUNS = {"production_order": {"release_run_id", "released_at", "short_close_run_id"}}
"""Columns that runs alone write."""

OF_PHASES = {"production_order": {"first_department", "first_work_center", "first_machine"}}
"""Columns that follow the first phase."""

BY_KEYS = {"copied_item_code", "copied_job_year", "copied_job_number"}
"""Columns of an order that foreign keys keep equal to those of what it names."""

FREE = {
    "production_order": BY_KEYS
    | {"order_type", "start_date", "end_date", "firm", "priority", "changed_at", "changed_by"},
    "production_order_phase": {"description", "department", "work_center", "machine"},
    "production_order_material": set[str](),
    "material_lot": set[str](),
}
"""Columns that may be changed by hand whatever the status; every other column of these tables is frozen."""

STATES = {
    "launched": False,
    "executive": True,
    "imported": True,
    "closed": True,
    "closed short": True,
    "archived, never released": False,
    "archived": True,
    "archived, closed short": True,
    "archived, imported and closed short": True,
}
"""States of orders, and whether they are frozen."""

OTHER = {
    "boolean": "not {0}",
    "date": "coalesce({0}, current_date) + 1",
    "timestamp with time zone": "coalesce({0}, now()) + interval '1 day'",
    "text": "coalesce({0}, '') || 'x'",
    "integer": "coalesce({0}, 0) + 1",
    "bigint": "coalesce({0}, 0) + 1",
    "numeric": "coalesce({0}, 0) + 1",
}
"""Another value of a column, by its type."""


@pytest.fixture
def by_hand(factory: Factory) -> Callable[..., None]:
    """Give a function that writes as the owner of the tables; what is refused is undone."""

    def write(manual_change: str, *arguments: Any) -> None:
        with factory.connection.transaction():
            assert factory.connection.execute(SQL(manual_change), arguments or None).rowcount == 1

    return write


def in_state(factory: Factory, state: str) -> int:
    """Make an order of this state with a phase, a material and a lot commitment that is left."""
    factory.rule("finished", MAIN)
    factory.item("POWDER", by_lot=True)
    factory.stock("POWDER", 10, lot="A")
    rows: dict[str, Any] = {"phases": [phase(10)], "quantity": 2}
    material = needs("POWDER", lots={"A": 5}, phase=10)
    if state in ("launched", "archived, never released"):
        order = factory.order(material, **rows)
        if state != "launched":
            factory.change_order(order, status="archived")
        return order
    order = factory.order(material, status="executive" if "imported" in state else "launched", **rows)
    if "imported" not in state:
        assert outcomes(factory.release(order)) == ["released"]
    if state in ("closed", "archived"):
        declarations = factory.declared(order, report("opening"), report("closing", good=2))
        assert outcomes(factory.register(*declarations)) == ["registered"] * 2
        assert factory.status(order) == "closed"
    if state.endswith("closed short"):
        assert outcomes(factory.close(order)) == ["closed"]
    if state.startswith("archived"):
        factory.change_order(order, status="archived")
    return order


def columns(factory: Factory, table: str) -> dict[str, str]:
    """Return the columns of a table with their types."""
    rows = factory.connection.execute(
        "select attname::text, format_type(atttypid, atttypmod) from pg_attribute"
        " where attrelid = ('erp.' || %s)::regclass and attnum > 0 and not attisdropped order by attnum",
        [table],
    ).fetchall()
    return dict(rows)


def without_constraints(factory: Factory) -> None:
    """Let nothing but the guards refuse a value."""
    rows = factory.connection.execute(
        "select conrelid::regclass::text, conname::text from pg_constraint"
        " where contype in ('c', 'f') and conparentid = 0"
        " and array[conrelid, confrelid] && array(select ('erp.' || t)::regclass::oid from unnest(%s::text[]) as t)",
        [list(FREE)],
    ).fetchall()
    for table, name in rows:
        factory.connection.execute(SQL("alter table {} drop constraint {}").format(SQL(table), Identifier(name)))


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("table", FREE)
def test_R20_every_column_of_an_order_is_free_or_frozen(
    factory: Factory, by_hand: Callable[..., None], table: str, state: str
) -> None:
    order = in_state(factory, state)
    without_constraints(factory)
    found = columns(factory, table)
    assert FREE[table] < set(found), "a column is named that there is not"
    free = set()
    for column, kind in found.items():
        try:
            by_hand(
                f"update erp.{table} set {column} = {OTHER[kind].format(column)} where production_order_id = %s", order
            )
        except RecordProtected:
            continue
        free.add(column)
        with factory.maintenance():
            before = order + 1 if column == "production_order_id" else order
            undo = {"boolean": f"not {column}", "text": f"left({column}, -1)"}.get(kind, f"{column} - {{}}")
            one = "interval '1 day'" if kind.startswith("timestamp") else "1"
            by_hand(f"update erp.{table} set {column} = {undo.format(one)} where production_order_id = %s", before)
    never = KEYS.get(table, set()) | BY_RUNS.get(table, set()) | OF_PHASES.get(table, set())
    assert free == (FREE[table] if STATES[state] else set(found) - never)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("table", [name for name in FREE if name != "production_order"])
def test_R20_rows_come_and_go_while_an_order_is_not_frozen(
    factory: Factory, by_hand: Callable[..., None], table: str, state: str
) -> None:
    order = in_state(factory, state)
    key = {"production_order_phase": "phase", "production_order_material": "line", "material_lot": "line"}[table]
    without_constraints(factory)
    names = ", ".join(columns(factory, table))
    copied = names.replace(f" {key},", f" {key} + 1,")
    manual_changes = [
        f"insert into erp.{table} ({names}) select {copied} from erp.{table} where production_order_id = %s",
        f"delete from erp.{table} where production_order_id = %s and {key} = (select min({key}) from erp.{table})",
    ]
    for manual_change in manual_changes:
        if STATES[state]:
            with pytest.raises(RecordProtected, match="as they were released"):
                by_hand(manual_change, order)
            with factory.maintenance():
                by_hand(manual_change, order)
        else:
            by_hand(manual_change, order)


@pytest.mark.parametrize("state", STATES)
def test_R20_an_order_is_deleted_with_its_rows_unless_it_was_released(
    factory: Factory, by_hand: Callable[..., None], state: str
) -> None:
    order = in_state(factory, state)
    manual_change = "delete from erp.production_order where production_order_id = %s"
    if not STATES[state]:
        by_hand(manual_change, order)
        assert factory.table("production_order_material") == factory.table("material_lot") == []
        return
    with pytest.raises(RecordProtected, match="cannot be deleted") as error:
        by_hand(manual_change, order)
    assert "restore_production_orders" in str(error.value.diag.message_hint)


def test_R20_R35_the_remainder_of_a_split_is_not_deleted_while_the_split_is_in_force(
    factory: Factory, by_hand: Callable[..., None]
) -> None:
    factory.item("NUT", decimals=0)
    factory.stock("NUT", 6)
    order = factory.order(needs("NUT"), quantity=10)
    [row] = factory.release(order, on_shortage="split")
    with pytest.raises(RecordProtected, match="remainder of a split"):
        by_hand("delete from erp.production_order where production_order_id = %s", row.remainder_order_id)
    assert outcomes(factory.restore(order)) == ["restored"]
    by_hand("delete from erp.production_order where production_order_id = %s", order)


ALLOWED = {
    *(("launched", to) for to in ("launched", "executive", "closed", "archived")),
    *(("archived, never released", to) for to in ("launched", "executive", "closed", "archived")),
    *((same, same) for same in ("executive", "closed", "archived")),
    ("imported", "executive"),
    *(("closed short", to) for to in ("closed", "archived")),
    ("archived, closed short", "archived"),
    ("archived, imported and closed short", "archived"),
    ("closed", "archived"),
}
"""The changes of an order's status that may be made by hand."""


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("to", ["launched", "executive", "closed", "archived"])
def test_R20_the_status_of_a_released_order_changes_by_runs_and_a_closed_one_is_archived(
    factory: Factory, by_hand: Callable[..., None], state: str, to: str
) -> None:
    order = in_state(factory, state)
    manual_change = "update erp.production_order set status = %s where production_order_id = %s"
    if (state, to) in ALLOWED:
        by_hand(manual_change, to, order)
        assert factory.status(order) == to
    else:
        with pytest.raises(RecordProtected) as error:
            by_hand(manual_change, to, order)
        assert error.value.diag.column_name == "status"


def test_R20_an_order_that_was_archived_without_a_release_is_launched_again_and_released(
    factory: Factory, by_hand: Callable[..., None]
) -> None:
    order = in_state(factory, "archived, never released")
    by_hand("update erp.production_order set status = 'launched' where production_order_id = %s", order)
    assert outcomes(factory.release(order)) == ["released"]


def test_R20_no_order_is_entered_as_released_by_a_run(factory: Factory, by_hand: Callable[..., None]) -> None:
    in_state(factory, "executive")
    with pytest.raises(RecordProtected):
        by_hand(
            "insert into erp.production_order (company_id, order_year, order_number, item_id, quantity, status,"
            " release_run_id) select company_id, order_year, order_number + 1, item_id, quantity, status,"
            " release_run_id from erp.production_order"
        )


@pytest.mark.parametrize(
    "table", ["production_order", "production_order_phase", "production_order_material", "material_lot"]
)
def test_R20_orders_and_their_rows_are_not_truncated(factory: Factory, table: str) -> None:
    with pytest.raises(RecordProtected), factory.connection.transaction():
        factory.connection.execute(f"truncate erp.{table} cascade".encode())


def test_R20_what_is_changed_by_hand_marks_the_order_as_changed(factory: Factory, by_hand: Callable[..., None]) -> None:
    order = in_state(factory, "launched")
    with factory.connection.transaction():  # so that it is not this transaction's own version
        factory.change_order(order, changed_by="somebody")
    factory.change_material(order, unit_quantity=2)
    assert factory.order_row(order).changed_by != "somebody"


def test_R28_the_item_of_a_row_does_not_change_while_lots_of_it_are_committed(
    factory: Factory, by_hand: Callable[..., None]
) -> None:
    """A by-product whose item is substituted, its lot left over: the change is refused, and releases go on."""
    factory.item("POWDER", by_lot=True)
    factory.item("FLOUR", by_lot=True)
    order = factory.order(needs("POWDER", -2, lots={"A": 20}), quantity=10)
    flour = factory.id("item", "FLOUR")
    with pytest.raises(ForeignKeyViolation) as error:
        by_hand("update erp.production_order_material set item_id = %s", flour)
    assert error.value.diag.constraint_name == "material_lot_material_fkey"
    with pytest.raises(ForeignKeyViolation) as error:
        by_hand("update erp.material_lot set item_id = %s", flour)
    assert error.value.diag.constraint_name in ("material_lot_material_fkey", "material_lot_lot_fkey")
    assert outcomes(factory.release(order)) == ["released"]
    assert factory.lots_of(order) == [("A", -20)]


# Several at once ------------------------------------------------------------------------------------------------------

RELEASE = "select outcome, movement_count from erp_api.release_production_orders(%s, %s)"
CHANGE = "update erp.production_order_material set unit_quantity = 3 where production_order_id = %s returning line"
CHANGES = {
    "a material": CHANGE,
    "a new material": (
        "insert into erp.production_order_material (company_id, production_order_id, line, item_id, unit_quantity)"
        " select company_id, production_order_id, 2, item_id, 2 from erp.production_order_material"
        " where production_order_id = %s returning line"
    ),
    "a phase": (
        "update erp.production_order_phase set productive = false where production_order_id = %s returning phase"
    ),
    "a lot": "delete from erp.material_lot where production_order_id = %s returning line",
}


@pytest.fixture
def launched(committed: tuple[Factory, Any]) -> int:
    """Give a launched order whose data is committed."""
    factory, _ = committed
    order = in_state(factory, "launched")
    factory.connection.commit()
    return order


def owner(session: Session) -> Session:
    """Let a session act as the owner of the tables."""
    session.connection.execute("set role erp_owner")
    return session


@pytest.mark.parametrize("isolation", ["read committed", "repeatable read"])
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_R20_R62_a_release_waits_for_a_change_of_the_orders_rows(
    committed: tuple[Factory, Any],
    rilascio_database: str,
    rilascio_login: Callable[..., str],
    launched: int,
    change: str,
    isolation: str,
) -> None:
    factory, observer = committed
    with two(rilascio_login) as (releases, _):
        hand = owner(Session(rilascio_database))
        releases.connection.execute(f"set default_transaction_isolation = '{isolation}'".encode())
        releases.connection.commit()
        assert len(hand.send(change, [launched]).result(30)) == 1
        released = releases.send(RELEASE, [factory.company_id, [launched]])
        wait_until_blocked(observer, releases, hand)
        hand.connection.commit()
        arguments = [factory.company_id, [launched]]
        [(outcome, _)] = rows_after_waiting(released, isolation, releases, RELEASE, arguments)
        assert outcome == "released"
        releases.connection.commit()
        hand.close()
    needed = {"a material": 6, "a new material": 6}.get(
        next(name for name, manual_change in CHANGES.items() if manual_change == change), 2
    )
    assert sum(-row.quantity for row in factory.movements(launched)) == needed
    assert factory.call("select code from erp_api.check_integrity(%s)", [factory.company_id]) == []


@pytest.mark.parametrize("isolation", ["read committed", "repeatable read"])
@pytest.mark.parametrize("change", [CHANGES["a material"], CHANGES["a phase"], CHANGES["a lot"]])
def test_R20_R62_a_change_does_not_wait_for_a_release_of_the_order(
    committed: tuple[Factory, Any],
    rilascio_database: str,
    rilascio_login: Callable[..., str],
    launched: int,
    change: str,
    isolation: str,
) -> None:
    """It holds rows that the release will ask for, so waiting would be a circle; later it is refused."""
    factory, _ = committed
    with two(rilascio_login) as (releases, _):
        hand = owner(Session(rilascio_database))
        hand.connection.execute(f"set default_transaction_isolation = '{isolation}'".encode())
        hand.connection.commit()
        assert releases.send(RELEASE, [factory.company_id, [launched]]).result(30) == [("released", 1)]
        if change != CHANGES["a lot"]:
            with pytest.raises(SerializationFailure) as held:
                hand.send(change, [launched]).result(30)
            assert "2026/1/0" in str(held.value)
            assert "Lock the order" in str(held.value.diag.message_hint)
            hand.connection.rollback()
        releases.connection.commit()
        with pytest.raises(RecordProtected):
            hand.send(change, [launched]).result(30)
        hand.close()


def test_R20_R62_a_change_that_locked_its_order_first_is_not_in_anybodys_way(
    committed: tuple[Factory, Any], rilascio_database: str, rilascio_login: Callable[..., str], launched: int
) -> None:
    factory, observer = committed
    with two(rilascio_login) as (releases, _):
        hand = owner(Session(rilascio_database))
        assert releases.send(RELEASE, [factory.company_id, [launched]]).result(30) == [("released", 1)]
        lock = "select status from erp.production_order where production_order_id = %s for no key update"
        locks = hand.send(lock, [launched])
        wait_until_blocked(observer, hand, releases)
        releases.connection.rollback()
        assert locks.result(30) == [("launched",)]
        assert hand.send(CHANGE, [launched]).result(30) == [(1,)]
        hand.connection.commit()
        assert releases.send(RELEASE, [factory.company_id, [launched]]).result(30) == [("released", 1)]
        releases.connection.commit()
        hand.close()
    assert [-row.quantity for row in factory.movements(launched)] == [6]
