"""What stock covers: below zero, backdated, by location (R15 to R17)."""

import pytest

from tests.factory import MAIN, Factory, day, needs, outcomes


def test_R15_stock_may_be_taken_to_exactly_zero(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.stock(nut, "0.1")
    factory.stock(nut, "0.2")
    assert outcomes(factory.release(factory.order(needs(nut, "0.3")))) == ["released"]
    assert factory.balance(nut) == 0


def test_R15_an_item_never_stocked_anywhere_is_short_by_all_of_it(factory: Factory) -> None:
    nut = factory.item("NUT")
    [row] = factory.release(factory.order(needs(nut, 4)))
    assert [(r["code"], r["required"], r["available"]) for r in row.reasons] == [("insufficient_stock", 4, 0)]


def test_R15_a_by_product_does_not_help_an_order_that_has_stock_for_part_of_its_need(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.stock(nut, 5)
    fits, short = factory.order(needs(nut, -3), needs(nut, 5)), factory.order(needs(nut, 4))
    rows = factory.release(fits, short)
    assert outcomes(rows) == ["released", "refused"]
    assert rows[1].reasons[0]["available"] == 3


def test_R15_R13_what_an_earlier_order_carries_over_a_later_order_may_use(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.warehouse("LINE")
    factory.reason(MAIN, "ISS", "issue", counterpart=("LINE", "LOA"))
    factory.stock(nut, 5)
    moved, used = factory.order(needs(nut, 5)), factory.order(needs(nut, 5, warehouse="LINE"))
    assert outcomes(factory.release(used)) == ["refused"]
    assert outcomes(factory.release(moved, used)) == ["released", "released"]
    assert factory.balance(nut, "LINE") == 0


def test_R15_R27_a_lot_that_an_earlier_order_carries_over_a_later_order_may_use(factory: Factory) -> None:
    nut = factory.item("NUT", by_lot=True)
    factory.warehouse("LINE")
    factory.reason(MAIN, "ISS", "issue", counterpart=("LINE", "LOA"))
    factory.stock(nut, 5, lot="A")
    moved, used = factory.order(needs(nut, 5)), factory.order(needs(nut, 4, warehouse="LINE"))
    assert outcomes(factory.release(moved, used)) == ["released", "released"]
    assert factory.balance(nut, "LINE", lot="A") == 1


def test_R15_R5_a_lot_that_an_earlier_order_loads_a_later_order_may_use(factory: Factory) -> None:
    nut = factory.item("NUT", by_lot=True)
    giver, taker = factory.order(needs(nut, -5, lots={"A": 5})), factory.order(needs(nut, 4))
    assert outcomes(factory.release(giver, taker)) == ["released", "released"]
    assert factory.balance(nut, lot="A") == 1


def test_R16_a_backdated_issue_must_not_make_a_later_day_negative(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.stock(nut, 10, on=day(1))
    factory.stock(nut, -7, on=day(5))
    too_much, fits = factory.order(needs(nut, 5)), factory.order(needs(nut, 3))

    rows = factory.release(too_much, fits, on=day(3))

    assert [(r["code"], r["required"], r["available"]) for r in rows[0].reasons] == [("later_stock_negative", 5, 3)]
    assert rows[1].outcome == "released"
    assert factory.balance(nut) == 0


def test_R16_the_smallest_of_all_later_days_counts_even_if_stock_comes_in_after_it(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.stock(nut, 10, on=day(1))
    factory.stock(nut, -8, on=day(5))
    factory.stock(nut, 90, on=day(6))
    order = factory.order(needs(nut, 3))
    [row] = factory.release(order, on=day(4))
    assert [(r["code"], r["available"]) for r in row.reasons] == [("later_stock_negative", 2)]
    assert outcomes(factory.release(order, on=day(6))) == ["released"]


def test_R16_movements_of_the_record_date_itself_count(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.stock(nut, 10, on=day(3))
    factory.stock(nut, -6, on=day(3))
    [row] = factory.release(factory.order(needs(nut, 5)), on=day(3))
    assert [(r["code"], r["available"]) for r in row.reasons] == [("insufficient_stock", 4)]


def test_R16_the_shortage_on_the_date_is_told_before_one_on_a_later_date(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.stock(nut, 10, on=day(1))
    factory.stock(nut, -7, on=day(5))
    [row] = factory.release(factory.order(needs(nut, 11)), on=day(3))
    assert [(r["code"], r["required"], r["available"]) for r in row.reasons] == [("insufficient_stock", 11, 10)]


def test_R16_R25_short_lots_are_lot_unavailable_on_whatever_date(factory: Factory) -> None:
    nut = factory.item("NUT", by_lot=True)
    factory.stock(nut, 10, lot="A", on=day(1))
    factory.stock(nut, -7, lot="A", on=day(5))
    [row] = factory.release(factory.order(needs(nut, 5)), on=day(3))
    assert [(r["code"], r["required"], r["available"]) for r in row.reasons] == [("lot_unavailable", 5, 3)]


def test_R16_R23_a_backdated_split_keeps_what_every_later_day_can_bear(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.stock(nut, 10, on=day(1))
    factory.stock(nut, -7, on=day(5))
    order = factory.order(needs(nut, 1), quantity=8)
    [row] = factory.release(order, on=day(3), on_shortage="split")
    assert row.outcome == "split"
    assert factory.order_row(order).quantity == 3


def test_R17_where_the_warehouse_checks_by_location_the_lines_location_must_have_the_stock(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.change_warehouse(MAIN, check_location=True)
    for place, quantity in (("A", 2), ("B", 10)):
        factory.location(place)
        factory.stock(nut, quantity, location=place)
    factory.keep(nut, "A")
    by_map, of_row = factory.order(needs(nut, 5)), factory.order(needs(nut, 5, warehouse=MAIN, location="B"))

    rows = factory.release(by_map, of_row)

    assert [(r["code"], r["required"], r["available"]) for r in rows[0].reasons] == [("insufficient_stock", 5, 2)]
    assert rows[1].outcome == "released"
    assert factory.balance(nut, location="B") == 5


def test_R17_a_line_without_location_is_checked_against_what_lies_in_none(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.change_warehouse(MAIN, check_location=True)
    factory.location("A")
    factory.stock(nut, 10, location="A")
    factory.stock(nut, 1)
    [row] = factory.release(factory.order(needs(nut, 2)))
    assert [(r["code"], r["available"]) for r in row.reasons] == [("insufficient_stock", 1)]


@pytest.mark.parametrize("by_location", [False, True])
def test_R17_stock_in_a_blocked_location_is_not_available(factory: Factory, by_location: bool) -> None:
    nut = factory.item("NUT")
    factory.change_warehouse(MAIN, check_location=by_location)
    factory.location("SHUT", blocked=True)
    factory.keep(nut, "SHUT")
    factory.stock(nut, 10, location="SHUT")
    factory.stock(nut, 1)
    [row] = factory.release(factory.order(needs(nut, 2)))
    assert [(r["code"], r["available"]) for r in row.reasons] == [("insufficient_stock", 1)]


def test_R17_R16_later_days_are_checked_per_location_too(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.change_warehouse(MAIN, check_location=True)
    for place in ("A", "B"):
        factory.location(place)
        factory.stock(nut, 10, location=place, on=day(1))
    factory.stock(nut, -7, location="A", on=day(5))
    from_a = factory.order(needs(nut, 5, warehouse=MAIN, location="A"))
    from_b = factory.order(needs(nut, 5, warehouse=MAIN, location="B"))
    factory.stock(nut, 10, on=day(1))
    factory.stock(nut, -8, on=day(5))
    from_none = factory.order(needs(nut, 5))
    rows = factory.release(from_a, from_b, from_none, on=day(3))
    assert [(r["code"], r["available"]) for r in rows[0].reasons] == [("later_stock_negative", 3)]
    assert rows[1].outcome == "released"
    assert [(r["code"], r["available"]) for r in rows[2].reasons] == [("later_stock_negative", 2)]


def test_R16_movements_in_a_blocked_location_weigh_on_no_later_day(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.location("SHUT", blocked=True)
    factory.stock(nut, 10, on=day(1))
    factory.stock(nut, 10, location="SHUT", on=day(1))
    factory.stock(nut, -9, location="SHUT", on=day(5))
    assert outcomes(factory.release(factory.order(needs(nut, 10)), on=day(3))) == ["released"]


def test_R15_every_row_of_scarce_stock_is_checked_even_where_warehouses_differ(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.warehouse("FAR")
    factory.stock(nut, 3)
    factory.stock(nut, 1, warehouse="FAR")
    [row] = factory.release(factory.order(needs(nut, 4), needs(nut, 2, warehouse="FAR")))
    assert [(r["code"], r["warehouse_code"], r["required"], r["available"]) for r in row.reasons] == [
        ("insufficient_stock", MAIN, 4, 3),
        ("insufficient_stock", "FAR", 2, 1),
    ]


@pytest.mark.parametrize("lot", [None, "A"])
def test_R7_R15_each_variant_is_taken_from_stock_of_its_own_however_scarce_the_others_are(
    factory: Factory, lot: str | None
) -> None:
    nut = factory.item("NUT", by_lot=lot is not None)
    for variant, quantity in (("M8", 8), ("M10", 11)):
        factory.variant(nut, variant)
        factory.stock(nut, quantity, lot=lot, variant=variant)
    wanted = [[("M8", 6), ("M10", 3)], [("M8", 6)], [("M10", 8)], [("M10", 1)]]
    orders = [factory.order(*[needs(nut, number, variant=variant) for variant, number in of]) for of in wanted]
    rows = factory.release(*orders)
    assert outcomes(rows) == ["released", "refused", "released", "refused"]
    assert [(r["variant_code"], r["required"], r["available"]) for row in rows for r in row.reasons] == [
        ("M8", 6, 2),
        ("M10", 1, 0),
    ]
    assert factory.moved(orders[0])
    assert [(m.variant_code, m.quantity) for m in factory.movements(orders[0])] == [("M8", -6), ("M10", -3)]


def test_R7_R25_lots_that_an_earlier_order_carries_over_take_their_place_in_the_policy(factory: Factory) -> None:
    """In one call as in two, the older lot goes first, though the warehouse has enough of the newer one."""
    nut = factory.item("NUT", by_lot=True)
    factory.warehouse("LINE")
    factory.reason(MAIN, "ISS", "issue", counterpart=("LINE", "LOA"))
    factory.lot(nut, "OLD", start_date=day(1))
    factory.lot(nut, "NEW", start_date=day(5))
    factory.stock(nut, 5, lot="OLD")
    factory.stock(nut, 10, lot="NEW", warehouse="LINE")
    giver, taker = factory.order(needs(nut, 5)), factory.order(needs(nut, 3, warehouse="LINE"))
    with factory.connection.transaction(force_rollback=True):
        factory.release(giver)
        factory.release(taker)
        assert factory.lots_of(taker) == [("OLD", 3)]

    factory.release(giver, taker)

    assert factory.lots_of(taker) == [("OLD", 3)]


@pytest.mark.parametrize("number", [20, 70])
def test_R7_many_orders_at_once_end_as_one_by_one(factory: Factory, number: int) -> None:
    nut, scarce, plenty = factory.item("NUT"), factory.item("L", by_lot=True), factory.item("P", by_lot=True)
    factory.warehouse("LINE")
    factory.reason(MAIN, "MIR", "issue", counterpart=("LINE", "LOA"))
    factory.stock(nut, number * 3)
    for place in range(10):
        factory.stock(scarce, max(number // 12, 1), lot=f"L{place}")
        factory.stock(plenty, number, lot=f"P{place}")
    factory.stock(scarce, 1, lot="LAST")
    orders = [
        factory.order(
            needs(nut),
            needs(scarce, "0.5"),
            needs(plenty),
            needs(nut, 1, warehouse=MAIN, reason="MIR"),
            quantity=1 + place % 4,
        )
        for place in range(number)
    ]
    with factory.connection.transaction(force_rollback=True):
        single = [factory.release(order, on_shortage="split", on=day(0))[0].outcome for order in orders]
        moved = [factory.moved(order) for order in orders]
    assert outcomes(factory.release(*orders, on_shortage="split", on=day(0))) == single
    assert set(single) == {"released", "split", "refused"}
    assert [factory.moved(order) for order in orders] == moved
