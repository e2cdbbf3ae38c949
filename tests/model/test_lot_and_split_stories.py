"""Stories told to the model and the database: lots (R25-R28) and split on shortage (R23, R24)."""

from __future__ import annotations

from typing import Any

import pytest

from .both import Both, Tell
from .orders import Reason
from .stories import D, codes, counterpart, day, item, key, lot, moved, needs, order, rule, stock, warehouse
from .world import Location, MovementReason


@pytest.fixture
def oil_shop(shop: Tell) -> Tell:
    """OIL is a lot item; lots A, B, C with 5 each, none first by code."""

    def tell(*rows: object, policy: str = "fifo", block_days: int = 0) -> Both:
        return shop(
            item("OIL", tracking="lot", lot_policy=policy, expiry_block_days=block_days, quantity_decimals=1),
            *(lot("OIL", code) for code in "ABC"),
            *(stock("RAW", "OIL", 5, lot_code=code) for code in "ABC"),
            *rows,
        )

    return tell


def lots_taken(model: Both, number: int = 1, **options: Any) -> list[tuple[str | None, object]]:
    (row,) = model.preview_release([key(number)], **options)
    return [(movement.lot_code, -movement.quantity) for movement in row.movements]


def refusal(model: Both, number: int = 1, **options: Any) -> tuple[Reason, ...]:
    (row,) = model.preview_release([key(number)], **options)
    return row.reasons


def test_R25_manual_takes_only_what_the_row_names(oil_shop: Tell) -> None:
    named = oil_shop(order(1, 4, needs("OIL", lots={"B": 9})), policy="manual")
    assert lots_taken(named) == [("B", 4)]
    not_enough = oil_shop(order(1, 4, needs("OIL", lots={"B": 3})), policy="manual")
    assert refusal(not_enough) == (Reason("lot_required", "OIL", warehouse_code="RAW", required=D(4), available=D(3)),)


def test_R25_the_rows_lots_come_first_by_code_and_the_policy_covers_the_rest(oil_shop: Tell) -> None:
    model = oil_shop(order(1, 9, needs("OIL", lots={"C": 2, "B": 4})))
    assert lots_taken(model) == [("A", 3), ("B", 4), ("C", 2)]


def test_R19_R25_commitment_and_policy_quantity_of_one_lot_are_one_line(oil_shop: Tell) -> None:
    model = oil_shop(order(1, 4, needs("OIL", lots={"A": 2})))
    assert lots_taken(model) == [("A", 4)]


def test_R25_a_short_commitment_refuses_the_row_and_no_other_lot_steps_in(oil_shop: Tell) -> None:
    model = oil_shop(order(1, 10, needs("OIL", lots={"B": 8})))
    assert refusal(model) == (
        Reason("lot_unavailable", "OIL", warehouse_code="RAW", lot_code="B", required=D(8), available=D(5)),
    )


def test_R25_a_short_commitment_and_a_short_policy_rest_are_told_apart(oil_shop: Tell) -> None:
    model = oil_shop(order(1, 20, needs("OIL", lots={"B": 8})))
    assert refusal(model) == (
        Reason("lot_unavailable", "OIL", warehouse_code="RAW", lot_code="B", required=D(8), available=D(5)),
        Reason("lot_unavailable", "OIL", warehouse_code="RAW", required=D(20), available=D(18)),
    )


def test_R25_a_commitment_beyond_the_need_is_not_asked_for_the_excess(oil_shop: Tell) -> None:
    model = oil_shop(lot("OIL", "B", closed=True), order(1, 3, needs("OIL", lots={"A": 3, "B": 7})))
    assert lots_taken(model) == [("A", 3)]


@pytest.mark.parametrize(
    "flaw",
    [
        {"state": "unavailable"},
        {"sellable": False},
        {"closed": True},
        {"expiry_date": day(2)},
        {"start_date": day(1)},
    ],
)
def test_R26_what_is_not_usable_is_passed_over_and_refuses_where_it_was_committed(
    oil_shop: Tell, flaw: dict[str, Any]
) -> None:
    bad = lot("OIL", "A", **flaw)
    assert lots_taken(oil_shop(bad, order(1, 2, needs("OIL")), block_days=3)) == [("B", 2)]
    assert refusal(oil_shop(bad, order(1, 2, needs("OIL", lots={"A": 2})), block_days=3)) == (
        Reason("lot_unavailable", "OIL", warehouse_code="RAW", lot_code="A", required=D(2), available=D(0)),
    )


def test_R26_a_reason_flagged_so_may_issue_lots_in_an_unavailable_state(oil_shop: Tell) -> None:
    flagged = MovementReason(warehouse_code="RAW", reason_code="ISS", direction="issue", allow_unavailable_lots=True)
    bad = lot("OIL", "A", state="unavailable")
    assert lots_taken(oil_shop(bad, flagged, order(1, 1, needs("OIL")))) == [("A", 1)]


def test_R16_R25_each_lot_covers_as_far_as_its_smallest_later_balance(oil_shop: Tell) -> None:
    model = oil_shop(order(1, 4, needs("OIL", lots={"A": 4})), order(2, 3, needs("OIL")))
    model.release([key(1)])
    assert lots_taken(model, 2, record_date=day(-5)) == [("A", 1), ("B", 2)]


def test_R14_a_lot_is_issued_from_where_it_lies_none_first_then_by_code_blocked_left_out(oil_shop: Tell) -> None:
    model = oil_shop(
        *(Location(warehouse_code="RAW", location_code=code, blocked=code == "P") for code in "PQR"),
        *(stock("RAW", "OIL", 1, lot_code="A", location_code=code) for code in "RQP"),
        order(1, 7, needs("OIL", lots={"A": 7})),
        order(2, 8, needs("OIL", lots={"A": 8})),
        order(4, 6, needs("OIL", lots={"A": 6})),
        order(3, 2, needs("OIL", warehouse_code="RAW", reason_code="ISS", location_code="Q")),
    )
    (row,) = model.preview_release([key(1)])
    assert [(m.location_code, -m.quantity) for m in row.movements] == [(None, 5), ("Q", 1), ("R", 1)]
    (row,) = model.preview_release([key(4)])
    assert [(m.location_code, -m.quantity) for m in row.movements] == [(None, 5), ("Q", 1)]
    assert refusal(model, 2)[0].available == 7
    assert refusal(model, 3)[0].available == 1


def test_R27_orders_consume_lots_in_the_order_asked_and_a_commitment_reserves_nothing(oil_shop: Tell) -> None:
    model = oil_shop(order(1, 3, needs("OIL", lots={"A": 3})), order(2, 4, needs("OIL")))
    rows = model.release([key(2), key(1)])
    assert moved(rows[0].movements) == [("RAW", "ISS", "OIL", "A", None, D(-4))]
    assert rows[1].reasons == (
        Reason("lot_unavailable", "OIL", warehouse_code="RAW", lot_code="A", required=D(3), available=D(1)),
    )


def test_R28_the_commitment_becomes_the_issue_and_comes_back(oil_shop: Tell) -> None:
    model = oil_shop(order(1, 5, needs("OIL", lots={"A": 2, "B": 4})))
    before = model.snapshot()
    model.release([key(1)])
    assert model.orders[key(1)].commitments == {(1, "B"): D(1)}
    model.restore([key(1)])
    assert model.snapshot() == before


def test_R5_a_by_product_of_a_lot_item_goes_into_the_rows_lots_which_must_cover_it(oil_shop: Tell) -> None:
    model = oil_shop(
        lot("OIL", "B", closed=True),
        order(1, 4, needs("OIL", -1, lots={"B": 3, "C": 3})),
        order(2, 4, needs("OIL", -1, lots={"B": 3})),
    )
    assert lots_taken(model) == [("B", -3), ("C", -1)]
    assert refusal(model, 2) == (Reason("lot_required", "OIL", warehouse_code="RAW", required=D(4), available=D(3)),)


def test_R13_the_counterpart_of_a_by_product_takes_the_very_lots_from_where_they_lie(oil_shop: Tell) -> None:
    model = oil_shop(
        warehouse("LINE"),
        counterpart("RAW", "LOA", "LINE"),
        lot("OIL", "B", state="unavailable"),
        Location(warehouse_code="LINE", location_code="X"),
        stock("LINE", "OIL", 1, lot_code="B", location_code="X"),
        stock("LINE", "OIL", 1, lot_code="B"),
        order(1, 2, needs("OIL", -1, lots={"B": 2})),
        order(2, 3, needs("OIL", -1, lots={"B": 3})),
    )
    (row,) = model.preview_release([key(1)])
    assert moved(row.movements) == [
        ("RAW", "LOA", "OIL", "B", None, D(2)),
        ("LINE", "ISS", "OIL", "B", None, D(-1)),
        ("LINE", "ISS", "OIL", "B", "X", D(-1)),
    ]
    assert refusal(model, 2) == (
        Reason("lot_unavailable", "OIL", warehouse_code="LINE", lot_code="B", required=D(3), available=D(2)),
    )


def test_R13_R19_the_counterpart_of_a_lot_issued_from_two_locations_is_one_line(oil_shop: Tell) -> None:
    model = oil_shop(
        warehouse("LINE"),
        counterpart("RAW", "ISS", "LINE"),
        Location(warehouse_code="RAW", location_code="X"),
        stock("RAW", "OIL", 1, lot_code="A", location_code="X"),
        order(1, 6, needs("OIL")),
    )
    (row,) = model.release([key(1)])
    assert [(m.warehouse_code, m.quantity) for m in row.movements] == [("RAW", -5), ("RAW", -1), ("LINE", 6)]


# Split ---------------------------------------------------------------------------------------------------------------


def test_R23_R28_lot_commitments_stay_with_the_first_as_far_as_it_needs_them(oil_shop: Tell) -> None:
    model = oil_shop(
        item("WAX", "with_list", tracking="lot"),
        lot("WAX", "W"),
        order(1, 20, needs("OIL", lots={"A": 5, "B": 5, "C": 9}), needs("WAX", "0.5", lots={"W": 9})),
    )
    before = model.snapshot()
    (row,) = model.release([key(1)], on_shortage="split")
    # lot C gives 5 of the 9 it is asked, so 15 of 20 are feasible
    assert row.feasible_quantity == 15
    assert model.orders[key(1)].commitments == {(2, "W"): D("7.5")}
    assert model.orders[key(1, 1)].commitments == {(1, "C"): D(4), (2, "W"): D("1.5")}
    model.restore([key(1)])
    assert model.snapshot() == before


def test_R23_a_call_does_not_release_the_remainder_it_made(shop: Tell) -> None:
    model = shop(order(1, 4, needs("NUT")), stock("RAW", "NUT", 3))
    rows = model.release([key(1), key(1, 1)], on_shortage="split")
    assert [codes(row.reasons) for row in rows] == [[], ["order_not_found"]]


def test_R23_a_later_shortage_and_a_counterparts_shortage_are_split_over_too(shop: Tell) -> None:
    model = shop(
        warehouse("LINE"),
        counterpart("RAW", "LOA", "LINE"),
        rule("raw_material", "RAW"),
        order(1, 4, needs("NUT", -1)),
        order(2, 3, needs("NUT", 1, warehouse_code="LINE", reason_code="ISS")),
        stock("LINE", "NUT", 5),
    )
    model.release([key(2)])
    assert codes(refusal(model, record_date=day(-1))) == ["later_stock_negative"]
    (row,) = model.release([key(1)], record_date=day(-1), on_shortage="split")
    assert (row.outcome, row.feasible_quantity) == ("split", 2)
