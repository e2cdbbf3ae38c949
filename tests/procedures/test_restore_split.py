"""Restore undoes a split, unless the remainder has gone its own way (R35, R36)."""

from collections.abc import Callable
from itertools import permutations

import pytest

from tests.factory import Factory, Quantity, codes, day, needs, outcomes, phase


def short(factory: Factory, quantity: int = 10, stock: int = 4) -> tuple[int, int]:
    """Release and split an order of `quantity` by `stock`; return it and its remainder."""
    nut = "NUT"
    if ("item", nut) not in factory._ids:
        factory.item(nut)
    factory.stock(nut, stock)
    order = factory.order(needs(nut), quantity=quantity, phases=[phase(10)])
    [row] = factory.release(order, on_shortage="split")
    assert row.outcome == "split"
    return order, row.remainder_order_id


def quantity(factory: Factory, order: int) -> Quantity:
    """Return the quantity of an order."""
    return factory.order_row(order).quantity


def test_R35_an_untouched_remainder_is_merged_back_and_removed(factory: Factory) -> None:
    factory.item("NUT")
    factory.stock("NUT", 4)
    order = factory.order(needs("NUT"), quantity=10, phases=[phase(10)])
    before = factory.snapshot()
    [released] = factory.release(order, on_shortage="split")

    [row] = factory.restore(order)

    assert (row.outcome, row.merged_order_id, row.reasons) == ("restored", released.remainder_order_id, [])
    assert factory.order_row(released.remainder_order_id) is None
    assert factory.snapshot() == before


def release_it(factory: Factory, rest: int) -> None:
    factory.stock("NUT", 100)
    assert outcomes(factory.release(rest)) == ["released"]


def change_it(factory: Factory, rest: int) -> None:
    factory.change_order(rest, quantity=5)


def pick_it(factory: Factory, rest: int) -> None:
    factory.change_material(rest, picked_quantity=1)


def declare_it(factory: Factory, rest: int) -> None:
    factory.enter_declaration(rest)


def produce_it(factory: Factory, rest: int) -> None:
    factory.change_order(rest, produced_quantity=1)


def close_it(factory: Factory, rest: int) -> None:
    factory.change_order(rest, status="closed")


def reschedule_it(factory: Factory, rest: int) -> None:
    factory.change_order(rest, end_date=day(7))


def replace_a_component(factory: Factory, rest: int) -> None:
    factory.item("WASHER")
    factory.change_material(rest, item_id=factory.id("item", "WASHER"))


def give_it_a_phase(factory: Factory, rest: int) -> None:
    factory.add_phase(rest, phase(20))


TOUCHES = [
    release_it,
    change_it,
    pick_it,
    declare_it,
    produce_it,
    close_it,
    reschedule_it,
    replace_a_component,
    give_it_a_phase,
]


@pytest.mark.parametrize("touch", TOUCHES)
def test_R35_a_remainder_that_was_touched_stays_and_the_order_keeps_its_reduced_quantity(
    factory: Factory, touch: Callable[[Factory, int], None]
) -> None:
    order, rest = short(factory)
    touch(factory, rest)
    kept = factory.order_row(rest)

    [row] = factory.restore(order)

    assert (row.outcome, row.merged_order_id, codes(row)) == ("restored", None, ["remainder_kept"])
    assert (factory.status(order), quantity(factory, order)) == ("launched", 4)
    assert factory.order_row(rest) == kept


def test_R35_the_link_is_gone_once_the_remainder_was_kept(factory: Factory) -> None:
    order, rest = short(factory)
    release_it(factory, rest)
    factory.restore(order)
    factory.restore(rest)
    factory.release(order)
    [row] = factory.restore(order)
    assert (row.outcome, row.merged_order_id, row.reasons) == ("restored", None, [])
    assert (quantity(factory, order), quantity(factory, rest)) == (4, 6)


def test_R35_a_remainder_released_and_restored_is_untouched_again(factory: Factory) -> None:
    order, rest = short(factory)
    release_it(factory, rest)
    factory.restore(rest)
    [row] = factory.restore(order)
    assert (row.merged_order_id, quantity(factory, order)) == (rest, 10)


@pytest.mark.parametrize("remainder_first", [True, False])
def test_R36_an_executive_remainder_asked_besides_is_restored_and_merged_back_whatever_the_order_asked(
    factory: Factory, remainder_first: bool
) -> None:
    order, rest = short(factory)
    release_it(factory, rest)
    asked = (rest, order) if remainder_first else (order, rest)
    preview = factory.preview_restore(*asked)

    rows = factory.restore(*asked)

    answers = {row.order_id: row for row in rows}
    assert [row.order_id for row in rows] == [*asked]
    assert [(row.outcome, codes(row)) for row in preview] == [(row.outcome, codes(row)) for row in rows]
    assert (answers[rest].outcome, codes(answers[rest]), answers[rest].movement_count) == (
        "restored",
        ["merged_back"],
        1,
    )
    assert (answers[order].outcome, codes(answers[order]), answers[order].merged_order_id) == ("restored", [], rest)
    assert (quantity(factory, order), factory.order_row(rest)) == (10, None)
    assert factory.balance("NUT") == 104


@pytest.mark.parametrize("remainder_first", [True, False])
@pytest.mark.parametrize("all_or_none", [True, False])
def test_R36_a_launched_remainder_asked_besides_is_merged_back_with_nothing_to_take_back(
    factory: Factory, remainder_first: bool, all_or_none: bool
) -> None:
    order, rest = short(factory)
    asked = (rest, order) if remainder_first else (order, rest)

    answers = {row.order_id: row for row in factory.restore(*asked, all_or_none=all_or_none)}

    assert (answers[rest].outcome, codes(answers[rest])) == ("restored", ["merged_back"])
    assert (answers[rest].record_count, answers[rest].movement_count) == (0, 0)
    assert (answers[order].outcome, answers[order].merged_order_id) == ("restored", rest)
    assert (quantity(factory, order), factory.order_row(rest)) == (10, None)


def test_R36_a_launched_remainder_that_is_not_merged_is_not_executive(factory: Factory) -> None:
    order, rest = short(factory)
    change_it(factory, rest)
    rows = factory.restore(order, rest)
    assert [(row.outcome, codes(row)) for row in rows] == [
        ("restored", ["remainder_kept"]),
        ("refused", ["order_not_executive"]),
    ]


def test_R36_a_launched_remainder_of_an_order_that_is_refused_is_not_executive(factory: Factory) -> None:
    order, rest = short(factory)
    factory.enter_declaration(order)
    rows = factory.restore(order, rest)
    assert [(row.outcome, codes(row)) for row in rows] == [
        ("refused", ["declarations_exist"]),
        ("refused", ["order_not_executive"]),
    ]


def chain(factory: Factory) -> list[int]:
    """Split an order of 10 into 4, 3, 2 (executive) and 1 (launched)."""
    order, rest = short(factory)
    orders = [order, rest]
    for stock in (3, 2):
        factory.stock("NUT", stock)
        [row] = factory.release(orders[-1], on_shortage="split")
        orders.append(row.remainder_order_id)
    assert [quantity(factory, one) for one in orders] == [4, 3, 2, 1]
    return orders


def test_R35_a_chain_of_splits_is_undone_from_its_end(factory: Factory) -> None:
    orders = chain(factory)
    for place in (2, 1, 0):
        [row] = factory.restore(orders[place])
        assert row.merged_order_id == orders[place + 1]
    assert quantity(factory, orders[0]) == 10
    assert [factory.order_row(order) for order in orders[1:]] == [None] * 3


@pytest.mark.parametrize("places", [*permutations(range(3)), (0, 1, 2, 3), (3, 0, 2, 1)])
def test_R36_a_chain_of_splits_becomes_one_order_again_in_one_call_whatever_the_order_asked(
    factory: Factory, places: tuple[int, ...]
) -> None:
    orders = chain(factory)
    asked = [orders[place] for place in places]
    preview = factory.preview_restore(*asked)

    rows = factory.restore(*asked)

    assert [row.order_id for row in rows] == asked
    assert outcomes(rows) == outcomes(preview) == ["restored"] * len(asked)
    assert [row.merged_order_id for row in rows] == [(*orders, None)[place + 1] for place in places]
    assert [codes(row) for row in rows] == [["merged_back"] if place > 0 else [] for place in places]
    assert quantity(factory, orders[0]) == 10
    assert [factory.order_row(order) for order in orders[1:]] == [None] * 3


def test_R36_orders_of_other_numbers_keep_their_turns_between_the_parts_of_a_split(factory: Factory) -> None:
    order, rest = short(factory)
    release_it(factory, rest)
    other = factory.order(needs("NUT"), quantity=1, phases=[phase(10)])
    factory.release(other)
    rows = factory.restore(order, other, rest)
    assert [row.order_id for row in rows] == [order, other, rest]
    assert [codes(row) for row in rows] == [[], [], ["merged_back"]]


def test_R35_only_the_split_of_the_release_being_restored_is_undone(factory: Factory) -> None:
    orders = chain(factory)
    [row] = factory.restore(orders[1])  # 3, whose remainder (2) is executive
    assert codes(row) == ["remainder_kept"]
    [row] = factory.restore(orders[0])  # 4, whose remainder (3) is launched as it was left, though not as it was made
    assert (codes(row), row.merged_order_id) == (["remainder_kept"], None)
    assert [quantity(factory, order) for order in orders] == [4, 3, 2, 1]


def test_R35_split_restored_released_and_split_again_keeps_the_sum(factory: Factory) -> None:
    order, rest = short(factory)
    factory.restore(order)
    factory.stock("NUT", 3)
    [row] = factory.release(order, on_shortage="split")
    assert (quantity(factory, order), quantity(factory, row.remainder_order_id)) == (7, 3)
    assert factory.order_row(row.remainder_order_id).order_lot == 1
    assert row.remainder_order_id != rest
    factory.restore(order)
    assert quantity(factory, order) == 10
    assert factory.balance("NUT") == 7


def test_R35_a_kept_order_may_be_split_again_by_its_next_release(factory: Factory) -> None:
    order, rest = short(factory)
    release_it(factory, rest)
    factory.restore(order)
    factory.stock("NUT", -(factory.balance("NUT") - 1))
    [row] = factory.release(order, on_shortage="split")
    assert (row.outcome, quantity(factory, order)) == ("split", 1)
    assert factory.order_row(row.remainder_order_id).order_lot == 2
    [restored] = factory.restore(order)
    assert (restored.merged_order_id, quantity(factory, order)) == (row.remainder_order_id, 4)


def test_R35_a_remainder_refused_by_a_declaration_keeps_the_order_reduced(factory: Factory) -> None:
    order, rest = short(factory)
    release_it(factory, rest)
    factory.enter_declaration(rest)
    rows = factory.restore(rest, order)
    assert [(row.outcome, codes(row)) for row in rows] == [
        ("refused", ["declarations_exist"]),
        ("restored", ["remainder_kept"]),
    ]


def test_R35_R28_a_kept_remainder_keeps_its_commitments(factory: Factory) -> None:
    bolt = factory.item("BOLT", by_lot=True)
    factory.stock(bolt, 4, lot="A")
    order = factory.order(needs(bolt, lots={"A": 6, "B": 4}), quantity=10)
    [row] = factory.release(order, on_shortage="split")
    factory.change_order(row.remainder_order_id, quantity=5)

    [restored] = factory.restore(order)

    assert codes(restored) == ["remainder_kept"]
    assert factory.commitments(order) == {(1, "A"): 4}
    assert factory.commitments(row.remainder_order_id) == {(1, "A"): 2, (1, "B"): 4}


def test_R35_R37_a_merged_remainder_lives_on_in_the_history(factory: Factory) -> None:
    order, rest = short(factory)
    release_it(factory, rest)
    factory.restore(rest, order)
    lines = factory.select("movement_history", rest)
    assert [(line.order_lot, line.quantity, line.in_force) for line in lines] == [(1, -6, False)]
    runs = [run for run in factory.select("run_order_history", order_by="run_id, ordinal") if run.order_id == rest]
    assert [run.outcome for run in runs] == ["released", "restored"]


def test_R35_R50_a_merged_remainder_no_longer_counts_for_the_job_order(factory: Factory) -> None:
    factory.item("NUT")
    factory.stock("NUT", 4)
    job = factory.job(1, status="launched")
    order = factory.order(needs("NUT"), quantity=10, job=job)
    factory.release(order, on_shortage="split")
    assert factory.job_status(job) == "executive"
    factory.restore(order)
    assert factory.job_status(job) == "launched"


def test_R35_a_remainder_for_which_stock_was_moved_by_hand_is_kept(factory: Factory) -> None:
    order, rest = short(factory)
    factory.stock("NUT", 1, order=rest)
    [row] = factory.restore(order)
    assert (row.outcome, codes(row), row.merged_order_id) == ("restored", ["remainder_kept"], None)
