"""What a release does with an order and its materials (R2 to R9, R22)."""

from decimal import Decimal

import pytest

from tests.factory import MAIN, Factory, codes, needs, outcomes


def test_R2_a_released_order_is_executive_and_its_automatic_materials_are_issued(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.stock(nut, 100)
    order = factory.order(needs(nut, 4), quantity=10)

    [row] = factory.release(order)

    assert (row.ordinal, row.order_id, row.outcome, row.reasons) == (1, order, "released", [])
    assert (row.order_year, row.order_number, row.order_lot) == (2026, 1, 0)
    assert (row.record_count, row.movement_count, row.remainder_order_id) == (1, 1, None)
    assert factory.status(order) == "executive"
    assert factory.order_row(order).release_run_id == row.run_id
    assert factory.moved(order) == [(MAIN, "ISS", nut, None, None, -40)]
    assert factory.balance(nut) == 60


def test_R2_several_orders_are_released_in_one_call(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.stock(nut, 100)
    orders = [factory.order(needs(nut, 4), quantity=quantity) for quantity in (1, 2, 3)]

    rows = factory.release(*orders)

    assert [(row.ordinal, row.order_id, row.outcome) for row in rows] == [
        (place, order, "released") for place, order in enumerate(orders, start=1)
    ]
    assert len({row.run_id for row in rows}) == 1
    assert factory.balance(nut) == 76


def test_R2_an_order_without_materials_is_released_without_records(factory: Factory) -> None:
    order = factory.order()

    [row] = factory.release(order)

    assert (row.outcome, row.record_count, row.movement_count) == ("released", 0, 0)
    assert factory.status(order) == "executive"


def test_R2_nothing_else_of_the_order_changes(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.stock(nut, 100)
    order = factory.order(needs(nut, 4, picked_quantity=1), quantity=10)
    before = factory.order_row(order)._asdict()
    materials = factory.table("production_order_material", order)

    factory.release(order)

    after = factory.order_row(order)._asdict()
    changed = {name for name in before if before[name] != after[name]}
    assert changed - {"changed_at", "changed_by"} == {"status", "release_run_id"}
    assert factory.table("production_order_material", order) == materials


def test_R2_R61_the_order_says_who_changed_it(factory: Factory) -> None:
    order = factory.order()
    factory.release(order)
    assert factory.order_row(order).changed_by == factory.operator


@pytest.mark.parametrize("picking", ["with_list", "manual"])
def test_R9_materials_picked_by_list_or_by_hand_stay_where_they_are(factory: Factory, picking: str) -> None:
    by_hand, nut = factory.item("BY_HAND", picking), factory.item("NUT")
    factory.stock(nut, 10)
    order = factory.order(needs(by_hand), needs(nut))

    [row] = factory.release(order)

    assert (row.outcome, row.movement_count) == ("released", 1)
    assert [m.item_code for m in factory.movements(order)] == [nut]


def test_R3_the_picking_type_is_the_items_own_when_the_order_is_released(factory: Factory) -> None:
    nut = factory.item("NUT", "manual")
    factory.stock(nut, 10)
    first, second = factory.order(needs(nut, 2)), factory.order(needs(nut, 3))

    factory.release(first)
    factory.pick(nut, "automatic")
    factory.release(second)
    factory.pick(nut, "with_list")

    assert factory.movements(first) == []
    assert [m.quantity for m in factory.movements(second)] == [-3]
    [line] = factory.select("movement_history", second)
    assert line.picking_type == "automatic"


def test_R4_a_material_flagged_not_movable_is_not_moved(factory: Factory) -> None:
    nut = factory.item("NUT")
    order = factory.order(needs(nut, movable=False))
    [row] = factory.release(order)
    assert (row.outcome, row.movement_count) == ("released", 0)


def test_R4_a_phantom_is_not_moved(factory: Factory) -> None:
    phantom = factory.item("PHANTOM", phantom=True)
    [row] = factory.release(factory.order(needs(phantom)))
    assert (row.outcome, row.movement_count) == ("released", 0)


@pytest.mark.parametrize(
    "zero",
    [
        needs("ODD", 0),
        needs("ODD", "0.0004"),  # rounds to zero (R21)
        needs("ODD", 2, picked_quantity=2),  # all picked (R6)
        needs("ODD", 2, picked_quantity=5),
        needs("ODD", -2, picked_quantity=2),
        needs("ODD", 1, movable=False),
    ],
)
def test_R4_a_row_that_does_not_move_needs_neither_parameters_nor_a_warehouse(factory: Factory, zero: object) -> None:
    factory.item("ODD", None)
    factory.no_rule("raw_material")
    factory.no_rule("semi_finished")
    [row] = factory.release(factory.order(zero))  # type: ignore[arg-type]
    assert (row.outcome, row.movement_count, row.reasons) == ("released", 0, [])


def test_R5_a_by_product_is_loaded_with_the_load_reason_of_the_section(factory: Factory) -> None:
    chips = factory.item("CHIPS")
    order = factory.order(needs(chips, "-0.5"), quantity=5)

    [row] = factory.release(order)

    assert (row.outcome, row.movement_count) == ("released", 1)
    assert factory.moved(order) == [(MAIN, "LOA", chips, None, None, Decimal("2.5"))]
    assert factory.balance(chips) == Decimal("2.5")


def test_R5_R6_of_a_by_product_only_what_is_not_yet_picked_is_loaded(factory: Factory) -> None:
    chips = factory.item("CHIPS")
    order = factory.order(needs(chips, -2, picked_quantity=3), quantity=5)
    factory.release(order)
    assert factory.moved(order) == [(MAIN, "LOA", chips, None, None, 7)]


def test_R5_a_by_products_own_reason_must_load(factory: Factory) -> None:
    chips = factory.item("CHIPS")
    issuing = factory.order(needs(chips, -1, warehouse=MAIN, reason="ISS"))
    loading = factory.order(needs(chips, -1, warehouse=MAIN, reason="LOA"))

    rows = factory.release(issuing, loading)

    assert outcomes(rows) == ["refused", "released"]
    assert codes(rows[0]) == ["reason_unusable"]
    assert factory.moved(loading) == [(MAIN, "LOA", chips, None, None, 1)]


def test_R5_a_by_product_of_a_lot_item_goes_into_the_lots_of_the_row(factory: Factory) -> None:
    chips = factory.item("CHIPS", by_lot=True)
    factory.stock(chips, 5, lot="B")
    order = factory.order(needs(chips, -4, lots={"B": 1, "A": 3}))

    factory.release(order)

    assert factory.moved(order) == [(MAIN, "LOA", chips, "A", None, 3), (MAIN, "LOA", chips, "B", None, 1)]
    assert (factory.balance(chips, lot="A"), factory.balance(chips, lot="B")) == (3, 6)
    assert factory.commitments(order) == {}


def test_R5_lots_of_a_by_product_that_do_not_cover_it_refuse_it(factory: Factory) -> None:
    chips = factory.item("CHIPS", by_lot=True)
    factory.stock(chips, 50, lot="Z")
    [row] = factory.release(factory.order(needs(chips, -4, lots={"A": 3})))
    assert row.outcome == "refused"
    assert [(r["code"], r["required"], r["available"]) for r in row.reasons] == [("lot_required", 4, 3)]


def test_R5_R26_a_by_product_may_go_into_a_lot_that_could_not_be_issued(factory: Factory) -> None:
    chips = factory.item("CHIPS", by_lot=True)
    factory.lot(chips, "A", state="unavailable", sellable=False)
    order = factory.order(needs(chips, -4, lots={"A": 4}))
    assert outcomes(factory.release(order)) == ["released"]
    assert factory.balance(chips, lot="A") == 4


def test_R6_what_is_already_picked_is_not_issued_again(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.stock(nut, 100)
    order = factory.order(needs(nut, 4, picked_quantity=15), quantity=10)
    factory.release(order)
    assert factory.moved(order) == [(MAIN, "ISS", nut, None, None, -25)]


def test_R7_orders_are_served_in_the_order_asked(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.stock(nut, 10)
    small, large = factory.order(needs(nut, 6)), factory.order(needs(nut, 7))

    rows = factory.release(large, small)

    assert [(row.order_id, row.outcome) for row in rows] == [(large, "released"), (small, "refused")]
    assert [(r["code"], r["required"], r["available"]) for r in rows[1].reasons] == [("insufficient_stock", 6, 3)]
    assert factory.balance(nut) == 3


def test_R7_an_order_asked_twice_counts_once_at_its_first_place(factory: Factory) -> None:
    first, second, third = factory.order(), factory.order(), factory.order()
    rows = factory.release(second, first, second, third, first)
    assert [(row.ordinal, row.order_id) for row in rows] == [(1, second), (2, first), (3, third)]
    assert outcomes(rows) == ["released"] * 3


def test_R8_a_refused_order_takes_nothing_and_the_others_go_on(factory: Factory) -> None:
    nut, bolt = factory.item("NUT"), factory.item("BOLT")
    factory.stock(nut, 10)
    factory.stock(bolt, 1)
    short = factory.order(needs(nut, 8), needs(bolt, 2))
    other = factory.order(needs(nut, 10))

    rows = factory.release(short, other)

    assert outcomes(rows) == ["refused", "released"]
    assert (rows[0].record_count, rows[0].movement_count) == (0, 0)
    assert factory.status(short) == "launched"
    assert (factory.balance(nut), factory.balance(bolt)) == (0, 1)


def test_R8_a_refused_order_has_all_its_reasons_at_once(factory: Factory) -> None:
    factory.parameters(period_start="2026-01-01", period_end="2026-01-31")
    factory.warehouse("OLD", valid_until="2021-01-01")
    factory.reason(MAIN, "BAD", "issue", usable_in_production=False)
    new, scarce, lots = factory.item("NEW", None), factory.item("SCARCE"), factory.item("LOTS", by_lot=True)
    chosen, made = (
        factory.item("CHOSEN", by_lot=True, lot_policy="manual"),
        factory.item("MADE", procurement="production"),
    )
    factory.no_rule("semi_finished")
    order = factory.order(
        needs(new),
        needs(made),
        needs(scarce, 2),
        needs(scarce, 1, warehouse=MAIN, reason="BAD"),
        needs(scarce, 1, warehouse="OLD"),
        needs(lots, 3),
        needs(chosen, 4),
    )

    [row] = factory.release(order, on="2026-02-01")  # type: ignore[arg-type]

    assert codes(row)[0] == "period_closed"
    assert {(r["code"], r["item_code"], r["warehouse_code"]) for r in row.reasons} == {
        ("period_closed", None, None),
        ("mrp_parameters_missing", new, None),
        ("warehouse_unresolved", made, None),
        ("insufficient_stock", scarce, MAIN),
        ("reason_unusable", scarce, MAIN),
        ("warehouse_expired", scarce, "OLD"),
        ("insufficient_stock", scarce, "OLD"),
        ("lot_unavailable", lots, MAIN),
        ("lot_required", chosen, MAIN),
    }


def test_R8_all_or_none_leaves_every_order_as_it_is(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.stock(nut, 10)
    good, bad, fine = factory.order(needs(nut, 4)), factory.order(needs(nut, 70)), factory.order()
    before = factory.everything()

    rows = factory.release(good, bad, fine, all_or_none=True)

    assert outcomes(rows) == ["refused"] * 3
    assert [codes(row) for row in rows] == [["all_or_none"], ["insufficient_stock"], ["all_or_none"]]
    assert [(row.record_count, row.movement_count) for row in rows] == [(0, 0)] * 3
    assert factory.everything() == before


def test_R8_all_or_none_splits_nothing_when_one_order_is_refused(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.stock(nut, 10)
    split = factory.order(needs(nut, 1), quantity=12)
    before = factory.everything()
    rows = factory.release(split, 999_999_999, all_or_none=True, on_shortage="split")
    assert [codes(row) for row in rows] == [["all_or_none"], ["order_not_found"]]
    assert [row.remainder_order_id for row in rows] == [None, None]
    assert factory.everything() == before


def test_R8_all_or_none_releases_when_every_order_can_go(factory: Factory) -> None:
    orders = [factory.order(), factory.order()]
    assert outcomes(factory.release(*orders, all_or_none=True)) == ["released"] * 2


def test_R22_the_same_item_may_stand_in_several_rows_and_each_is_a_movement(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.stock(nut, 10)
    order = factory.order(needs(nut, 3, priority=2), needs(nut, 4, priority=1))
    [row] = factory.release(order)
    assert (row.record_count, row.movement_count) == (1, 2)
    assert [(m.line, m.material_line, m.quantity) for m in factory.movements(order)] == [(1, 1, -3), (2, 2, -4)]


def test_R22_R15_two_rows_of_an_item_share_the_stock_by_line_number(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.stock(nut, 10)
    order = factory.order(needs(nut, 7, line=20), needs(nut, 6, line=10))

    [row] = factory.release(order)

    assert [(r["code"], r["required"], r["available"]) for r in row.reasons] == [("insufficient_stock", 7, 4)]


def test_R2_a_variant_has_stock_of_its_own(factory: Factory) -> None:
    shirt = factory.item("SHIRT")
    factory.variant(shirt, "RED")
    factory.variant(shirt, "BLUE")
    factory.stock(shirt, 5, variant="RED")
    factory.stock(shirt, 5)
    red, blue = factory.order(needs(shirt, 5, variant="RED")), factory.order(needs(shirt, 1, variant="BLUE"))

    rows = factory.release(red, blue)

    assert outcomes(rows) == ["released", "refused"]
    assert [m.variant_code for m in factory.movements(red)] == ["RED"]
    [reason] = rows[1].reasons
    assert (reason["code"], reason["item_code"], reason["variant_code"]) == ("insufficient_stock", shirt, "BLUE")
    assert factory.balance(shirt) == 5
