"""A remainder that a restore has kept is put back into the order that it was split from (R57)."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from itertools import permutations
from typing import Any

import psycopg
import pytest

from tests.factory import Factory, Quantity, codes, day, needs, outcomes, phase
from tests.sessions import rows_after_waiting, two, wait_until_blocked

KEY = uuid.UUID(int=57)


@pytest.fixture
def factory(factory: Factory) -> Factory:
    """Make what is needed; there is none of it yet."""
    factory.item("NUT")
    factory.item("BOLT", by_lot=True)
    factory.lot("BOLT", "A")
    factory.lot("BOLT", "B")
    return factory


def split(factory: Factory, order: int, stock: int) -> int:
    """Release an order of which stock covers so many; return the remainder."""
    if missing := stock - factory.balance("NUT"):
        factory.stock("NUT", missing)
    [row] = factory.release(order, on_shortage="split")
    assert row.outcome == "split"
    return int(row.remainder_order_id)


def touch(factory: Factory, order: int) -> None:
    """Change what makes a restore keep a remainder, and a merge does not mind."""
    factory.change_order(order, end_date=day(7), firm="ELSEWHERE", priority=7, order_type="X", start_date=day(1))


def kept(factory: Factory, *materials: Any, quantity: int = 10, stock: int = 4, **values: Any) -> tuple[int, int]:
    """Split an order and restore it so that its remainder is kept; return both, launched."""
    order = factory.order(*(materials or (needs("NUT"),)), quantity=quantity, phases=[phase(10)], **values)
    rest = split(factory, order, stock)
    touch(factory, rest)
    assert codes(factory.restore(order)[0]) == ["remainder_kept"]
    return order, rest


def quantity(factory: Factory, order: int) -> Quantity:
    """Return the quantity of an order."""
    return factory.order_row(order).quantity


def sound(factory: Factory) -> bool:
    """Tell whether the tables agree with each other."""
    return factory.call("select * from erp_api.check_integrity(%s)", [factory.company_id]) == []


def test_R57_a_kept_remainder_goes_back_into_its_order_which_is_as_it_was_before_the_split(factory: Factory) -> None:
    factory.stock("BOLT", 9, lot="A")
    factory.stock("BOLT", 9, lot="B")
    factory.stock("NUT", 4)
    order = factory.order(
        needs("NUT"),
        needs("BOLT", lots={"A": "6.000", "B": 3}),
        needs("BOLT", fixed=True),
        quantity=10,
        phases=[phase(10)],
    )
    before = factory.snapshot()
    rest = split(factory, order, 4)
    touch(factory, rest)
    factory.restore(order)
    assert factory.commitments(order) == {(2, "A"): 4}
    assert factory.commitments(rest) == {(2, "A"): 2, (2, "B"): 3}

    [row] = factory.merge(rest, note="one order after all")

    assert (row.order_id, row.order_lot, row.outcome, row.into_order_id, row.reasons) == (rest, 1, "merged", order, [])
    assert factory.order_row(rest) is None
    assert factory.snapshot() == before
    assert sound(factory)


def test_R57_what_was_merged_is_released_and_restored_as_one(factory: Factory) -> None:
    order, rest = kept(factory)
    assert outcomes(factory.merge(rest)) == ["merged"]
    factory.stock("NUT", 96)
    assert outcomes(factory.release(order)) == ["released"]
    assert factory.balance("NUT") == 90
    assert outcomes(factory.restore(order)) == ["restored"]
    assert sound(factory)


def test_R57_R29_a_quantity_that_was_changed_of_the_remainder_is_added_as_it_is(factory: Factory) -> None:
    order, rest = kept(factory)
    factory.change_order(rest, quantity=3)
    assert outcomes(factory.merge(rest)) == ["merged"]
    assert quantity(factory, order) == 7


def pick_it(factory: Factory, rest: int) -> None:
    factory.change_material(rest, picked_quantity=1)


def declare_it(factory: Factory, rest: int) -> None:
    factory.enter_declaration(rest)


def produce_it(factory: Factory, rest: int) -> None:
    factory.change_order(rest, produced_quantity=1)


def move_for_it(factory: Factory, rest: int) -> None:
    factory.stock("NUT", 1, order=rest)


@pytest.mark.parametrize("use", [pick_it, declare_it, produce_it, move_for_it])
def test_R57_a_remainder_for_which_something_was_done_stays(
    factory: Factory, use: Callable[[Factory, int], None]
) -> None:
    order, rest = kept(factory)
    use(factory, rest)
    before = factory.everything()
    [row] = factory.merge(rest)
    assert (row.outcome, codes(row), row.into_order_id) == ("refused", ["remainder_used"], None)
    assert factory.everything() == before
    assert (quantity(factory, order), quantity(factory, rest)) == (4, 6)


def another_item(factory: Factory, rest: int) -> None:
    factory.item("TRIKE", procurement="production", decimals=0)
    factory.change_order(rest, item_id=factory.id("item", "TRIKE"))


def another_job(factory: Factory, rest: int) -> None:
    factory.job(9)
    factory.change_order(rest, job_order_id=factory.id("job", "9"))


def another_phase(factory: Factory, rest: int) -> None:
    factory.add_phase(rest, phase(20))


def another_number(factory: Factory, rest: int) -> None:
    factory.change_order(rest, order_number=950)


def another_component(factory: Factory, rest: int) -> None:
    factory.item("WASHER")
    factory.change_material(rest, item_id=factory.id("item", "WASHER"))


def more_of_it(factory: Factory, rest: int) -> None:
    factory.change_material(rest, unit_quantity=2)


def fewer_components(factory: Factory, rest: int) -> None:
    factory._execute("delete from erp.production_order_material where production_order_id = %s", [rest])


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (another_item, "item"),
        (another_job, "job_order"),
        (another_number, "order_number"),
        (another_phase, "phases"),
        (another_component, "materials"),
        (more_of_it, "materials"),
        (fewer_components, "materials"),
    ],
)
def test_R57_a_remainder_that_is_made_of_something_else_stays_and_is_told_in_what_it_differs(
    factory: Factory, change: Callable[[Factory, int], None], named: str
) -> None:
    order, rest = kept(factory)
    change(factory, rest)
    [row] = factory.merge(rest)
    assert (row.outcome, codes(row)) == ("refused", ["remainder_differs"])
    assert row.reasons[0]["message"].endswith(f"that it was split from: {named}.")
    assert (quantity(factory, order), quantity(factory, rest)) == (4, 6)


def test_R57_R20_what_changes_of_an_executive_order_too_may_differ(factory: Factory) -> None:
    """The order keeps its own."""
    order, rest = kept(factory)
    factory.change_row(
        "production_order_phase",
        {"description": "x", "department": "x", "work_center": "x", "machine": "x"},
        production_order_id=rest,
    )
    assert outcomes(factory.merge(rest)) == ["merged"]
    assert factory.order_row(order).end_date is None


def test_R57_a_remainder_of_a_split_in_force_is_merged_by_restore(factory: Factory) -> None:
    order = factory.order(needs("NUT"), quantity=10)
    rest = split(factory, order, 4)
    assert codes(factory.merge(rest)[0]) == ["split_in_force"]
    assert factory.restore(order)[0].merged_order_id == rest


@pytest.mark.parametrize("status", ["executive", "closed", "archived"])
def test_R57_both_are_launched(factory: Factory, status: str) -> None:
    order, rest = kept(factory)
    factory.change_order(order, status=status)
    [row] = factory.merge(rest)
    assert codes(row) == ["origin_not_launched"]
    label = f"2026/{factory.order_row(order).order_number}/0"
    assert f"from order {label}, which is not launched" in row.reasons[0]["message"]
    _, other_rest = kept(factory)
    factory.change_order(other_rest, status=status)
    [row] = factory.merge(other_rest)
    assert codes(row) == ["order_not_launched"]
    assert "merged" in row.reasons[0]["hint"]


def test_R57_what_no_split_made_is_no_remainder(factory: Factory) -> None:
    """Not even as another lot of the same number, nor the order that was split."""
    order, _ = kept(factory)
    number = factory.order_row(order).order_number
    other = factory.order(needs("NUT"), quantity=6, number=number, order_lot=2, phases=[phase(10)])
    assert [codes(row) for row in factory.merge(order, other, 999_999_999)] == [
        ["not_a_remainder"],
        ["not_a_remainder"],
        ["order_not_found"],
    ]


def chain(factory: Factory) -> list[int]:
    """Split an order of 10 into 4, 3, 2 and 1, each from the one before, and restore them so that all are kept."""
    orders = [factory.order(needs("NUT"), quantity=10, phases=[phase(10)])]
    for stock in (4, 3, 2):
        orders.append(split(factory, orders[-1], stock))
    for order in orders[1:]:
        touch(factory, order)
    assert [codes(row) for row in factory.restore(*orders[:-1])] == [["remainder_kept"]] * 3
    assert [quantity(factory, order) for order in orders] == [4, 3, 2, 1]
    return orders


@pytest.mark.parametrize("places", [*permutations((1, 2, 3)), (1, 3), (3, 1)])
def test_R57_a_chain_of_splits_becomes_one_order_again_whatever_the_sequence_in_the_call(
    factory: Factory, places: tuple[int, ...]
) -> None:
    orders = chain(factory)
    preview = factory.preview_change("merge", *(orders[place] for place in places))

    rows = factory.merge(*(orders[place] for place in places))

    assert [(row.outcome, row.into_order_id, row.reasons) for row in preview] == [
        (row.outcome, row.into_order_id, row.reasons) for row in rows
    ]
    if 2 in places:
        assert [(row.outcome, row.into_order_id) for row in rows] == [("merged", orders[0])] * 3
        assert quantity(factory, orders[0]) == 10
    else:  # the last part went into the one before it, which stays
        into = {1: orders[0], 3: orders[2]}
        assert [(row.outcome, row.into_order_id) for row in rows] == [("merged", into[place]) for place in places]
        assert [quantity(factory, orders[0]), quantity(factory, orders[2])] == [7, 3]
        assert outcomes(factory.merge(orders[2])) == ["merged"], "its own order is gone, so it goes where that went"
        assert quantity(factory, orders[0]) == 10
    assert sound(factory)


def twice(factory: Factory) -> tuple[int, int, int]:
    """Split an order of 10 into 4 and 6, then the 4 into 3 and 1, and keep both remainders."""
    order, first = kept(factory)
    second = split(factory, order, 3)
    touch(factory, second)
    assert codes(factory.restore(order)[0]) == ["remainder_kept"]
    assert [quantity(factory, one) for one in (order, first, second)] == [3, 6, 1]
    return order, first, second


def test_R57_R29_a_remainder_waits_for_what_was_split_off_later_and_lies_between(factory: Factory) -> None:
    order, first, second = twice(factory)
    [row] = factory.merge(first)
    [reason] = row.reasons
    assert (row.outcome, reason["code"], reason["required"], reason["available"]) == (
        *("refused", "remainder_not_next"),
        *(4, 3),
    )
    assert outcomes(factory.merge(second)) == ["merged"]
    assert outcomes(factory.merge(first)) == ["merged"]
    assert quantity(factory, order) == 10


@pytest.mark.parametrize("first_asked_first", [True, False])
def test_R57_two_remainders_of_one_order_are_merged_in_one_call(factory: Factory, first_asked_first: bool) -> None:
    order, first, second = twice(factory)
    asked = (first, second) if first_asked_first else (second, first)
    rows = factory.merge(*asked)
    assert [(row.order_id, row.outcome, row.into_order_id) for row in rows] == [(one, "merged", order) for one in asked]
    assert quantity(factory, order) == 10


def test_R57_R29_what_went_into_a_remainder_counts_for_what_follows_on_it(factory: Factory) -> None:
    """Of 10, first 6 to 10 are split off, then 4 to 6, of that 5 to 6."""
    order, first = kept(factory, stock=6)
    second = split(factory, order, 4)
    third = split(factory, second, 1)
    for rest in (second, third):
        touch(factory, rest)
    assert [codes(row) for row in factory.restore(order, second)] == [["remainder_kept"]] * 2
    assert [quantity(factory, one) for one in (order, first, second, third)] == [4, 4, 1, 1]
    assert outcomes(factory.merge(first, second, third)) == ["merged"] * 3
    assert quantity(factory, order) == 10


def test_R57_a_remainder_that_is_refused_keeps_back_what_follows_on_it_and_not_what_went_into_it(
    factory: Factory,
) -> None:
    orders = chain(factory)
    factory.change_material(orders[1], picked_quantity=1)
    rows = factory.merge(*orders[1:])
    assert [(row.outcome, row.into_order_id) for row in rows] == [
        ("refused", None),
        ("merged", orders[1]),
        ("merged", orders[1]),
    ]
    assert [quantity(factory, one) for one in orders[:2]] == [4, 6]
    other, first, second = twice(factory)
    factory.change_material(second, picked_quantity=1)
    assert [codes(row) for row in factory.merge(first, second)] == [["remainder_not_next"], ["remainder_used"]]
    assert quantity(factory, other) == 3


def test_R57_what_was_split_off_a_remainder_that_a_restore_merged_back_goes_where_that_went(factory: Factory) -> None:
    order = factory.order(needs("NUT"), quantity=10, phases=[phase(10)])
    rest = split(factory, order, 4)
    last = split(factory, rest, 3)
    touch(factory, last)
    assert codes(factory.restore(rest)[0]) == ["remainder_kept"]
    factory.change_order(rest, quantity=6)
    factory.change_order(rest, quantity=3)
    assert codes(factory.restore(order)[0]) == ["remainder_kept"]
    assert outcomes(factory.merge(rest)) == ["merged"]
    [row] = factory.merge(last)
    assert (row.outcome, row.into_order_id, quantity(factory, order)) == ("merged", order, 10)


def test_R57_a_remainder_whose_order_was_deleted_is_none(factory: Factory) -> None:
    order, rest = kept(factory)
    factory._execute("delete from erp.production_order where production_order_id = %s", [order])
    assert codes(factory.merge(rest)[0]) == ["not_a_remainder"]


def test_R57_more_than_an_order_can_have_is_refused(factory: Factory) -> None:
    order, rest = kept(factory)
    factory.change_order(rest, quantity=999_999_999_999_996)
    [row] = factory.merge(rest)
    assert (row.outcome, codes(row)) == ("refused", ["quantity_out_of_range"])
    factory.change_order(rest, quantity=999_999_999_999_995)
    assert outcomes(factory.merge(rest)) == ["merged"]
    assert quantity(factory, order) == 999_999_999_999_999


def test_R57_R8_all_or_none_one_refusal_refuses_all(factory: Factory) -> None:
    order, rest = kept(factory)
    rows = factory.merge(rest, order, all_or_none=True)
    assert [(row.outcome, codes(row), row.into_order_id) for row in rows] == [
        ("refused", ["all_or_none"], None),
        ("refused", ["not_a_remainder"], None),
    ]
    assert quantity(factory, order) == 4


def test_R57_R60_a_repeated_call_answers_the_same_though_the_remainder_is_gone(factory: Factory) -> None:
    order, rest = kept(factory)
    first = factory.merge(rest, key=KEY)
    assert factory.merge(rest, key=KEY) == first
    assert quantity(factory, order) == 10
    assert codes(factory.merge(rest)[0]) == ["order_not_found"]


def test_R57_R61_a_merged_remainder_lives_on_in_the_history(factory: Factory) -> None:
    order, rest = kept(factory)
    factory.merge(rest, note="together")
    [told] = factory.select("run_order_history", rest)
    assert (told.kind, told.outcome, told.other_order_id, told.order_lot) == ("merge", "merged", order, 1)
    [run] = [row for row in factory.select("run_history") if row.note == "together"]
    assert (run.order_count, run.merged_count) == (1, 1)


def test_R57_R50_a_merged_remainder_no_longer_counts_for_the_job_order(factory: Factory) -> None:
    factory.job(1)
    order, rest = kept(factory, job=1)
    factory.archive(order)
    factory.change_order(order, status="launched")
    assert outcomes(factory.merge(rest)) == ["merged"]
    assert factory.job_status(1) == "launched"
    factory.archive(order)
    assert factory.job_status(1) == "scheduled"


def test_R57_a_preview_says_what_the_call_would_and_changes_nothing(factory: Factory) -> None:
    order, rest = kept(factory)
    other, first, _ = twice(factory)
    asked = (first, rest, order, 999_999_999, other)
    before = factory.snapshot(leaving_out=set())
    with factory.connection.transaction(force_rollback=True):
        factory.connection.execute("set local transaction_read_only = on")
        preview = factory.preview_change("merge", *asked)
    assert factory.snapshot(leaving_out=set()) == before
    rows = factory.merge(*asked)
    assert [tuple(row) for row in preview] == [
        (row.ordinal, row.order_id, row.outcome, row.reasons, row.into_order_id) for row in rows
    ]


@pytest.mark.parametrize("isolation", ["read committed", "repeatable read"])
def test_R57_R62_a_merge_that_waits_for_the_release_of_its_order_is_refused(
    committed: tuple[Factory, psycopg.Connection], rilascio_login: Callable[..., str], isolation: str
) -> None:
    factory, observer = committed
    factory.item("NUT")
    order, rest = kept(factory)
    factory.connection.commit()
    release = "select outcome from erp_api.release_production_orders(%s, %s)"
    merge = "select outcome, reasons #>> '{0,code}' from erp_api.merge_remainders(%s, %s)"
    with two(rilascio_login) as (first, second):
        second.connection.execute("set session characteristics as transaction isolation level " + isolation)
        second.connection.commit()
        assert first.send(release, [factory.company_id, [order]]).result() == [("released",)]
        sent = second.send(merge, [factory.company_id, [rest]])
        wait_until_blocked(observer, second, first)
        first.connection.commit()
        rows = rows_after_waiting(sent, isolation, second, merge, [factory.company_id, [rest]])
        assert rows == [("refused", "origin_not_launched")]


def test_R57_R62_of_two_merges_at_once_one_finds_the_remainder_gone(
    committed: tuple[Factory, psycopg.Connection], rilascio_login: Callable[..., str]
) -> None:
    factory, observer = committed
    factory.item("NUT")
    order, rest = kept(factory)
    factory.connection.commit()
    merge = "select outcome, reasons #>> '{0,code}' from erp_api.merge_remainders(%s, %s)"
    with two(rilascio_login) as (first, second):
        assert first.send(merge, [factory.company_id, [rest]]).result() == [("merged", None)]
        sent = second.send(merge, [factory.company_id, [rest]])
        wait_until_blocked(observer, second, first)
        first.connection.commit()
        assert sent.result(30) == [("refused", "order_not_found")]
    assert quantity(factory, order) == 10


def test_R57_R62_a_merge_waits_for_who_changes_its_order_by_hand(
    committed: tuple[Factory, psycopg.Connection], rilascio_login: Callable[..., str]
) -> None:
    factory, observer = committed
    factory.item("NUT")
    orders = chain(factory)
    factory.connection.commit()
    merge = "select outcome, reasons #>> '{0,code}' from erp_api.merge_remainders(%s, %s)"
    with two(rilascio_login) as (session, _):
        factory.change_order(orders[1], quantity=2)
        sent = session.send(merge, [factory.company_id, [orders[2]]])
        wait_until_blocked(observer, session, factory.connection)
        factory.connection.commit()
        assert sent.result(30) == [("refused", "remainder_not_next")]
