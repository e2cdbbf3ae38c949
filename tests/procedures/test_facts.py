"""What a release or a registration did is kept and decides what follows, whatever the settings are then (R3, R54)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.factory import MAIN, Factory, codes, day, needs, outcomes, phase, report


@contextmanager
def maintenance(factory: Factory) -> Iterator[None]:
    """Change what an executive order stands on, as its owner can (R20)."""
    factory.connection.execute("select erp_internal.set_write_mode('maintenance')")
    try:
        yield
    finally:
        factory.connection.execute("select erp_internal.set_write_mode('')")


def add_phase(factory: Factory, order: int, number: int) -> None:
    with maintenance(factory):
        factory._insert("production_order_phase", production_order_id=order, phase=number)


def change_phase(factory: Factory, order: int, number: int, **values: Any) -> None:
    with maintenance(factory):
        factory._update("production_order_phase", values, production_order_id=order, phase=number)


def forget(factory: Factory, item: str) -> None:
    """Delete the MRP parameters of an item."""
    factory._execute(
        "delete from erp.item_mrp_parameter where company_id = %s and item_id = %s",
        [factory.company_id, factory.id("item", item)],
    )


@pytest.fixture
def shop(factory: Factory) -> Factory:
    """Give a factory that makes bikes: 100 glue on stock, finished pieces go to STORE, scrap to WASTE."""
    for section, warehouse in (("finished", "STORE"), ("scrap", "WASTE")):
        factory.warehouse(warehouse)
        factory.rule(section, warehouse)
    return factory


@pytest.fixture
def glue(shop: Factory) -> Callable[..., str]:
    def glue(picking: str, **values: Any) -> str:
        shop.stock(shop.item("GLUE", picking, **values), 100)
        return "GLUE"

    return glue


@pytest.fixture
def line(shop: Factory) -> Factory:
    """Give a shop that transfers manual materials to LINE at release; OTHER-LINE has stock of its own."""
    for warehouse in ("LINE", "OTHER-LINE"):
        shop.warehouse(warehouse)
    shop.rule("wip", "LINE", semi_finished_issue="ISS")
    shop.parameters(wip_management=True, transfer_manual_to_wip=True)
    return shop


def released(factory: Factory, *materials: Any, **values: Any) -> int:
    order = factory.order(*materials, **{"quantity": 10, "phases": [phase(10)], **values})
    assert outcomes(factory.release(order)) == ["released"]
    return order


def finish(factory: Factory, order: int, number: int = 10, good: int = 10) -> list[int]:
    """Declare and register a phase from its opening to its closing."""
    declarations = factory.declared(order, report("opening", number), report("closing", number, good=good))
    assert [codes(row) for row in factory.register(*declarations)] == [[], []]
    return declarations


def go_back(factory: Factory, order: int, *declarations: int) -> None:
    assert set(outcomes(factory.roll_back(*declarations))) <= {"rolled_back"}
    assert set(outcomes(factory.undeclare(*declarations))) <= {"deleted"}
    assert outcomes(factory.restore(order)) == ["restored"]


def integrity(factory: Factory) -> list[str]:
    rows = factory.call("select code from erp_api.check_integrity(%s)", [factory.company_id])
    return [row.code for row in rows]


# What a registration counted and closed (R54) ---------------------------------------------------------------------


def test_R54_a_rollback_opens_the_order_that_its_registration_closed_whatever_phases_came_since(
    shop: Factory, glue: Callable[..., str]
) -> None:
    order = released(shop, needs(glue("automatic"), 2))
    declarations = finish(shop, order)
    assert (shop.status(order), shop.order_row(order).produced_quantity) == ("closed", 10)

    add_phase(shop, order, 20)
    assert integrity(shop) == []
    shop.roll_back(*declarations)

    assert (shop.status(order), shop.order_row(order).produced_quantity) == ("executive", 0)
    shop.undeclare(*declarations)
    assert outcomes(shop.restore(order)) == ["restored"]
    assert (shop.balance("GLUE"), shop.balance("BIKE", "STORE")) == (100, 0)


def test_R54_a_closed_order_is_opened_first_by_the_row_that_closed_it(shop: Factory) -> None:
    order = released(shop, phases=[phase(10), phase(20)])
    first, last = finish(shop, order), finish(shop, order, 20)
    change_phase(shop, order, 20, productive=False)
    assert [codes(row) for row in shop.roll_back(*first)] == [["order_closed"]] * 2
    assert outcomes(shop.roll_back(*first, *last)) == ["rolled_back"] * 4
    assert shop.status(order) == "executive"


def test_R54_what_was_not_counted_is_not_taken_back(shop: Factory) -> None:
    """A phase that nothing moved at becomes movable: its rollback would take back what no registration gave."""
    other = released(shop)
    order = released(shop, phases=[phase(10), phase(20, movable=False)])
    there, here = finish(shop, other), finish(shop, order, 20)
    change_phase(shop, order, 20, movable=True)
    assert outcomes(shop.roll_back(*there, *here)) == ["rolled_back"] * 4
    assert [shop.order_row(one).produced_quantity for one in (other, order)] == [0, 0]


def test_R54_no_more_is_loaded_than_was_declared_at_the_producing_phase(
    shop: Factory, glue: Callable[..., str]
) -> None:
    order = released(shop, needs(glue("automatic"), 2))
    started = shop.declared(order, report("opening"), report("progress", good=4))
    shop.register(*started)

    add_phase(shop, order, 20)
    ended = shop.declared(order, report("closing", good=6))
    later = shop.declared(order, report("opening", 20), report("progress", 20, good=3), report("closing", 20, good=7))
    assert outcomes(shop.register(*ended, *later)) == ["registered"] * 4

    assert shop.declaration_movements(*ended) == []
    assert [shop.declaration_movements(one) for one in later] == [
        [],
        [],  # 3 of the 4 that are loaded already
        [("BIKE", "STORE", None, 6)],
    ]
    assert (shop.balance("BIKE", "STORE"), shop.order_row(order).produced_quantity) == (10, 10)
    assert integrity(shop) == []
    go_back(shop, order, *started, *ended, *later)
    assert (shop.balance("GLUE"), shop.balance("BIKE", "STORE")) == (100, 0)
    assert shop.order_row(order).produced_quantity == 0


def test_R54_each_rollback_takes_back_what_its_own_registration_counted(shop: Factory) -> None:
    order = released(shop)
    started = shop.declared(order, report("opening"), report("progress", good=4), report("progress", good=4))
    shop.register(*started)
    add_phase(shop, order, 20)
    later = shop.declared(order, report("opening", 20), report("progress", 20, good=6), report("progress", 20, good=3))
    shop.register(*later)
    assert shop.order_row(order).produced_quantity == 9
    shop.roll_back(later[2])
    assert shop.order_row(order).produced_quantity == 8
    shop.roll_back(started[2])
    assert shop.order_row(order).produced_quantity == 4
    shop.register(later[2])
    assert (shop.order_row(order).produced_quantity, shop.balance("BIKE", "STORE")) == (7, 7)


def test_R54_a_unlinked_material_is_issued_once_at_whichever_phase_produces(
    shop: Factory, glue: Callable[..., str]
) -> None:
    order = released(shop, needs(glue("manual"), 2))
    started = shop.declared(order, report("opening"), report("progress", good=4))
    shop.register(*started)
    assert shop.balance("GLUE") == 92
    add_phase(shop, order, 20)
    ended = finish(shop, order, 20)
    assert shop.balance("GLUE") == 80
    go_back(shop, order, *started, *ended)
    assert shop.balance("GLUE") == 100


def test_R54_what_a_phase_did_not_move_moves_when_it_becomes_movable(shop: Factory, glue: Callable[..., str]) -> None:
    order = released(shop, needs(glue("manual"), 2, phase=10), phases=[phase(10, movable=False), phase(20)])
    started = shop.declared(order, report("opening"), report("progress", good=4))
    shop.register(*started)
    assert shop.balance("GLUE") == 100
    change_phase(shop, order, 10, movable=True)
    ended = shop.declared(order, report("closing", good=6))
    shop.register(*ended)
    assert shop.balance("GLUE") == 80


# What a release decided (R3) --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("then", "now", "left"),
    [
        ("automatic", "manual", 80),
        ("automatic", "with_list", 80),
        ("manual", "automatic", 80),
        ("manual", "with_list", 80),
        ("with_list", "manual", 100),
        ("with_list", "automatic", 100),
    ],
)
def test_R3_a_row_is_issued_once_whatever_the_picking_type_is_by_then(
    shop: Factory, glue: Callable[..., str], then: str, now: str, left: int
) -> None:
    order = shop.order(needs(glue(then), 2), quantity=10, phases=[phase(10)])
    before = shop.snapshot()
    shop.release(order)
    shop.pick("GLUE", now)
    declarations = finish(shop, order)
    assert (shop.balance("GLUE"), shop.balance("BIKE", "STORE")) == (left, 10)
    assert integrity(shop) == []
    shop.pick("GLUE", then)
    go_back(shop, order, *declarations)
    assert shop.snapshot() == before


@pytest.mark.parametrize("picking", ["automatic", "with_list", "manual"])
def test_R3_what_was_released_needs_no_parameters_any_more(
    shop: Factory, glue: Callable[..., str], picking: str
) -> None:
    order = released(shop, needs(glue(picking), 2))
    forget(shop, "GLUE")
    declarations = finish(shop, order)
    assert shop.balance("GLUE") == (100 if picking == "with_list" else 80)
    go_back(shop, order, *declarations)


def test_R3_flags_of_now_neither_issue_twice_nor_leave_out(shop: Factory) -> None:
    for code, picking in (("A", "automatic"), ("M", "manual"), ("GHOST", "manual"), ("STILL", "manual")):
        shop.stock(shop.item(code, picking, phantom=code == "GHOST"), 100)
    order = released(shop, needs("A"), needs("M"), needs("GHOST"), needs("STILL", movable=False))
    for code in ("A", "M", "GHOST"):
        shop._update("item", {"phantom": code != "GHOST"}, item_id=shop.id("item", code))
    with maintenance(shop):
        for row in (1, 2, 4):
            shop.change_material(order, row, movable=row == 4)
    shop.pick("A", "manual")
    finish(shop, order)
    assert [shop.balance(code) for code in ("A", "M", "GHOST", "STILL")] == [90, 90, 100, 100]


def test_R3_what_a_part_of_a_split_did_not_need_was_decided_too(shop: Factory) -> None:
    """Of the first part nothing of the box is due: half of it is none."""
    box, frame = shop.item("BOX", decimals=0), shop.item("FRAME")
    shop.stock(box, 100)
    shop.stock(frame, 4)
    order = shop.order(needs(box, "0.1"), needs(frame), quantity=10, phases=[phase(10)])
    assert outcomes(shop.release(order, on_shortage="split")) == ["split"]
    shop.pick("BOX", "manual")
    declarations = shop.declared(order, report("opening"), report("closing", good=4))
    shop.register(*declarations)
    assert shop.balance("BOX") == 100


def test_R39_without_a_release_the_picking_type_of_now_counts(shop: Factory, glue: Callable[..., str]) -> None:
    order = shop.order(needs(glue("automatic"), 2), quantity=10, phases=[phase(10)], status="executive")
    first = shop.declared(order, report("opening"), report("progress", good=4))
    shop.register(*first)
    assert shop.balance("GLUE") == 100
    shop.pick("GLUE", "manual")
    second = shop.declared(order, report("progress", good=4))
    shop.register(*second)
    assert shop.balance("GLUE") == 84  # all that is needed so far
    shop.pick("GLUE", "with_list")
    third = shop.declared(order, report("closing", good=2))
    shop.register(*third)
    assert shop.balance("GLUE") == 84
    forget(shop, "GLUE")
    go_back(shop, order, *first, *second, *third)
    assert shop.balance("GLUE") == 100


def test_R39_without_a_release_what_is_to_move_needs_parameters(shop: Factory) -> None:
    shop.item("GLUE", None)
    order = shop.order(needs("GLUE"), quantity=10, phases=[phase(10)], status="executive")
    declarations = shop.declared(order, report("opening"), report("progress", good=4))
    assert [codes(row) for row in shop.register(*declarations)] == [[], ["mrp_parameters_missing"]]


@pytest.mark.parametrize(("picking", "left"), [("automatic", 80), ("manual", 76), ("with_list", 100)])
def test_R3_more_than_was_ordered_issues_more_of_what_is_due_at_registration(
    shop: Factory, glue: Callable[..., str], picking: str, left: int
) -> None:
    shop.parameters(over_production_percent=20)
    order = released(shop, needs(glue(picking), 2))
    shop.pick("GLUE", "manual" if picking == "automatic" else "automatic")
    declarations = finish(shop, order, good=12)
    assert (shop.balance("GLUE"), shop.balance("BIKE", "STORE")) == (left, 12)
    go_back(shop, order, *declarations)


def test_R3_what_is_picked_after_a_registration_is_issued_no_more(shop: Factory, glue: Callable[..., str]) -> None:
    order = released(shop, needs(glue("manual"), 2))
    shop.register(*shop.declared(order, report("opening"), report("progress", good=4)))
    with maintenance(shop):
        shop.change_material(order, picked_quantity=5)
    shop.register(*shop.declared(order, report("closing", good=6)))
    assert shop.balance("GLUE") == 85


def test_R3_a_row_that_needed_nothing_and_had_no_parameters_goes_by_those_of_now(shop: Factory) -> None:
    shop.parameters(over_production_percent=20)
    shop.stock(shop.item("GLUE", None), 100)
    order = released(shop, needs("GLUE", picked_quantity=10))
    declarations = shop.declared(order, report("opening"), report("closing", good=12))
    assert [codes(row) for row in shop.register(*declarations)] == [[], ["mrp_parameters_missing"]]
    shop._insert(
        "item_mrp_parameter", item_id=shop.id("item", "GLUE"), picking_type="manual", procurement_type="purchase"
    )
    shop.register(*declarations)
    assert shop.balance("GLUE") == 98


# What a release transferred (R9) ----------------------------------------------------------------------------------


def other_rule(shop: Factory) -> None:
    shop.stock("GLUE", 50, warehouse="OTHER-LINE")
    shop.rule("wip", "OTHER-LINE", item="GLUE", semi_finished_issue="ISS")


CHANGES: dict[str, Callable[[Factory], None]] = {
    "WIP management off": lambda shop: shop.parameters(wip_management=False),
    "no transfer any more": lambda shop: shop.parameters(transfer_manual_to_wip=False),
    "no wip section": lambda shop: shop.no_rule("wip"),
    "another wip section": other_rule,
    "another picking type": lambda shop: shop.pick("GLUE", "automatic"),
    "no parameters": lambda shop: forget(shop, "GLUE"),
    "no reason": lambda shop: shop.rule("wip", "LINE", issue=None),
    "produced, not purchased": lambda shop: shop._update(
        "item_mrp_parameter", {"procurement_type": "production"}, item_id=shop.id("item", "GLUE")
    ),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("by_lot", [False, True])
def test_R9_what_was_transferred_is_issued_from_where_it_was_transferred_to(
    line: Factory, glue: Callable[..., str], change: str, by_lot: bool
) -> None:
    shop = line
    if by_lot:
        shop.stock(shop.item("GLUE", "manual", by_lot=True), 100, lot="L")
        shop.stock = lambda item, quantity, **values: type(shop).stock(shop, item, quantity, lot="L", **values)
    else:
        glue("manual")
    order = released(shop, needs("GLUE", 2))
    assert shop.balance("GLUE", "LINE") == 20

    CHANGES[change](shop)
    there = shop.balance("GLUE", "OTHER-LINE")
    declarations = finish(shop, order)

    assert [shop.balance("GLUE", warehouse) for warehouse in (MAIN, "LINE", "OTHER-LINE")] == [80, 0, there]
    [row] = [row for row in shop.select("declaration_movement_grid", order) if row.item_code == "GLUE"]
    assert (row.warehouse_code, row.reason_code, row.resolved_by) == ("LINE", "ISS", "company")
    assert integrity(shop) == []
    go_back(shop, order, *declarations)
    assert (shop.balance("GLUE"), shop.balance("GLUE", "LINE")) == (100, 0)


@pytest.mark.parametrize("by_lot", [False, True])
def test_R9_what_was_transferred_is_issued_from_the_location_it_was_transferred_to(line: Factory, by_lot: bool) -> None:
    lot = {"lot": "L"} if by_lot else {}
    line.change_warehouse("LINE", check_location=True)
    for code in ("A", "B"):
        line.location(code, warehouse="LINE")
    line.stock(line.item("GLUE", "manual", by_lot=by_lot), 100, **lot)
    line.keep("GLUE", "B", warehouse="LINE", priority=2)
    order = released(line, needs("GLUE", 2))
    line.stock("GLUE", 30, warehouse="LINE", location="A", **lot)
    line.keep("GLUE", "A", warehouse="LINE", priority=1)
    finish(line, order)
    [row] = [row for row in line.select("declaration_movement_grid", order) if row.item_code == "GLUE"]
    assert (row.location_code, row.quantity) == ("B", -20)


def test_R17_what_was_transferred_and_lies_in_a_blocked_location_is_not_available(line: Factory) -> None:
    line.location("A", warehouse="LINE")
    line.stock(line.item("GLUE", "manual"), 100)
    line.keep("GLUE", "A", warehouse="LINE")
    order = released(line, needs("GLUE", 2))
    line.stock("GLUE", 30, warehouse="LINE")
    line.block("A", warehouse="LINE")
    declarations = line.declared(order, report("opening"), report("progress", good=4))
    assert [codes(row) for row in line.register(*declarations)] == [[], ["insufficient_stock"]]
    line.roll_back(declarations[0])
    assert outcomes(line.undeclare(*declarations)) == ["deleted"] * 2
    assert [codes(row) for row in line.restore(order)] == [[]]


@pytest.mark.parametrize("by_lot", [False, True])
def test_R9_more_than_was_transferred_comes_from_the_wip_warehouse_too_or_is_short(line: Factory, by_lot: bool) -> None:
    line.parameters(over_production_percent=20)
    line.location("A", warehouse="LINE")
    line.stock(line.item("GLUE", "manual", by_lot=by_lot), 100, **({"lot": "L"} if by_lot else {}))
    order = released(line, needs("GLUE", 2))
    line.parameters(wip_management=False)
    declarations = line.declared(order, report("opening"), report("progress", good=10), report("progress", good=2))
    rows = line.register(*declarations)
    assert [codes(row) for row in rows] == [[], [], ["lot_unavailable" if by_lot else "insufficient_stock"]]
    if by_lot:
        line.stock("GLUE", 4, warehouse="LINE", location="A", lot="M")
    else:
        line.stock("GLUE", 4, warehouse="LINE")
    line.register(declarations[2])
    assert (line.balance("GLUE"), line.balance("GLUE", "LINE")) == (80, 0)
    go_back(line, order, *declarations)
    assert (line.balance("GLUE"), line.balance("GLUE", "LINE")) == (100, 4)


def test_R9_what_was_not_transferred_comes_from_where_it_would_now(line: Factory, glue: Callable[..., str]) -> None:
    """The company transfers only since the release; the row still lies where it lay."""
    line.parameters(transfer_manual_to_wip=False, wip_management=False)
    order = released(line, needs(glue("manual"), 2))
    line.parameters(transfer_manual_to_wip=True, wip_management=False)
    finish(line, order)
    assert (line.balance("GLUE"), line.balance("GLUE", "LINE")) == (80, 0)


def test_R9_a_wip_section_without_an_issue_reason_is_refused_at_registration(
    line: Factory, glue: Callable[..., str]
) -> None:
    line.rule("wip", "LINE", issue=None)
    order = released(line, needs(glue("manual"), 2))
    declarations = line.declared(order, report("opening"), report("progress", good=4))
    assert [codes(row) for row in line.register(*declarations)] == [[], ["reason_unusable"]]


# What is kept (R3) ------------------------------------------------------------------------------------------------


def test_R3_a_release_keeps_what_it_decided_and_a_restore_forgets_it(line: Factory) -> None:
    for code, picking in (("A", "automatic"), ("M", "manual"), ("W", "with_list"), ("NONE", None), ("GHOST", "manual")):
        line.stock(line.item(code, picking, phantom=code == "GHOST"), 100)
    line.stock("A", 10, warehouse="LINE")
    order = released(
        line, needs("A"), needs("M"), needs("W"), needs("NONE", picked_quantity=10), needs("GHOST"),
        needs("A", picked_quantity=10), needs("M", movable=False),
    )  # fmt: skip
    wip = (line.id("warehouse", "LINE"), line.id("reason", "LINE", "ISS"), "company")
    nowhere = (None, None, None)
    assert [
        (
            *(row["line"], row["movable"], row["picking_type"], row["procurement_type"]),
            *(row["wip_warehouse_id"], row["wip_movement_reason_id"], row["wip_resolved_by"]),
        )
        for row in sorted(line.table("released_material", order), key=lambda row: row["line"])
    ] == [
        (2, True, "manual", "purchase", *wip),
        (3, True, "with_list", "purchase", *nowhere),
        (4, True, None, None, *nowhere),
        (5, False, "manual", "purchase", *nowhere),
        (6, True, "automatic", "purchase", *nowhere),
        (7, False, "manual", "purchase", *nowhere),
    ]
    line.restore(order)
    assert line.table("released_material", order) == []


KEPT = ("released_material", "material_lot_before_release", "production_order_split")
"""What a release keeps of its order, for what follows."""


def test_R20_what_a_release_decided_is_not_changed_by_hand(shop: Factory, glue: Callable[..., str]) -> None:
    from rilascio.errors import RecordProtected

    released(shop, needs(glue("manual"), 2))
    copy = "insert into erp.{0} select k.* from erp.{0} as k"
    for manual_change in (
        "update erp.released_material set picking_type = 'automatic'",
        "delete from erp.released_material",
        *(copy.format(table) for table in KEPT),
    ):
        with pytest.raises(RecordProtected), shop.connection.transaction():
            shop.connection.execute(manual_change)
    with maintenance(shop):
        assert shop.connection.execute("delete from erp.released_material").rowcount == 1


def test_R54_the_day_of_a_registration_does_not_matter_to_what_it_counted(shop: Factory) -> None:
    order = released(shop)
    declarations = shop.declared(order, report("opening"), report("progress", good=4))
    shop.register(*declarations, on=day(3))
    add_phase(shop, order, 20)
    shop.roll_back(*declarations)
    assert (shop.order_row(order).produced_quantity, shop.balance("BIKE", "STORE")) == (0, 0)


def test_R3_what_was_decided_for_a_row_goes_with_the_row(shop: Factory, glue: Callable[..., str]) -> None:
    order = released(shop, needs(glue("manual"), 2), needs("GLUE", 3))
    with maintenance(shop):
        shop.connection.execute("delete from erp.production_order_material where line = 1")
    assert [row["line"] for row in shop.table("released_material", order)] == [2]
