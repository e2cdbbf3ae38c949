"""Preview shows what release and restore would do, and does nothing (R40, section 10)."""

from decimal import Decimal
from typing import Any

import pytest

from tests.factory import MAIN, Factory, day, needs, phase


def planned(rows: list[Any]) -> list[tuple[Any, ...]]:
    """Return the movements that a preview shows, as sorted rows."""
    return sorted(
        (
            row.order_id,
            row.material_line,
            row.item_code,
            row.variant_code or "",
            row.lot_code or "",
            row.location_code or "",
            row.warehouse_code,
            row.reason_code,
            row.resolved_by,
            row.quantity,
        )
        for row in rows
        if row.material_line is not None
    )


def test_R2_preview_has_a_row_per_movement_and_at_least_one_per_order(factory: Factory) -> None:
    nut, bolt = factory.item("NUT"), factory.item("BOLT")
    factory.stock(nut, 10)
    factory.stock(bolt, 10)
    two, none, refused = factory.order(needs(nut, 2), needs(bolt, 3)), factory.order(), factory.order(needs(nut, 99))

    rows = factory.preview(two, none, refused, 999_999_999)

    assert [(r.ordinal, r.order_id, r.outcome, r.feasible_quantity, r.material_line) for r in rows] == [
        (1, two, "released", 1, 1),
        (1, two, "released", 1, 2),
        (2, none, "released", 1, None),
        (3, refused, "refused", 0, None),
        (4, 999_999_999, "refused", 0, None),
    ]
    assert [(r.item_code, r.warehouse_code, r.reason_code, r.resolved_by, r.quantity) for r in rows[:2]] == [
        (nut, MAIN, "ISS", "company", -2),
        (bolt, MAIN, "ISS", "company", -3),
    ]
    assert [[reason["code"] for reason in row.reasons] for row in rows] == [
        [],
        [],
        [],
        ["insufficient_stock"],
        ["order_not_found"],
    ]


def test_R23_preview_of_a_split_tells_what_would_be_released(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.stock(nut, 7)
    order = factory.order(needs(nut, 2), quantity=10)
    [row] = factory.preview(order, on_shortage="split")
    assert (row.outcome, row.feasible_quantity, row.quantity) == ("split", 3, -6)
    [row] = factory.preview(order)
    assert (row.outcome, row.feasible_quantity) == ("refused", 0)
    factory.parameters(split_on_shortage=True)
    [row] = factory.preview(order)
    assert row.outcome == "split"


def test_R15_available_quantity_is_what_the_row_finds_when_its_turn_comes(factory: Factory) -> None:
    nut, chips = factory.item("NUT"), factory.item("CHIPS")
    factory.stock(nut, 10)
    one, two = factory.order(needs(nut, 2), needs(nut, 3), needs(chips, -1)), factory.order(needs(nut, 4))
    rows = factory.preview(one, two)
    assert [(row.quantity, row.available_quantity) for row in rows] == [(-2, 10), (-3, 8), (1, None), (-4, 5)]


def test_R16_available_quantity_counts_later_days(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.stock(nut, 10, on=day(1))
    factory.stock(nut, -4, on=day(9))
    [row] = factory.preview(factory.order(needs(nut, 2)), on=day(5))
    assert row.available_quantity == 6


def test_R25_available_quantity_of_a_lot_item_is_that_of_the_lot(factory: Factory) -> None:
    nut = factory.item("NUT", by_lot=True)
    factory.stock(nut, 2, lot="A")
    factory.stock(nut, 9, lot="B")
    rows = factory.preview(factory.order(needs(nut, 5)))
    assert [(row.lot_code, row.quantity, row.available_quantity) for row in rows] == [("A", -2, 2), ("B", -3, 9)]


def mixed(factory: Factory) -> list[int]:
    """Make orders of every kind over a warehouse with counterparts, locations, lots and scarce stock."""
    factory.warehouse("LINE")
    factory.reason(MAIN, "MIR", "issue", counterpart=("LINE", "LOA"))
    nut, bolt, chips = factory.item("NUT"), factory.item("BOLT", by_lot=True), factory.item("CHIPS")
    factory.variant(nut, "RED")
    factory.location("A")
    factory.keep(nut, "A")
    factory.stock(nut, 20)
    factory.stock(nut, 20, variant="RED")
    for code, quantity in (("L1", 3), ("L2", 4)):
        factory.stock(bolt, quantity, lot=code)
    return [
        factory.order(needs(nut, 2), needs(bolt, 1), needs(chips, "-0.25"), quantity=3),
        factory.order(needs(nut, 3, variant="RED"), needs(bolt, 1, lots={"L2": 1}), quantity=2),
        factory.order(needs(bolt, 2), quantity=9),
        factory.order(needs(nut, 1, warehouse=MAIN, reason="MIR"), quantity=4),
        factory.order(needs(bolt, 1), quantity=1),
        factory.order(needs(nut, 99)),
    ]


@pytest.mark.parametrize("on_shortage", ["refuse", "split"])
def test_R8_preview_is_exactly_what_release_then_does(factory: Factory, on_shortage: str) -> None:
    orders = mixed(factory)
    preview = factory.preview(*orders, on=day(0), on_shortage=on_shortage)

    rows = factory.release(*orders, on=day(0), on_shortage=on_shortage)

    shown = {row.ordinal: (row.order_id, row.outcome, row.reasons) for row in preview}
    assert shown == {row.ordinal: (row.order_id, row.outcome, row.reasons) for row in rows}
    assert planned(preview) == planned(factory.movements(*orders))
    for row in preview:
        if row.outcome != "refused":
            assert factory.order_row(row.order_id).quantity == row.feasible_quantity


def test_R31_preview_of_a_restore_is_exactly_what_restore_then_does(factory: Factory) -> None:
    orders = mixed(factory)
    factory.release(*orders, on_shortage="split")
    asked = [999_999_999, *orders]
    preview = factory.preview_restore(*asked)
    rows = factory.restore(*asked)
    assert [(p.ordinal, p.order_id, p.outcome, p.movement_count, p.reasons) for p in preview] == [
        (r.ordinal, r.order_id, r.outcome, r.movement_count, r.reasons) for r in rows
    ]


def test_R8_preview_changes_nothing_and_needs_no_right_to_write(factory: Factory) -> None:
    orders = mixed(factory)
    before = factory.snapshot(leaving_out=set())
    balances = factory.table("stock_balance")
    with factory.connection.transaction(force_rollback=True):
        factory.connection.execute("set local transaction_read_only = on")
        assert len(factory.preview(*orders, on_shortage="split")) > len(orders)
        assert len(factory.preview_restore(*orders)) == len(orders)
    assert factory.snapshot(leaving_out=set()) == before
    assert factory.table("stock_balance") == balances


def test_R7_preview_counts_duplicates_once(factory: Factory) -> None:
    one, two = factory.order(), factory.order()
    assert [(row.ordinal, row.order_id) for row in factory.preview(two, one, two)] == [(1, two), (2, one)]
    assert [(row.ordinal, row.order_id) for row in factory.preview_restore(two, one, two)] == [(1, two), (2, one)]


def test_R32_preview_of_a_restore_tells_what_stands_against_it(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.stock(nut, 10)
    free, declared = factory.order(needs(nut), needs(nut)), factory.order(needs(nut), phases=[phase(10)])
    factory.release(free, declared)
    factory.enter_declaration(declared)
    rows = factory.preview_restore(free, declared)
    assert [(row.outcome, row.movement_count, [r["code"] for r in row.reasons]) for row in rows] == [
        ("restored", 2, []),
        ("refused", 0, ["declarations_exist"]),
    ]


def test_R21_preview_shows_the_rounded_quantity(factory: Factory) -> None:
    nut = factory.item("NUT", decimals=2)
    factory.stock(nut, 10)
    [row] = factory.preview(factory.order(needs(nut, "0.125")))
    assert row.quantity == Decimal("-0.13")
