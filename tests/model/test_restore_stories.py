"""Stories told to the model and the database: restore (R31-R39) and job order states (R50)."""

from __future__ import annotations

from datetime import date

import pytest

from .both import Both, Tell
from .orders import Reason
from .stories import D, codes, company, day, item, key, lot, needs, on_hand, order, stock, warehouse
from .world import JobOrder, MovementReason, ProductionOrderPhase

PHASE = ProductionOrderPhase(order_year=2026, order_number=1, phase=10)
"""A declaration is made at a phase."""


def test_R31_R34_restore_brings_back_the_situation_before_the_release(shop: Tell) -> None:
    model = shop(order(1, 5, needs("NUT"), needs("NUT", "-0.5")), stock("RAW", "NUT", 9))
    before = model.snapshot()
    assert model.release([key(1)])[0].outcome == "released"
    assert model.snapshot() != before
    (row,) = model.restore([key(1)])
    assert (row.outcome, row.record_count, row.movement_count, row.reasons) == ("restored", 2, 2, ())
    assert model.snapshot() == before


@pytest.mark.parametrize(
    ("status", "code"),
    [("closed", "order_closed"), ("archived", "order_not_executive"), ("launched", "order_not_executive")],
)
def test_R33_only_an_executive_order_is_restored(shop: Tell, status: str, code: str) -> None:
    model = shop(order(1, 1, status=status), PHASE)
    model.insert_declaration(key(1))
    assert codes(model.restore([key(1)])[0].reasons) == [code]


def test_R39_an_order_made_executive_without_a_release_restores_with_zero_movements(shop: Tell) -> None:
    model = shop(order(1, 1, needs("NUT"), status="executive"), company(period_end=date(2026, 1, 31)))
    (row,) = model.restore([key(1)])
    assert (row.outcome, row.movement_count) == ("restored", 0)
    assert model.orders[key(1)].status == "launched"


@pytest.fixture
def split(shop: Tell) -> Both:
    """Give a shop whose order 1 of 10 was split: stock covered 6, the rest comes in five days."""
    model = shop(order(1, 10, needs("NUT")), PHASE, stock("RAW", "NUT", 6), stock("RAW", "NUT", 50, record_date=day(5)))
    model.release([key(1)], on_shortage="split")
    return model


def test_R35_an_untouched_remainder_is_merged_back(split: Both) -> None:
    (row,) = split.restore([key(1)])
    assert (row.merged, row.reasons) == (key(1, 1), ())
    assert {order_key: one.quantity for order_key, one in split.orders.items()} == {key(1): 10}
    assert split.release([key(1)], on_shortage="split")[0].remainder == key(1, 1)


def test_R35_a_remainder_that_was_released_stays_and_the_row_says_so(split: Both) -> None:
    split.release([key(1, 1)], record_date=day(5))
    (row,) = split.restore([key(1)])
    assert (row.outcome, row.merged, row.reasons) == ("restored", None, (Reason("remainder_kept"),))
    assert split.orders[key(1)].quantity == 6
    split.restore([key(1, 1)])
    split.release([key(1)])
    assert split.restore([key(1)])[0].merged is None, "the link is gone"


def test_R35_R36_a_remainder_released_and_restored_is_untouched_again(split: Both) -> None:
    split.release([key(1, 1)], record_date=day(5))
    rows = split.restore([key(1, 1), key(1)])
    assert [row.merged for row in rows] == [None, key(1, 1)]


def test_R36_a_launched_remainder_asked_besides_is_merged_back(split: Both) -> None:
    rows = split.restore([key(1), key(1, 1)])
    assert [(row.outcome, codes(row.reasons)) for row in rows] == [("restored", []), ("restored", ["merged_back"])]


def test_R35_a_remainder_with_a_declaration_stays(split: Both) -> None:
    split.insert_declaration(key(1, 1))
    assert codes(split.restore([key(1)])[0].reasons) == ["remainder_kept"]


def test_R35_a_chain_of_splits_comes_back_from_the_end(shop: Tell) -> None:
    model = shop(order(1, 10, needs("NUT")), *(stock("RAW", "NUT", 3, record_date=day(n)) for n in (0, 1)))
    before = model.snapshot()
    assert model.release([key(1)], on_shortage="split")[0].remainder == key(1, 1)
    assert model.release([key(1, 1)], record_date=day(1), on_shortage="split")[0].remainder == key(1, 2)
    other_way = model.preview_restore([key(1), key(1, 1)])
    assert [codes(row.reasons) for row in other_way] == [[], ["merged_back"]]
    assert [row.merged for row in model.restore([key(1, 1), key(1)])] == [key(1, 2), key(1, 1)]
    assert model.snapshot() == before


def test_restore_all_or_none_refuses_all_if_one_is_refused(split: Both) -> None:
    split.insert_declaration(key(1, 1))
    before = split.snapshot()
    rows = split.restore([key(1), key(1, 1)], all_or_none=True)
    assert [codes(row.reasons) for row in rows] == [["all_or_none"], ["order_not_executive"]]
    assert split.snapshot() == before


def test_R18_a_record_dated_in_a_closed_period_is_not_removed(shop: Tell) -> None:
    model = shop(order(1, 1, needs("NUT")), stock("RAW", "NUT", 1))
    model.release([key(1)])
    model.set_period(day(1), day(30))
    assert codes(model.restore([key(1)])[0].reasons) == ["period_closed"]


def linked() -> list[object]:
    return [
        warehouse("LINE"),
        MovementReason(
            warehouse_code="RAW",
            reason_code="ISS",
            direction="issue",
            counterpart_warehouse_code="LINE",
            counterpart_reason_code="LOA",
        ),
        order(1, 3, needs("NUT")),
        order(2, 2, needs("NUT", 1, warehouse_code="LINE", reason_code="ISS")),
        stock("RAW", "NUT", 3),
    ]


def test_R38_a_load_whose_stock_was_used_is_not_taken_back(shop: Tell) -> None:
    model = shop(*linked())
    model.release([key(1), key(2)])
    (row,) = model.restore([key(1)])
    assert row.reasons == (
        Reason("counterpart_stock_used", "NUT", warehouse_code="LINE", required=D(3), available=D(1)),
    )
    assert [row.outcome for row in model.restore([key(2), key(1)])] == ["restored", "restored"]
    assert on_hand(model, "RAW", "NUT") == 3


def test_R38_also_if_it_was_used_on_a_later_day(shop: Tell) -> None:
    model = shop(*linked())
    model.release([key(1)])
    model.release([key(2)], record_date=day(3))
    assert codes(model.restore([key(1)])[0].reasons) == ["counterpart_stock_used"]


def test_R38_negative_stock_allowed_by_both_flags_lets_it_go(shop: Tell) -> None:
    model = shop(company(allow_negative_stock=True), *linked(), warehouse("LINE", allow_negative_stock=True))
    model.release([key(1), key(2)])
    assert model.restore([key(1)])[0].outcome == "restored"


def test_R38_a_lots_load_is_judged_by_lot(shop: Tell) -> None:
    model = shop(
        item("OIL", tracking="lot"),
        lot("OIL", "A"),
        lot("OIL", "B"),
        company(allow_negative_stock=True),
        warehouse("RAW", allow_negative_stock=True),
        stock("RAW", "OIL", 9, lot_code="B"),
        order(1, 2, needs("OIL", -1, lots={"A": 2})),
        order(2, 1, needs("OIL", 1, lots={"A": 1})),
    )
    assert [row.outcome for row in model.release([key(1), key(2)])] == ["released", "released"]
    assert model.restore([key(1)])[0].reasons == (
        Reason("counterpart_stock_used", "OIL", None, "RAW", "A", required=D(2), available=D(1)),
    )


def test_R50_the_job_order_state_follows_from_its_orders(shop: Tell) -> None:
    jobs = [JobOrder(job_year=2026, job_number=n, supply_released=n == 3) for n in (1, 2, 3, 4)]
    in_job = {"job_year": 2026, "job_number": 1}
    model = shop(
        *jobs,
        order(1, **in_job),
        order(2, **in_job),
        order(3, 1, job_year=2026, job_number=2, status="archived"),
        order(4, 1, job_year=2026, job_number=4, status="closed"),
    )
    states = [model.job_status((2026, n)) for n in (1, 2, 3, 4)]
    assert states == ["launched", "scheduled", "executive", "executive"]
    model.release([key(1)])
    assert model.job_status((2026, 1)) == "executive"
    model.restore([key(1)])
    assert model.job_status((2026, 1)) == "launched"
