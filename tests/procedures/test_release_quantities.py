"""How much is needed, and what becomes of an order that stock does not cover (R21, R23, R24)."""

from decimal import Decimal
from typing import Any

import pytest

from tests.factory import MAIN, Factory, Material, Quantity, codes, day, needs, outcomes, phase, report

SHORTAGE = "insufficient_stock"


def issued(factory: Factory, order: int) -> list[Quantity]:
    """Return what each line of the order's records issued."""
    return [-m.quantity for m in factory.movements(order)]


@pytest.mark.parametrize(
    ("material", "decimals", "quantity", "expected"),
    [
        (needs("NUT", "1.5"), 3, 4, "6"),
        (needs("NUT", "1.5", fixed=True), 3, 4, "1.5"),
        (needs("NUT", 2, scrap_percent="12.5"), 3, 4, "9"),
        (needs("NUT", 2, scrap_percent="12.5", fixed=True), 3, 4, "2.25"),
        (needs("NUT", "0.125"), 2, 1, "0.13"),
        (needs("NUT", "0.124999"), 2, 1, "0.12"),
        (needs("NUT", "2.5"), 0, 1, "3"),
        (needs("NUT", "0.5"), 0, 1, "1"),
        (needs("NUT", "0.004"), 2, 3, "0.01"),  # rounded once, on the total
        (needs("NUT", "0.5"), 0, 3, "2"),
        (needs("NUT", "0.3333333333", scrap_percent="0.5"), 10, 3, "1.0049999999"),
        (needs("NUT", "123456789012345"), 0, 3, "370370367037035"),
        (needs("NUT", "-0.125"), 2, 1, "-0.13"),
        (needs("NUT", -2, scrap_percent=10), 3, 3, "-6.6"),
    ],
)
def test_R21_required_is_unit_times_order_times_scrap_rounded_half_away_from_zero(
    factory: Factory, material: Material, decimals: int, quantity: int, expected: str
) -> None:
    nut = factory.item("NUT", decimals=decimals)
    factory.stock(nut, "999999999999999")
    order = factory.order(material, quantity=quantity)
    factory.release(order)
    assert issued(factory, order) == [Decimal(expected)]


def split(factory: Factory, order: int, **values: Any) -> tuple[Quantity, Quantity]:
    """Release an order that is split, and return the quantities of the two."""
    [row] = factory.release(order, on_shortage="split", **values)
    assert (row.outcome, row.reasons) == ("split", [])
    return factory.order_row(order).quantity, factory.order_row(row.remainder_order_id).quantity


def test_R23_an_order_that_stock_covers_in_part_becomes_two(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.stock(nut, 13)
    order = factory.order(needs(nut, 2), quantity=10)

    [row] = factory.release(order, on_shortage="split")

    assert (row.outcome, row.record_count, row.movement_count, row.reasons) == ("split", 1, 1, [])
    first, rest = factory.order_row(order), factory.order_row(row.remainder_order_id)
    assert (first.order_lot, first.status, first.quantity) == (0, "executive", 6)
    assert (rest.order_lot, rest.status, rest.quantity) == (1, "launched", 4)
    assert (rest.order_year, rest.order_number) == (first.order_year, first.order_number)
    assert (rest.release_run_id, rest.produced_quantity) == (None, 0)
    assert issued(factory, order) == [12]
    assert factory.balance(nut) == 1


@pytest.mark.parametrize(
    ("parameter", "asked", "outcome"),
    [(False, None, "refused"), (True, None, "split"), (False, "split", "split"), (True, "refuse", "refused")],
)
def test_R23_the_company_decides_whether_orders_are_split_unless_the_call_does(
    factory: Factory, parameter: bool, asked: str | None, outcome: str
) -> None:
    factory.parameters(split_on_shortage=parameter)
    nut = factory.item("NUT")
    factory.stock(nut, 3)
    assert outcomes(factory.release(factory.order(needs(nut), quantity=5), on_shortage=asked)) == [outcome]


def test_R23_an_order_that_stock_covers_is_not_split_whatever_its_decimals(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.stock(nut, "2.5")
    order = factory.order(needs(nut), quantity="2.5")
    [row] = factory.release(order, on_shortage="split")
    assert (row.outcome, row.remainder_order_id) == ("released", None)
    assert issued(factory, order) == [Decimal("2.5")]


def test_R23_a_fixed_quantity_is_needed_in_full_by_both(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.stock(nut, 9)
    order = factory.order(needs(nut, 5, fixed=True), needs(nut, 1), quantity=10)
    [row] = factory.release(order, on_shortage="split")
    assert issued(factory, order) == [5, 4]
    factory.stock(nut, 11)
    factory.release(row.remainder_order_id)
    assert issued(factory, row.remainder_order_id) == [5, 6]


def test_R23_a_fixed_quantity_that_stock_does_not_cover_leaves_nothing_to_split(factory: Factory) -> None:
    nut, bolt = factory.item("NUT"), factory.item("BOLT")
    factory.stock(nut, 4)
    factory.stock(bolt, 100)
    [row] = factory.release(factory.order(needs(nut, 5, fixed=True), needs(bolt), quantity=10), on_shortage="split")
    assert codes(row) == [SHORTAGE, "zero_feasible_quantity"]


def test_R23_the_scarcest_material_decides(factory: Factory) -> None:
    nut, bolt = factory.item("NUT"), factory.item("BOLT")
    factory.stock(nut, 100)
    factory.stock(bolt, 7)
    order = factory.order(needs(nut, 3), needs(bolt, 2), quantity=10)
    assert split(factory, order) == (3, 7)
    assert issued(factory, order) == [9, 6]


def test_R23_the_same_item_in_several_rows_counts_together(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.stock(nut, 17)
    order = factory.order(needs(nut, 2), needs(nut, 3), quantity=10)
    assert split(factory, order) == (3, 7)
    assert issued(factory, order) == [6, 9]


@pytest.mark.parametrize(
    ("decimals", "quantity", "unit", "stock", "expected"),
    [
        (0, "10", "3", "20", ("6", "4")),
        (1, "10", "3", "20", ("6.6", "3.4")),
        (3, "10", "3", "20", ("6.666", "3.334")),
        (0, "10.555", "3", "20", ("6", "4.555")),
        (2, "10.555", "3", "31.6", ("10.53", "0.025")),
        (0, "2.5", "1", "2.4", ("2", "0.5")),
        (0, "1000000", "1", "999999", ("999999", "1")),
    ],
)
def test_R23_the_quantity_is_cut_to_the_products_decimals_and_sums_are_exact(
    factory: Factory, decimals: int, quantity: str, unit: str, stock: str, expected: tuple[str, str]
) -> None:
    nut = factory.item("NUT", decimals=6)
    product = factory.item("PRODUCT", decimals=decimals)
    factory.stock(nut, stock)
    order = factory.order(needs(nut, unit), quantity=quantity, item=product)
    parts = split(factory, order)
    assert parts == tuple(map(Decimal, expected))
    assert sum(parts) == Decimal(quantity)


@pytest.mark.parametrize(
    ("decimals", "unit", "scrap", "stock", "expected"),
    [
        (0, "0.5", "10", "3", (6, 4)),  # 6 need round(3.3) = 3, 7 would need round(3.85) = 4
        (0, "0.25", "0", "1", (5, 5)),  # 5 need round(1.25) = 1, 6 would need round(1.5) = 2
        (0, "0.1", "0", "0", (4, 6)),  # 4 need round(0.4) = 0
        (2, "0.333", "1.5", "1", (2, 8)),  # 2 need 0.68, 3 would need 1.01
    ],
)
def test_R23_R21_scrap_and_rounding_decide_on_the_largest_quantity(
    factory: Factory, decimals: int, unit: str, scrap: str, stock: str, expected: tuple[int, int]
) -> None:
    nut = factory.item("NUT", decimals=decimals)
    if Decimal(stock):
        factory.stock(nut, stock)
    order = factory.order(needs(nut, unit, scrap_percent=scrap), quantity=10)
    assert split(factory, order) == expected


def test_R23_R7_only_the_stock_left_by_earlier_orders_counts(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.stock(nut, 10)
    orders = [factory.order(needs(nut), quantity=quantity) for quantity in (6, 6, 6)]

    rows = factory.release(*orders, on_shortage="split")

    assert outcomes(rows) == ["released", "split", "refused"]
    assert factory.order_row(orders[1]).quantity == 4
    assert codes(rows[2]) == [SHORTAGE, "zero_feasible_quantity"]
    assert factory.balance(nut) == 0


def test_R23_with_nothing_feasible_the_order_is_refused_and_left_whole(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.stock(nut, 1)
    order = factory.order(needs(nut, 2), quantity=10)
    before = factory.everything()
    [row] = factory.release(order, on_shortage="split")
    assert (row.outcome, row.remainder_order_id) == ("refused", None)
    assert [(r["code"], r["required"], r["available"]) for r in row.reasons] == [
        (SHORTAGE, 20, 1),
        ("zero_feasible_quantity", None, None),
    ]
    assert factory.everything() == before


@pytest.mark.parametrize("other", ["no parameters", "no warehouse", "bad reason", "expired", "lot required"])
def test_R24_any_other_reason_refuses_and_nothing_is_split(factory: Factory, other: str) -> None:
    nut, bolt = factory.item("NUT"), factory.item("BOLT")
    factory.stock(nut, 5)
    factory.stock(bolt, 100)
    expected = {
        "no parameters": ("mrp_parameters_missing", needs(factory.item("NEW", None))),
        "no warehouse": ("warehouse_unresolved", needs(factory.item("MADE", procurement="production"))),
        "bad reason": ("reason_unusable", needs(bolt, warehouse=MAIN, reason="LOA")),
        "expired": ("warehouse_expired", needs(bolt, warehouse=factory.warehouse("OLD", valid_until=day(-99)))),
        "lot required": ("lot_required", needs(factory.item("CHOSEN", by_lot=True, lot_policy="manual"))),
    }
    factory.stock(bolt, 100, warehouse="OLD")
    factory.no_rule("semi_finished")
    code, material = expected[other]

    [row] = factory.release(factory.order(needs(nut), material, quantity=10), on_shortage="split", on=day(0))

    assert codes(row) == [SHORTAGE, code]


def test_R24_a_closed_period_refuses_and_nothing_is_split(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.stock(nut, 5)
    factory.parameters(period_end=day(0))
    [row] = factory.release(factory.order(needs(nut), quantity=10), on_shortage="split", on=day(1))
    assert codes(row) == ["period_closed", SHORTAGE]


@pytest.mark.parametrize("begun", ["picked", "produced", "declared"])
def test_R24_an_order_on_which_work_has_begun_is_not_split(factory: Factory, begun: str) -> None:
    nut, bolt = factory.item("NUT"), factory.item("BOLT", "manual")
    factory.stock(nut, 5)
    order = factory.order(
        needs(nut), needs(bolt, picked_quantity=1 if begun == "picked" else 0), quantity=10, phases=[phase(10)]
    )
    if begun == "produced":
        factory.change_order(order, produced_quantity=1)
    if begun == "declared":
        factory.enter_declaration(order)

    [row] = factory.release(order, on_shortage="split")

    assert codes(row) == [SHORTAGE, "split_not_possible"]
    assert factory.order_row(order).quantity == 10


def test_R24_an_order_begun_that_stock_covers_is_released(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.stock(nut, 9)
    order = factory.order(needs(nut, picked_quantity=1), quantity=10)
    assert outcomes(factory.release(order, on_shortage="split")) == ["released"]


def test_R24_work_begun_and_nothing_feasible_is_split_not_possible_alone(factory: Factory) -> None:
    nut = factory.item("NUT")
    [row] = factory.release(factory.order(needs(nut, picked_quantity=1), quantity=10), on_shortage="split")
    assert codes(row) == [SHORTAGE, "split_not_possible"]


def test_R24_the_remainder_takes_the_highest_lot_of_the_number_plus_1(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.stock(nut, 3)
    order = factory.order(needs(nut), quantity=5, number=8, order_lot=1)
    factory.order(number=8, order_lot=4)
    factory.order(number=9, order_lot=7)
    [row] = factory.release(order, on_shortage="split")
    assert factory.order_row(order).order_lot == 1
    assert factory.order_row(row.remainder_order_id).order_lot == 5


def test_R24_two_splits_of_one_number_in_a_call_take_lots_in_the_order_asked(factory: Factory) -> None:
    nut, bolt = factory.item("NUT"), factory.item("BOLT")
    factory.stock(nut, 3)
    factory.stock(bolt, 3)
    one = factory.order(needs(nut), quantity=5, number=8, order_lot=0)
    two = factory.order(needs(bolt), quantity=5, number=8, order_lot=1)
    rows = factory.release(two, one, on_shortage="split")
    assert [factory.order_row(row.remainder_order_id).order_lot for row in rows] == [2, 3]


def test_R23_R29_a_remainder_can_be_split_again_and_again(factory: Factory) -> None:
    nut = factory.item("NUT")
    order, parts = factory.order(needs(nut), quantity=10), []
    for _ in range(3):
        factory.stock(nut, 3)
        [row] = factory.release(order, on_shortage="split")
        parts.append(factory.order_row(order))
        order = row.remainder_order_id
    parts.append(factory.order_row(order))
    assert [(part.order_lot, part.quantity, part.status) for part in parts] == [
        (0, 3, "executive"),
        (1, 3, "executive"),
        (2, 3, "executive"),
        (3, 1, "launched"),
    ]
    assert [-movement.quantity for movement in factory.movements(*(part.production_order_id for part in parts))] == [
        3
    ] * 3
    factory.stock(nut, 1)
    assert [-row.quantity for row in factory.preview(order)] == [1]


def test_R23_R5_by_products_are_cut_with_the_order(factory: Factory) -> None:
    nut, chips = factory.item("NUT"), factory.item("CHIPS")
    factory.stock(nut, 4)
    order = factory.order(needs(nut), needs(chips, "-0.5"), quantity=10)
    assert split(factory, order) == (4, 6)
    assert factory.balance(chips) == 2


def test_R23_R13_counterparts_are_cut_with_the_order(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.warehouse("LINE")
    factory.reason(MAIN, "ISS", "issue", counterpart=("LINE", "LOA"))
    factory.stock(nut, 4)
    order = factory.order(needs(nut), quantity=10)
    assert split(factory, order) == (4, 6)
    assert factory.balance(nut, "LINE") == 4


def test_R23_R13_a_short_counterpart_of_a_by_product_splits_the_order(factory: Factory) -> None:
    chips = factory.item("CHIPS")
    factory.warehouse("LINE")
    factory.reason(MAIN, "LOA", "load", counterpart=("LINE", "ISS"))
    factory.stock(chips, 3, warehouse="LINE")
    order = factory.order(needs(chips, -1), quantity=10)
    assert split(factory, order) == (3, 7)
    assert (factory.balance(chips), factory.balance(chips, "LINE")) == (3, 0)


def test_R23_the_split_of_one_order_leaves_stock_for_the_later_ones(factory: Factory) -> None:
    nut, bolt = factory.item("NUT"), factory.item("BOLT")
    factory.stock(nut, 10)
    factory.stock(bolt, 2)
    scarce, later = factory.order(needs(nut), needs(bolt), quantity=10), factory.order(needs(nut, 8))
    assert outcomes(factory.release(scarce, later, on_shortage="split")) == ["split", "released"]
    assert (factory.balance(nut), factory.balance(bolt)) == (0, 0)


# --- figures at the end of their columns -----------------------------------------------------------------------------


def test_R21_a_need_beyond_every_quantity_entered_is_released_and_restored_exactly(factory: Factory) -> None:
    factory.parameters(allow_negative_stock=True)
    factory.change_warehouse(MAIN, allow_negative_stock=True)
    nut = factory.item("NUT")
    most = 10**15 - 1
    factory.stock(nut, most)
    orders = [factory.order(needs(nut, most, scrap_percent=999_900), quantity=most) for _ in range(2)]
    need = most * most * 10_000
    assert [row.quantity for row in factory.preview(*orders)] == [-need, -need]
    assert outcomes(factory.release(*orders)) == ["released", "released"]
    assert factory.balance(nut) == most - 2 * need
    assert outcomes(factory.restore(*orders)) == ["restored", "restored"]
    assert factory.balance(nut) == most


def test_R19_who_would_get_a_record_number_beyond_the_last_is_refused_alone(factory: Factory) -> None:
    factory.warehouse("LINE")
    factory.reason(MAIN, "ISS", "issue", counterpart=("LINE", "LOA"))
    nut, bolt = factory.item("NUT"), factory.item("BOLT", None)
    factory.stock(nut, 100)
    factory.last_number("LINE", day(0), 2**31 - 3)
    orders = [factory.order(needs(nut, 1)) for _ in range(4)]
    # one that is refused for other reasons takes no number
    orders.insert(1, factory.order(needs(nut, 1), needs(bolt, 1)))

    expected = [[], ["mrp_parameters_missing"], [], ["record_numbers_exhausted"], ["record_numbers_exhausted"]]
    planned = {row.order_id: codes(row) for row in factory.preview(*orders, on=day(0))}
    assert [planned[order] for order in orders] == expected
    rows = factory.release(*orders, on=day(0))
    assert [codes(row) for row in rows] == expected
    assert {row.reasons[0]["warehouse_code"] for row in rows[3:]} == {"LINE"}
    assert factory.balance(nut) == 98
    assert outcomes(factory.release(*orders[3:], on=day(1))) == ["released", "released"]


def test_R52_what_would_be_produced_beyond_the_last_quantity_is_refused_alone(factory: Factory) -> None:
    factory.parameters(over_production_percent=900)
    factory.rule("finished", MAIN)
    huge, small = (factory.order(quantity=quantity, phases=[phase(10)]) for quantity in (6 * 10**14, 5))
    factory.release(huge, small)
    of_huge = factory.declared(huge, report("opening"), *[report("progress", good=6 * 10**14)] * 3)
    of_small = factory.declared(small, report("opening"), report("progress", good=5))
    asked = [*of_huge, *of_small]
    expected = [[], [], ["quantity_out_of_range"], ["sequence_broken"], [], []]
    assert [codes(row) for row in factory.preview_registration(*asked)] == expected
    assert [codes(row) for row in factory.register(*asked)] == expected
    assert factory.order_row(huge).produced_quantity == 6 * 10**14
    assert outcomes(factory.roll_back(*of_huge[:2])) == ["rolled_back", "rolled_back"]
    assert factory.order_row(huge).produced_quantity == 0
