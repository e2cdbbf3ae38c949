"""Lots: which are taken, which are not, and what commitments mean (R25 to R28)."""

import re
from typing import Any

import pytest

from tests.factory import LONG_AGO, MAIN, Factory, codes, day, needs, outcomes, phase


def nuts(factory: Factory, **values: Any) -> str:
    """Make the lot item NUT."""
    return factory.item("NUT", by_lot=True, **values)


def stocked(factory: Factory, item: str, code: str, quantity: int, **values: Any) -> None:
    """Make a lot with stock."""
    factory.lot(item, code, **values)
    factory.stock(item, quantity, lot=code)


POLICIES = {
    "fifo": ["FIRST", "SECOND", "THIRD", "DATELESS"],
    "expiry": ["SECOND", "THIRD", "FIRST", "DATELESS"],
    "manual": [],
}
"""By policy: the order in which lots are taken that differ in all that a policy may look at."""


def test_R25_every_policy_has_an_order_of_its_own(factory: Factory) -> None:
    """A policy that the table knows and the plan does not would take lots like another one."""
    words = factory.connection.execute(
        "select pg_get_constraintdef(oid) from pg_constraint where conname = 'item_lot_policy_known'"
    ).fetchall()
    assert set(re.findall(r"'(\w+)'", str(words))) == POLICIES.keys()
    assert len(set(map(tuple, POLICIES.values()))) == len(POLICIES)


@pytest.mark.parametrize(("policy", "expected"), POLICIES.items())
def test_R25_lots_are_taken_in_the_order_of_the_policy(factory: Factory, policy: str, expected: list[str]) -> None:
    nut = nuts(factory, lot_policy=policy)
    stocked(factory, nut, "DATELESS", 1)
    stocked(factory, nut, "THIRD", 1, start_date=day(3), expiry_date=day(70))
    stocked(factory, nut, "FIRST", 1, start_date=day(1), expiry_date=day(80))
    stocked(factory, nut, "SECOND", 1, start_date=day(2), expiry_date=day(60))
    taken = []
    for _ in range(4):
        order = factory.order(needs(nut))
        factory.release(order, on=day(10))
        taken += [lot for lot, _ in factory.lots_of(order)]
    assert taken == expected


def test_R25_fifo_takes_lots_by_start_date_nulls_last_then_code(factory: Factory) -> None:
    nut = nuts(factory, lot_policy="fifo")
    stocked(factory, nut, "A", 1)
    stocked(factory, nut, "B", 1, start_date=day(3))
    stocked(factory, nut, "D", 1, start_date=day(1), expiry_date=day(90))
    stocked(factory, nut, "C", 1, start_date=day(1), expiry_date=day(99))
    stocked(factory, nut, "b", 1, start_date=day(3))
    order = factory.order(needs(nut, 5))
    factory.release(order, on=day(10))
    assert [lot for lot, _ in sorted(factory.lots_of(order))] == ["A", "B", "C", "D", "b"]
    one_by_one = []
    factory.restore(order)
    for _ in range(5):
        single = factory.order(needs(nut))
        factory.release(single, on=day(10))
        one_by_one += [lot for lot, _ in factory.lots_of(single)]
    assert one_by_one == ["C", "D", "B", "b", "A"]


def test_R25_expiry_takes_lots_by_expiry_date_nulls_last_then_start_then_code(factory: Factory) -> None:
    nut = nuts(factory, lot_policy="expiry")
    stocked(factory, nut, "NEVER", 1, start_date=day(0))
    stocked(factory, nut, "LATE", 1, expiry_date=day(90), start_date=day(0))
    stocked(factory, nut, "SOON_2", 1, expiry_date=day(60), start_date=day(2))
    stocked(factory, nut, "SOON_1", 1, expiry_date=day(60), start_date=day(1))
    stocked(factory, nut, "SOON_0", 1, expiry_date=day(60), start_date=day(2))
    stocked(factory, nut, "SOON_X", 1, expiry_date=day(60))
    taken = []
    for _ in range(6):
        order = factory.order(needs(nut))
        factory.release(order, on=day(10))
        taken += [lot for lot, _ in factory.lots_of(order)]
    assert taken == ["SOON_1", "SOON_0", "SOON_2", "SOON_X", "LATE", "NEVER"]


def test_R25_several_orders_at_once_take_the_lots_in_turn(factory: Factory) -> None:
    nut = nuts(factory)
    stocked(factory, nut, "A", 5)
    stocked(factory, nut, "B", 5)
    orders = [factory.order(needs(nut, 3)) for _ in range(3)]
    factory.release(*orders)
    assert [factory.lots_of(order) for order in orders] == [[("A", 3)], [("A", 2), ("B", 1)], [("B", 3)]]


def test_R25_each_lot_gives_as_far_as_it_covers_and_the_lines_add_up(factory: Factory) -> None:
    nut = nuts(factory)
    for code, quantity in (("A", 2), ("B", 3), ("C", 5)):
        stocked(factory, nut, code, quantity)
    order = factory.order(needs(nut, "1.5"), quantity=4)
    factory.release(order)
    assert factory.lots_of(order) == [("A", 2), ("B", 3), ("C", 1)]


@pytest.mark.parametrize("expiry", ["4714-11-24 BC", "-infinity"])
def test_R26_a_lot_that_expired_before_all_time_stands_in_nobodys_way(factory: Factory, expiry: str) -> None:
    nut = nuts(factory, expiry_block_days=1)
    stocked(factory, nut, "A", 10, expiry_date=expiry)
    stocked(factory, nut, "B", 1, expiry_date="5874897-12-31")
    stocked(factory, nut, "C", 1, expiry_date="infinity")
    order = factory.order(needs(nut, 2))
    assert outcomes(factory.release(order, on=day(10))) == ["released"]
    assert {lot for lot, _ in factory.lots_of(order)} == {"B", "C"}


@pytest.mark.parametrize(("block_days", "last"), [(0, 20), (5, 15)])
def test_R26_a_lot_is_usable_until_its_expiry_minus_the_items_block_days_that_day_included(
    factory: Factory, block_days: int, last: int
) -> None:
    nut = nuts(factory, expiry_block_days=block_days)
    stocked(factory, nut, "A", 10, expiry_date=day(20))
    on_the_day, after = factory.order(needs(nut)), factory.order(needs(nut))
    assert outcomes(factory.release(on_the_day, on=day(last))) == ["released"]
    assert codes(factory.release(after, on=day(last + 1))[0]) == ["lot_unavailable"]


def test_R26_a_lot_is_usable_from_its_start_date_on(factory: Factory) -> None:
    nut = nuts(factory)
    stocked(factory, nut, "A", 10, start_date=day(5))
    order = factory.order(needs(nut))
    assert codes(factory.release(order, on=day(4))[0]) == ["lot_unavailable"]
    assert outcomes(factory.release(order, on=day(5))) == ["released"]


@pytest.mark.parametrize(
    "state", [{"sellable": False}, {"closed": True}, {"expiry_date": day(9)}, {"start_date": day(11)}]
)
def test_R26_such_a_reason_forgives_nothing_but_the_state(factory: Factory, state: dict[str, Any]) -> None:
    nut = nuts(factory)
    factory.reason(MAIN, "REP", "issue", allow_unavailable_lots=True)
    stocked(factory, nut, "A", 10, state="unavailable", **state)
    order = factory.order(needs(nut, 3, warehouse=MAIN, reason="REP"))
    assert codes(factory.release(order, on=day(10))[0]) == ["lot_unavailable"]


def test_R26_rows_with_and_without_such_a_reason_see_different_lots(factory: Factory) -> None:
    nut = nuts(factory)
    factory.reason(MAIN, "REP", "issue", allow_unavailable_lots=True)
    stocked(factory, nut, "A", 10, state="unavailable")
    stocked(factory, nut, "B", 10)
    order = factory.order(needs(nut, 3), needs(nut, 4, warehouse=MAIN, reason="REP"))
    factory.release(order)
    assert [factory.lots_of(order, line) for line in (1, 2)] == [[("B", 3)], [("A", 4)]]


def test_R26_a_lot_in_a_blocked_location_is_not_usable(factory: Factory) -> None:
    nut = nuts(factory)
    factory.location("SHUT", blocked=True)
    factory.stock(nut, 10, lot="A", location="SHUT")
    factory.stock(nut, 2, lot="A")
    [row] = factory.release(factory.order(needs(nut, 3)))
    assert [(r["code"], r["available"]) for r in row.reasons] == [("lot_unavailable", 2)]


def test_R26_stock_of_a_lot_item_that_stands_on_no_lot_is_not_issued(factory: Factory) -> None:
    nut = nuts(factory)
    with factory.maintenance():
        factory.stock(nut, 10)
    [row] = factory.release(factory.order(needs(nut, 3)))
    assert [(r["code"], r["required"], r["available"]) for r in row.reasons] == [("lot_unavailable", 3, 0)]


def test_R25_a_variant_is_issued_by_lots_of_its_own(factory: Factory) -> None:
    shirt = factory.item("SHIRT", by_lot=True)
    for variant in ("RED", "BLUE"):
        factory.variant(shirt, variant)
        factory.stock(shirt, 3, lot="A", variant=variant)
    order, short = factory.order(needs(shirt, 3, variant="RED")), factory.order(needs(shirt, 1, variant="RED"))
    assert outcomes(factory.release(order, short)) == ["released", "refused"]
    assert [m.variant_code for m in factory.movements(order)] == ["RED"]


def test_R27_a_commitment_reserves_nothing_against_an_earlier_row(factory: Factory) -> None:
    nut = nuts(factory)
    stocked(factory, nut, "A", 5)
    stocked(factory, nut, "B", 9)
    [row] = factory.release(factory.order(needs(nut, 4), needs(nut, 5, lots={"A": 5})))
    assert [(r["code"], r["lot_code"], r["required"], r["available"]) for r in row.reasons] == [
        ("lot_unavailable", "A", 5, 1)
    ]


def test_R28_commitments_of_rows_that_do_not_move_stay(factory: Factory) -> None:
    nut = nuts(factory)
    by_hand = factory.item("HAND", "manual", by_lot=True)
    stocked(factory, nut, "A", 10)
    order = factory.order(needs(nut, 5, lots={"A": 5}), needs(by_hand, 2, lots={"H": 2}))
    other = factory.order(needs(by_hand, 1), needs(nut, 2, lots={"A": 2}))
    assert outcomes(factory.release(order, other)) == ["released", "released"]
    assert factory.commitments(order) == {(2, "H"): 2}
    assert factory.commitments(other) == {}


def test_R28_a_refused_order_keeps_its_commitments(factory: Factory) -> None:
    nut = nuts(factory)
    order = factory.order(needs(nut, 5, lots={"A": 5}))
    assert outcomes(factory.release(order)) == ["refused"]
    assert factory.commitments(order) == {(1, "A"): 5}


def test_R8_R27_the_lots_that_a_refused_order_tried_are_there_for_the_next_one(factory: Factory) -> None:
    """Whether it was refused for the lots themselves, for other stock or for something else."""
    nut, bolt = nuts(factory), factory.item("BOLT")
    stocked(factory, nut, "A", 3)
    stocked(factory, nut, "B", 3)
    short = factory.order(needs(nut, 7))
    lacks_other = factory.order(needs(nut, 4), needs(bolt))
    broken = factory.order(needs(nut, 4), needs(factory.item("NEW", None)))
    whole = factory.order(needs(nut, 4))
    rows = factory.release(short, lacks_other, broken, whole, on_shortage="refuse")
    assert outcomes(rows) == ["refused"] * 3 + ["released"]
    assert factory.lots_of(whole) == [("A", 3), ("B", 1)]


@pytest.mark.parametrize("named_first", [True, False])
def test_R14_R27_an_order_that_names_a_location_leaves_the_other_lots_to_the_next_one(
    factory: Factory, named_first: bool
) -> None:
    """The one that names none takes the lots in the order of the policy, wherever they lie."""
    nut = nuts(factory)
    for place, lot in (("NEAR", "A"), ("FAR", "B")):
        factory.location(place)
        factory.stock(nut, 5, lot=lot, location=place)
    named, free = factory.order(needs(nut, 3, warehouse=MAIN, location="FAR")), factory.order(needs(nut, 6))
    orders = [named, free] if named_first else [free, named]
    assert outcomes(factory.release(*orders)) == ["released"] * 2
    assert factory.lots_of(named) == [("B", 3)]
    assert factory.lots_of(free) == [("A", 5), ("B", 1)]


def test_R14_orders_that_name_one_location_are_served_from_there_alone(factory: Factory) -> None:
    nut = nuts(factory)
    for place in ("FAR", "NEAR"):
        factory.location(place)
        factory.stock(nut, 5, lot="A", location=place)
    orders = [factory.order(needs(nut, 2, warehouse=MAIN, location="NEAR")) for _ in range(2)]
    assert outcomes(factory.release(*orders)) == ["released"] * 2
    assert factory.balance(nut, location="FAR") == 5


def test_R25_R28_a_committed_lot_that_the_policy_takes_from_too_is_one_line_beside_the_others(factory: Factory) -> None:
    """The policy goes on with the first lot, and comes back to the committed one for what that does not cover."""
    nut = nuts(factory)
    for code, quantity in (("A", 4), ("B", 9), ("C", 9)):
        stocked(factory, nut, code, quantity)
    order = factory.order(needs(nut, 10, lots={"B": 2}))
    after = factory.order(needs(nut, 9, lots={"B": 3, "C": 1}))
    assert outcomes(factory.release(order, after)) == ["released"] * 2
    assert sorted(factory.lots_of(order)) == [("A", 4), ("B", 6)]
    assert sorted(factory.lots_of(after)) == [("B", 3), ("C", 6)]


# --- lots and split --------------------------------------------------------------------------------------------------


def test_R23_R25_an_order_is_split_over_what_its_lots_cover(factory: Factory) -> None:
    nut = nuts(factory)
    stocked(factory, nut, "A", 3)
    stocked(factory, nut, "B", 4)
    stocked(factory, nut, "C", 90, closed=True)
    order = factory.order(needs(nut, 2), quantity=10)
    [row] = factory.release(order, on_shortage="split")
    assert row.outcome == "split"
    assert factory.order_row(order).quantity == 3
    assert factory.lots_of(order) == [("A", 3), ("B", 3)]


def test_R23_R25_with_scrap_and_rounding_lots_add_up_to_the_cut_quantity(factory: Factory) -> None:
    nut = nuts(factory, decimals=0)
    stocked(factory, nut, "A", 1)
    stocked(factory, nut, "B", 2)
    order = factory.order(needs(nut, "0.5", scrap_percent=10), quantity=10)
    factory.release(order, on_shortage="split")
    assert factory.order_row(order).quantity == 6  # round(3.3) = 3; 7 would need round(3.85) = 4
    assert factory.lots_of(order) == [("A", 1), ("B", 2)]


def test_R23_R25_an_unusable_commitment_leaves_nothing_to_split(factory: Factory) -> None:
    nut = nuts(factory)
    stocked(factory, nut, "A", 100)
    stocked(factory, nut, "B", 9, expiry_date=LONG_AGO)
    [row] = factory.release(factory.order(needs(nut, lots={"B": 5}), quantity=10), on_shortage="split", on=day(0))
    assert codes(row) == ["lot_unavailable", "zero_feasible_quantity"]


def test_R24_R25_a_committed_order_already_picked_from_is_not_split(factory: Factory) -> None:
    nut = nuts(factory)
    stocked(factory, nut, "A", 2)
    order = factory.order(needs(nut, picked_quantity=1, lots={"A": 5}), quantity=10, phases=[phase(10)])
    [row] = factory.release(order, on_shortage="split")
    assert codes(row) == ["lot_unavailable", "lot_unavailable", "split_not_possible"]


def test_R6_R25_lots_cover_what_is_not_yet_picked(factory: Factory) -> None:
    nut = nuts(factory)
    stocked(factory, nut, "A", 2)
    stocked(factory, nut, "B", 9)
    order = factory.order(needs(nut, 5, picked_quantity=1, lots={"B": 1}))
    factory.release(order)
    assert factory.lots_of(order) == [("A", 2), ("B", 2)]
