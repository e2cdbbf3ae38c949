"""The grids of declarations and of the movements that their registrations made (R40, R51, R52, R53)."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tests.factory import MAIN, Factory, day, needs, phase

COLUMNS = {
    "declaration_grid": (
        "company_id, declaration_id, order_id, order_year, order_number, order_lot, order_status, item_code,"
        " variant_code, item_description, order_quantity, uom, phase, sub_phase, phase_description, department,"
        " work_center, machine, kind, declared_at, good_quantity, scrap_quantity, lot_code, note, registered, run_id,"
        " registered_at, registered_by, record_count, movement_count, closes_order, created_at, created_by"
    ),
    "declaration_movement_grid": (
        "company_id, declaration_id, order_id, run_id, stock_record_id, warehouse_code, record_date, record_number,"
        " reason_code, line, item_code, variant_code, lot_code, location_code, quantity, uom, material_line,"
        " resolved_by, counterpart"
    ),
}

Do = Callable[..., int]
"""A function of conftest: declare, register or roll_back."""


@pytest.mark.parametrize("view", COLUMNS)
def test_R51_a_grid_of_declarations_has_its_columns_in_their_order(factory: Factory, view: str) -> None:
    """Columns may be appended, never moved."""
    assert ", ".join(factory.columns(view)).startswith(COLUMNS[view])


def begun(factory: Factory, **values: Any) -> int:
    """Make an executive order with one phase."""
    return factory.order(status="executive", phases=[phase(10)], **values)


# --- the declaration grid --------------------------------------------------------------------------------------------


def test_R51_the_declaration_grid_shows_a_declaration_with_its_order_and_its_phase(
    factory: Factory, declare: Do
) -> None:
    product = factory.item("RACER", description="Racing bike", uom="PC", decimals=2)
    factory.variant(product, "RED")
    order = factory.order(
        quantity="2.5",
        item=product,
        variant="RED",
        number=42,
        order_lot=3,
        status="executive",
        phases=[
            phase(10, description="other", department="saw", work_center="W0", machine="M0"),
            phase(10, sub_phase=1, description="Weld", department="weld", work_center="W1", machine="M1"),
        ],
    )
    made = declare(
        factory,
        order,
        sub_phase=1,
        declared_at=day(3),
        good_quantity=Decimal("1.5"),
        scrap_quantity=Decimal("0.25"),
        lot_code="L1",
        note="Night shift",
        created_by="Rita",
    )

    [row] = factory.select("declaration_grid")

    assert (row.company_id, row.declaration_id, row.order_id) == (factory.company_id, made, order)
    assert (row.order_year, row.order_number, row.order_lot, row.order_status) == (2026, 42, 3, "executive")
    assert (row.item_code, row.variant_code, row.item_description) == (product, "RED", "Racing bike")
    assert (row.order_quantity, row.uom) == (Decimal("2.5"), "PC")
    assert (row.phase, row.sub_phase, row.phase_description) == (10, 1, "Weld")
    assert (row.department, row.work_center, row.machine) == ("weld", "W1", "M1")
    assert (row.kind, row.declared_at.date()) == ("progress", day(3))
    assert (row.good_quantity, row.scrap_quantity) == (Decimal("1.5"), Decimal("0.25"))
    assert (row.lot_code, row.note, row.created_by) == ("L1", "Night shift", "Rita")
    [now] = factory.call("select now() as moment")
    assert row.created_at == now.moment


def test_R51_a_declaration_that_is_not_registered_has_no_registration(factory: Factory, declare: Do) -> None:
    declare(factory, begun(factory))
    [row] = factory.select("declaration_grid")
    assert row.registered is False
    assert (row.run_id, row.registered_at, row.registered_by) == (None, None, None)
    assert (row.record_count, row.movement_count) == (0, 0)


def test_R51_R53_a_registered_declaration_shows_the_registration_in_force(
    factory: Factory, declare: Do, register: Do, roll_back: Do
) -> None:
    paint, glue = factory.item("PAINT", "manual"), factory.item("GLUE", "manual")
    order = begun(factory)
    bare, made = declare(factory, order), declare(factory, order)
    without = register(factory, bare)

    def shown() -> list[tuple[Any, ...]]:
        rows = factory.select("declaration_grid", order_by="declaration_id")
        return [(row.declaration_id, row.registered, row.run_id, row.record_count, row.movement_count) for row in rows]

    moves = ("BIKE", "5", {}), (paint, "-2", {}), (glue, "-1", {})
    first = register(factory, made, *moves)
    assert shown() == [(bare, True, without, 0, 0), (made, True, first, 2, 3)]
    roll_back(factory, made)
    assert shown() == [(bare, True, without, 0, 0), (made, False, None, 0, 0)]
    again = register(factory, made, *moves[:2])
    assert shown() == [(bare, True, without, 0, 0), (made, True, again, 2, 2)]
    row = factory.select("declaration_grid", order_by="declaration_id")[1]
    [now] = factory.call("select now() as moment")
    assert (row.registered_at, row.registered_by) == (now.moment, "Rita")


@pytest.mark.parametrize(
    ("kind", "number", "sub_phase", "closes"),
    [
        ("closing", 20, 1, True),
        ("progress", 20, 1, False),
        ("opening", 20, 1, False),
        ("closing", 20, 0, False),  # a sub-phase comes later
        ("closing", 10, 5, False),  # the higher sub-phase of an earlier phase
        ("closing", 30, 0, False),  # the last one, but not productive
    ],
)
def test_R52_the_closing_of_the_last_productive_phase_closes_the_order(
    factory: Factory, declare: Do, kind: str, number: int, sub_phase: int, closes: bool
) -> None:
    order = factory.order(
        status="executive",
        phases=[
            phase(10, sub_phase=5),
            phase(20),
            phase(20, sub_phase=1, movable=False),
            phase(30, productive=False),
        ],
    )
    factory.order(status="executive", phases=[phase(40)])
    declare(factory, order, kind, number, sub_phase=sub_phase)
    assert [row.closes_order for row in factory.select("declaration_grid")] == [closes]


@pytest.mark.parametrize("status", ["executive", "closed", "archived"])
def test_R51_declarations_stand_in_the_grid_whatever_the_status_of_the_order(
    factory: Factory, declare: Do, status: str
) -> None:
    declare(factory, factory.order(status=status, phases=[phase(10)]))
    assert [row.order_status for row in factory.select("declaration_grid")] == [status]


def test_R40_declarations_and_their_movements_are_shown_to_members_of_the_company_only(
    rilascio_reader: str, factory: Factory, declare: Do, register: Do
) -> None:
    read = Factory(factory.connection, rilascio_reader, "READ", member="erp_reader")
    nobodys = Factory(factory.connection, factory.operator, "CLOSED", member=None)
    seen = {}
    for one in (factory, read, nobodys):
        seen[one] = declare(one, begun(one))
        register(one, seen[one], ("BIKE", "1", {}))
    for member in (factory, read):
        for view in COLUMNS:
            rows = member.call(f"select company_id, declaration_id from erp_api.{view}")
            assert [tuple(row) for row in rows] == [(member.company_id, seen[member])], view


def test_R51_records_and_movements_are_counted_only_where_the_counts_are_asked_for(factory: Factory) -> None:
    def plan(columns: str) -> str:
        rows = factory.call(f"explain (costs off) select {columns} from erp_api.declaration_grid")
        return "\n".join(str(row[0]) for row in rows)

    assert "stock_movement" in plan("declaration_id, movement_count")
    assert "stock_movement" not in plan("declaration_id, registered, registered_by, closes_order")


# --- the declaration movement grid -----------------------------------------------------------------------------------


def test_R51_the_declaration_movement_grid_shows_what_a_registration_made(
    factory: Factory, declare: Do, register: Do
) -> None:
    racer = factory.item("RACER", by_lot=True, uom="PC")
    factory.variant(racer, "RED")
    factory.lot(racer, "L1", variant="RED")
    factory.location("A")
    paint = factory.item("PAINT", "manual", uom="KG")
    order = factory.order(needs(paint), item=racer, variant="RED", status="executive", phases=[phase(10)])
    made = declare(factory, order)
    produced = {
        "item_variant_id": factory.id("variant", racer, "RED"),
        "lot_id": factory.id("lot", racer, "RED", "L1"),
        "location_id": factory.id("location", MAIN, "A"),
        "resolved_by": "order",
    }
    used = {"material_line": 1, "resolved_by": "company", "counterpart": True}
    run = register(factory, made, (racer, "5", produced), (paint, "-2", used))

    load, issue = factory.select("declaration_movement_grid", order, order_by="record_number")

    for row in (load, issue):
        assert (row.company_id, row.declaration_id, row.order_id, row.run_id) == (factory.company_id, made, order, run)
        assert (row.warehouse_code, row.record_date, row.line) == (MAIN, day(1), 1)
    assert load.stock_record_id != issue.stock_record_id
    assert (load.record_number, load.reason_code, issue.record_number, issue.reason_code) == (1, "LOA", 2, "ISS")
    assert (load.item_code, load.variant_code, load.lot_code, load.location_code) == (racer, "RED", "L1", "A")
    assert (load.quantity, load.uom, load.material_line) == (5, "PC", None)
    assert (load.resolved_by, load.counterpart) == ("order", False)
    assert (issue.item_code, issue.variant_code, issue.lot_code, issue.location_code) == (paint, None, None, None)
    assert (issue.quantity, issue.uom, issue.material_line) == (-2, "KG", 1)
    assert (issue.resolved_by, issue.counterpart) == ("company", True)


def test_R30_R51_release_and_registration_each_have_their_movements(
    factory: Factory, declare: Do, register: Do
) -> None:
    nut, paint = factory.item("NUT"), factory.item("PAINT", "manual")
    factory.stock(nut, 10)
    order = factory.order(needs(nut, 4), needs(paint, 2), phases=[phase(10)])
    [released] = factory.release(order, on=day(0))
    one, two = declare(factory, order), declare(factory, order)
    runs = [register(factory, one, ("BIKE", "1", {})), register(factory, two, (paint, "-2", {}))]

    assert [(row.run_id, row.item_code, row.quantity) for row in factory.select("restore_movement_grid")] == [
        (released.run_id, nut, -4)
    ]
    [restorable] = factory.select("restore_grid")
    assert (restorable.run_id, restorable.record_count, restorable.movement_count) == (released.run_id, 1, 1)
    movements = factory.select("declaration_movement_grid", order_by="run_id")
    assert [(row.declaration_id, row.run_id, row.item_code, row.quantity) for row in movements] == [
        (one, runs[0], "BIKE", 1),
        (two, runs[1], paint, -2),
    ]
    history = factory.select("movement_history", order_by="run_id")
    assert [(row.declaration_id, row.run_id, row.item_code, row.in_force) for row in history] == [
        (None, released.run_id, nut, True),
        (one, runs[0], "BIKE", True),
        (two, runs[1], paint, True),
    ]


def test_R51_declarations_registered_in_one_run_each_have_their_movements(
    factory: Factory, declare: Do, register: Do
) -> None:
    order = begun(factory)
    one, two = declare(factory, order), declare(factory, order)
    run = register(factory, one, ("BIKE", "1", {}))
    register(factory, two, ("BIKE", "2", {}), ("BIKE", "3", {}), run=run)

    movements = factory.select("declaration_movement_grid", order_by="quantity")
    assert [(row.declaration_id, row.run_id, row.quantity) for row in movements] == [
        (one, run, 1),
        (two, run, 2),
        (two, run, 3),
    ]
    counts = factory.select("declaration_grid", order_by="declaration_id")
    assert [(row.run_id, row.record_count, row.movement_count) for row in counts] == [(run, 1, 1), (run, 1, 2)]


def test_R37_R53_a_registration_rolled_back_stands_in_the_history_with_the_lot_that_went(
    factory: Factory, declare: Do, register: Do, roll_back: Do
) -> None:
    racer = factory.item("RACER", by_lot=True)
    lots = {code: factory.id("lot", racer, "", factory.lot(racer, code)) for code in ("NEW", "OLD")}
    order = begun(factory, item=racer)
    made = declare(factory, order)
    run = register(factory, made, *((racer, "1", {"lot_id": lot}) for lot in lots.values()))
    back = roll_back(factory, made, lots["NEW"])

    assert factory.select("declaration_movement_grid") == []
    history = factory.select("movement_history", order_by="line")
    assert [(row.declaration_id, row.lot_code, row.quantity, row.in_force) for row in history] == [
        (made, "NEW", 1, False),
        (made, "OLD", 1, False),
    ]
    assert {(row.order_id, row.run_id, row.removal_run_id, row.removed_by) for row in history} == {
        (order, run, back, "Rosa")
    }


def test_R53_a_declaration_registered_again_shows_the_movements_in_force_alone(
    factory: Factory, declare: Do, register: Do, roll_back: Do
) -> None:
    made = declare(factory, begun(factory))
    register(factory, made, ("BIKE", "1", {}))
    roll_back(factory, made)
    again = register(factory, made, ("BIKE", "2", {}))
    movements = factory.select("declaration_movement_grid")
    assert [(row.declaration_id, row.run_id, row.quantity) for row in movements] == [(made, again, 2)]
    assert len(factory.select("movement_history")) == 2


def test_R37_the_history_names_a_lot_that_is_still_there_as_it_is_called_now(factory: Factory) -> None:
    nut = factory.item("NUT", by_lot=True)
    factory.stock(nut, 10, lot="A")
    order = factory.order(needs(nut))
    factory.release(order)
    factory.restore(order)
    factory.lot(nut, "A", lot_code="B")
    assert [row.lot_code for row in factory.select("movement_history")] == ["B"]
