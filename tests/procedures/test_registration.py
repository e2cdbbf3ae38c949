"""Registering declarations: what moves, how much and from where, and what closes an order (R51, R52)."""

import uuid
from decimal import Decimal
from typing import Any

import pytest

from tests.factory import MAIN, Factory, codes, day, needs, outcomes, phase, report


@pytest.fixture
def shop(factory: Factory) -> Factory:
    """Give a factory with sections for what is produced: STORE, HALF and WASTE."""
    for section, warehouse in (("finished", "STORE"), ("semi_finished", "HALF"), ("scrap", "WASTE")):
        factory.warehouse(warehouse)
        factory.rule(section, warehouse)
    return factory


def worked(factory: Factory, *materials: Any, **values: Any) -> int:
    """Make and release an order of 10 with one phase, unless told otherwise."""
    order = launched(factory, *materials, **values)
    assert outcomes(factory.release(order)) == ["released"]
    return order


def launched(factory: Factory, *materials: Any, **values: Any) -> int:
    """Make an order of 10 with one phase, unless told otherwise."""
    return factory.order(*materials, **{"quantity": 10, "phases": [phase(10)], **values})


def test_R51_good_pieces_are_loaded_and_manual_materials_issued_in_proportion(shop: Factory) -> None:
    glue = shop.item("GLUE", "manual")
    shop.stock(glue, 100)
    order = worked(shop, needs(glue, 2))
    opening, progress = shop.declared(order, report("opening"), report("progress", good=4, scrap=1))

    rows = shop.register(opening, progress, on=day(3))

    assert [(row.ordinal, row.declaration_id, row.order_id, row.outcome) for row in rows] == [
        (1, opening, order, "registered"),
        (2, progress, order, "registered"),
    ]
    assert [(row.record_count, row.movement_count) for row in rows] == [(0, 0), (3, 3)]
    assert sorted(shop.declaration_movements(progress)) == [
        ("BIKE", "STORE", None, 4),
        ("BIKE", "WASTE", None, 1),
        ("GLUE", MAIN, None, -10),
    ]
    assert (shop.balance(glue), shop.balance("BIKE", "STORE"), shop.balance("BIKE", "WASTE")) == (90, 4, 1)
    assert shop.order_row(order).produced_quantity == 4
    assert {row["record_date"] for row in shop.table("stock_record", order)} == {"2026-03-04"}
    assert shop.movements(order) == []


def test_R51_R21_parts_add_up_to_the_whole_however_it_is_declared(shop: Factory) -> None:
    glue, box = shop.item("GLUE", "manual", decimals=0), shop.item("BOX", "manual", decimals=0)
    shop.stock(glue, 100)
    shop.stock(box, 100)
    order = worked(shop, needs(glue, "0.5", scrap_percent=10), needs(box, 7, fixed=True), quantity=10)
    pieces = shop.declared(order, report("opening"), *[report("progress", good=1) for _ in range(10)])
    for piece in pieces:
        assert outcomes(shop.register(piece)) == ["registered"]
    assert (shop.balance(glue), shop.balance(box)) == (100 - 6, 100 - 7)
    shop.roll_back(*pieces)
    shop.register(*pieces)
    assert (shop.balance(glue), shop.balance(box)) == (100 - 6, 100 - 7)


def test_R51_R9_what_a_release_transferred_is_issued_from_wip_and_all_goes_back(shop: Factory) -> None:
    shop.warehouse("LINE")
    shop.rule("wip", "LINE", semi_finished_issue="ISS")
    shop.parameters(wip_management=True, transfer_manual_to_wip=True)
    glue = shop.item("GLUE", "manual")
    shop.stock(glue, 10)
    order = launched(shop, needs(glue))
    before = shop.snapshot()
    shop.release(order)
    declarations = shop.declared(order, report("opening"), report("closing", good=10))
    shop.register(*declarations)
    assert (shop.balance(glue), shop.balance(glue, "LINE")) == (0, 0)
    shop.roll_back(*declarations)
    shop.undeclare(*declarations)
    assert outcomes(shop.restore(order)) == ["restored"]
    assert shop.snapshot() == before


def test_R51_R13_a_counterpart_of_a_load_is_issued_and_checked(shop: Factory) -> None:
    shop.warehouse("PACK")
    shop.reason("STORE", "LOA", "load", counterpart=("PACK", "ISS"))
    shop.stock("BIKE", 5, warehouse="PACK")
    order = worked(shop)
    declarations = shop.declared(
        order, report("opening"), report("progress", good=4), report("progress", good=2), report("closing")
    )
    rows = shop.register(*declarations)
    assert [codes(row) for row in rows] == [[], [], ["insufficient_stock"], ["sequence_broken"]]
    [reason] = rows[2].reasons
    assert (reason["warehouse_code"], reason["required"], reason["available"]) == ("PACK", 2, 1)
    assert (shop.balance("BIKE", "STORE"), shop.balance("BIKE", "PACK"), shop.status(order)) == (4, 1, "executive")


def test_R51_a_lot_item_goes_into_the_lot_declared_made_if_new(shop: Factory) -> None:
    shop.item("CHEESE", "manual", "production", by_lot=True)
    shop.lot("CHEESE", "OLD")
    order = worked(shop, item="CHEESE")
    declarations = shop.declared(
        order,
        report("opening"),
        report("progress", good=4, lot_code="OLD"),
        report("progress", good=3, scrap=1, lot_code="NEW"),
        report("progress", good=1),
    )
    preview = shop.preview_registration(*declarations, on=day(5))
    rows = shop.register(*declarations, on=day(5))
    assert [codes(row) for row in rows] == [[], [], [], ["lot_required"]]
    assert shop.declaration_movements(*declarations) == [
        ("CHEESE", "STORE", "OLD", 4),
        ("CHEESE", "WASTE", "NEW", 1),
        ("CHEESE", "STORE", "NEW", 3),
    ]
    assert [(p.lot_code, p.quantity) for p in preview if p.quantity] == [("OLD", 4), ("NEW", 1), ("NEW", 3)]
    lots = {row["lot_code"]: row for row in shop.table("lot")}
    assert (lots["NEW"]["start_date"], lots["NEW"]["state"], lots["OLD"]["start_date"]) == (
        "2026-03-06",
        "available",
        None,
    )

    shop.roll_back(*declarations)
    assert [row["lot_code"] for row in shop.table("lot")] == ["OLD"]
    history = shop.select("movement_history", order, order_by="stock_record_id")
    assert {row.lot_code for row in history} == {"OLD", "NEW"}


def test_R51_R15_short_stock_refuses_the_row_and_those_after_it_in_the_phase(shop: Factory) -> None:
    glue = shop.item("GLUE", "manual")
    shop.stock(glue, 5)
    order = worked(shop, needs(glue))
    other = worked(shop, needs(glue))
    first = shop.declared(order, report("opening"), report("progress", good=6), report("closing", good=1))
    second = shop.declared(other, report("opening"), report("progress", good=5))
    preview = shop.preview_registration(*first, *second)
    rows = shop.register(*first, *second)
    assert [(row.outcome, codes(row)) for row in rows] == [
        ("registered", []),
        ("refused", ["insufficient_stock"]),
        ("refused", ["sequence_broken"]),
        ("registered", []),
        ("registered", []),
    ]
    failure = {row.declaration_id: (row.outcome, row.reasons) for row in preview}
    assert failure == {row.declaration_id: (row.outcome, row.reasons) for row in rows}
    assert (shop.balance(glue), shop.status(order)) == (0, "executive")


def test_R51_earlier_rows_must_be_registered_first(shop: Factory) -> None:
    order = worked(shop)
    opening, progress = shop.declared(order, report("opening"), report("progress", good=6))
    assert codes(shop.register(progress)[0]) == ["sequence_broken"]
    shop.register(opening)
    assert outcomes(shop.register(progress)) == ["registered"]
    assert [codes(row) for row in shop.register(opening, progress)] == [["already_registered"]] * 2


def test_R18_a_closed_period_refuses_even_what_moves_nothing(shop: Factory) -> None:
    order = worked(shop)
    [opening] = shop.declared(order, report("opening"))
    shop.parameters(period_start=day(0), period_end=day(9))
    assert codes(shop.register(opening, on=day(10))[0]) == ["period_closed"]
    assert outcomes(shop.register(opening, on=day(9))) == ["registered"]


def test_R52_R50_closing_the_last_productive_phase_closes_the_order(shop: Factory) -> None:
    shop.job(1)
    order = worked(shop, job=1, phases=[phase(10), phase(20), phase(20, sub_phase=1, productive=False)])
    first = shop.declared(order, report("opening"), report("closing", good=10))
    last = shop.declared(order, report("opening", 20), report("closing", 20, good=9))
    shop.register(*first)
    assert (shop.status(order), shop.order_row(order).produced_quantity) == ("executive", 0)
    shop.register(*last)
    assert (shop.status(order), shop.order_row(order).produced_quantity) == ("closed", 9)
    assert shop.job_status(1) == "executive"


def test_R52_the_order_closes_last_whatever_was_asked_with_it(shop: Factory) -> None:
    order = worked(shop, phases=[phase(10), phase(20)])
    last = shop.declared(order, report("opening", 20), report("closing", 20, good=9))
    first = shop.declared(order, report("opening"), report("closing", good=10))
    assert outcomes(shop.register(*last, *first)) == ["registered"] * 4
    assert shop.status(order) == "closed"


def test_R52_a_closed_order_takes_no_more_registrations(shop: Factory) -> None:
    order = worked(shop, phases=[phase(10), phase(20)])
    [late] = shop.declared(order, report("opening"))
    shop.register(*shop.declared(order, report("opening", 20), report("closing", 20, good=9)))
    assert codes(shop.register(late)[0]) == ["order_closed"]
    assert codes(shop.preview_registration(late)[0]) == ["order_closed"]


def test_R60_the_same_registration_again_moves_nothing_again(shop: Factory) -> None:
    order = worked(shop)
    declarations = shop.declared(order, report("opening"), report("progress", good=6))
    key = uuid.uuid4()
    first = shop.register(*declarations, key=key)
    before = shop.everything()
    assert shop.register(*declarations, key=key) == first
    assert shop.everything() == before


def test_R61_the_run_tells_what_became_of_each_declaration(shop: Factory) -> None:
    order = worked(shop)
    [opening] = shop.declared(order, report("opening"))
    [row] = shop.register(opening)
    [failure] = shop.call("select * from erp_api.run_order_history where run_id = %s", [row.run_id])
    assert (failure.declaration_id, failure.order_id, failure.outcome) == (opening, order, "registered")
    [run] = shop.call("select * from erp_api.run_history where run_id = %s", [row.run_id])
    assert (run.kind, run.arguments) == ("registration", {"declaration_ids": [opening], "record_date": None})


def test_preview_shows_what_registering_does_and_writes_nothing(shop: Factory) -> None:
    glue = shop.item("GLUE", "manual")
    shop.stock(glue, 12)
    order = worked(shop, needs(glue, 2))
    declarations = shop.declared(order, report("opening"), report("progress", good=4), report("closing", scrap=1))
    before = shop.snapshot(leaving_out=set())
    preview = shop.preview_registration(*declarations)
    assert shop.snapshot(leaving_out=set()) == before
    assert [
        (p.ordinal, p.outcome, p.feasible_quantity, p.material_line, p.quantity, p.available_quantity) for p in preview
    ] == [
        (1, "registered", 0, None, None, None),
        (2, "registered", 4, None, 4, None),
        (2, "registered", 4, 1, -8, 12),
        (3, "registered", 1, None, 1, None),
        (3, "registered", 1, 1, -2, 4),
    ]
    shop.register(*declarations)
    assert [(p.item_code, p.warehouse_code, p.quantity) for p in preview if p.quantity] == [
        (item, warehouse, quantity) for item, warehouse, _, quantity in shop.declaration_movements(*declarations)
    ]


def test_rolled_back_rows_are_refused_when_not_registered_or_not_the_last(shop: Factory) -> None:
    order = worked(shop)
    opening, progress, closing = shop.declared(
        order, report("opening"), report("progress", good=6), report("closing", good=1)
    )
    assert codes(shop.roll_back(opening)[0]) == ["not_registered"]
    shop.register(opening, progress, closing)
    assert [codes(row) for row in shop.roll_back(progress, opening)] == [["order_closed"], ["order_closed"]]
    assert outcomes(shop.roll_back(closing)) == ["rolled_back"]
    assert codes(shop.roll_back(opening)[0]) == ["sequence_broken"]
    assert outcomes(shop.roll_back(opening, progress)) == ["rolled_back"] * 2
    assert shop.order_row(order).produced_quantity == 0


def test_R53_R38_what_was_loaded_and_is_used_cannot_be_taken_back(shop: Factory) -> None:
    order = worked(shop)
    opening, progress, closing = shop.declared(
        order, report("opening"), report("progress", good=6), report("closing", good=1)
    )
    shop.register(opening, progress, closing)
    shop.stock("BIKE", -3, warehouse="STORE", on=day(400))
    rows = shop.roll_back(opening, progress, closing)
    assert [codes(row) for row in rows] == [["sequence_broken"], ["counterpart_stock_used"], []]
    [reason] = rows[1].reasons
    assert (reason["item_code"], reason["warehouse_code"], reason["required"], reason["available"]) == (
        "BIKE",
        "STORE",
        6,
        3,
    )
    assert (shop.status(order), shop.balance("BIKE", "STORE")) == ("executive", 3)


def test_R53_whoever_depends_on_a_row_that_stays_stays_too(shop: Factory) -> None:
    order = worked(shop, phases=[phase(10), phase(20)])
    last = shop.declared(
        order,
        report("opening", 20, declared_at="2026-03-01"),
        report("closing", 20, good=9, declared_at="2026-03-02"),
    )
    first = shop.declared(
        order, report("opening", declared_at="2026-03-03"), report("closing", good=9, declared_at="2026-03-04")
    )
    shop.register(*first, *last)
    shop.stock("BIKE", -1, warehouse="STORE")
    rows = shop.roll_back(*first, *last)
    assert [codes(row) for row in rows] == [["order_closed"]] * 3 + [["counterpart_stock_used"]]
    shop.stock("BIKE", 1, warehouse="STORE")
    assert outcomes(shop.roll_back(*last, *first)) == ["rolled_back"] * 4


def test_R53_R18_records_of_a_closed_period_stay(shop: Factory) -> None:
    order = worked(shop)
    opening, progress = shop.declared(order, report("opening"), report("progress", good=6))
    shop.register(opening, progress, on=day(0))
    shop.parameters(period_start=day(1))
    assert [codes(row) for row in shop.roll_back(opening, progress)] == [["sequence_broken"], ["period_closed"]]


def test_R53_only_unregistered_rows_are_deleted_from_the_last(shop: Factory) -> None:
    order = worked(shop)
    opening, progress, closing = shop.declared(
        order, report("opening"), report("progress", good=6), report("closing", good=1)
    )
    assert [codes(row) for row in shop.undeclare(progress, opening)] == [["sequence_broken"]] * 2
    shop.register(opening)
    assert codes(shop.undeclare(progress)[0]) == ["sequence_broken"]
    rows = shop.undeclare(opening, progress, closing)
    assert [(row.outcome, codes(row)) for row in rows] == [
        ("refused", ["already_registered"]),
        ("deleted", []),
        ("deleted", []),
    ]
    assert codes(shop.undeclare(closing)[0]) == ["declaration_not_found"]


def test_R53_R54_R37_the_whole_way_back_ends_where_it_began_and_the_history_knows(shop: Factory) -> None:
    glue = shop.item("GLUE", "manual", by_lot=True)
    nut = shop.item("NUT")
    shop.stock(glue, 30, lot="L")
    shop.stock(nut, 30)
    order = launched(shop, needs(nut, 2), needs(glue, "1.5"))
    before = shop.snapshot(to_the_byte=True)
    shop.release(order)
    declarations = shop.declared(
        order, report("opening"), report("progress", good=6, scrap=1), report("closing", good=4)
    )
    [*_, last] = shop.register(*declarations)
    assert shop.status(order) == "closed"
    [*_, gone] = shop.roll_back(*declarations)
    assert shop.status(order) == "executive"
    shop.undeclare(*declarations)
    shop.restore(order)
    assert shop.snapshot(to_the_byte=True) == before
    history = shop.select("movement_history", order)
    assert {row.declaration_id for row in history} == {None, declarations[1], declarations[2]}
    assert {row.removal_run_id for row in history if row.run_id == last.run_id} == {gone.run_id}
    assert sum(row.quantity for row in history if row.item_code == "GLUE") == Decimal("-16.5")


def test_another_companys_declaration_is_as_unknown_as_one_that_does_not_exist(shop: Factory) -> None:
    [opening] = shop.declared(worked(shop), report("opening"))
    other = Factory(shop.connection, shop.operator, "OTHER")
    for call in (other.register, other.roll_back, other.undeclare, other.preview_registration):
        [row] = call(opening)
        assert (row.declaration_id, row.order_id, codes(row)) == (opening, None, ["declaration_not_found"])
