"""Of an order a chosen quantity is released, and the rest stays behind as its remainder (R77)."""

import uuid
from collections.abc import Callable, Sequence
from decimal import Decimal
from itertools import permutations
from typing import Any

import hypothesis
import hypothesis.strategies as st
import psycopg
import pytest
from psycopg.errors import InvalidParameterValue

from rilascio.errors import RequestKeyReused
from tests.factory import MAIN, Factory, Quantity, codes, needs, outcomes, phase
from tests.procedures.integrity.busy import found
from tests.sessions import two, wait_until_blocked

SHORTAGE = "insufficient_stock"
KEY = uuid.UUID("0a8f4f7e-6f0b-4a1e-8a8c-0c5a6f3b9d42")
ON_SHORTAGE = pytest.mark.parametrize("on_shortage", ["refuse", "split"])


def stocked(factory: Factory, stock: int | str = 100, **values: Any) -> int:
    """Make an order of 10 that needs a nut for each, and so many nuts more."""
    nut = factory.item("NUT") if ("item", "NUT") not in factory._ids else "NUT"
    if stock:
        factory.stock(nut, stock)
    return factory.order(needs(nut), **{"quantity": 10, **values})


def issued(factory: Factory, *orders: int) -> list[Quantity]:
    """Return what each line of the orders' records issued."""
    return [-m.quantity for m in factory.movements(*orders)]


def parts(factory: Factory, *orders: int) -> list[tuple[int, Quantity, str]]:
    """Return lot, quantity and status of orders."""
    rows = [factory.order_row(order) for order in orders]
    return [(row.order_lot, row.quantity, row.status) for row in rows]


@ON_SHORTAGE
def test_R77_the_chosen_quantity_is_released_and_the_rest_stays_launched(factory: Factory, on_shortage: str) -> None:
    order = stocked(factory)

    [row] = factory.release(order, quantities=[4], on_shortage=on_shortage)

    assert (row.outcome, row.record_count, row.movement_count, row.reasons) == ("split", 1, 1, [])
    assert parts(factory, order, row.remainder_order_id) == [(0, 4, "executive"), (1, 6, "launched")]
    assert issued(factory, order) == [4]
    assert factory.order_row(row.remainder_order_id).quantity_before == 4
    assert found(factory) == {}


@pytest.mark.parametrize("quantities", [None, [None, None], [10, None], ["10.00", 10]], ids=str)
def test_R77_an_order_of_which_all_is_released_is_not_split(factory: Factory, quantities: Any) -> None:
    one, two = stocked(factory), stocked(factory)
    rows = factory.release(one, two, quantities=quantities)
    assert [(row.outcome, row.remainder_order_id) for row in rows] == [("released", None)] * 2
    assert issued(factory, one, two) == [10, 10]


def test_R77_all_of_an_order_is_all_of_it_though_it_has_more_decimals_than_its_item(factory: Factory) -> None:
    factory.item("RACER", decimals=0)
    order = stocked(factory, quantity="2.5", item="RACER")
    assert outcomes(factory.preview(order, quantities=["2.5"])) == ["released"]
    [row] = factory.release(order, quantities=[2])
    assert [part[1] for part in parts(factory, order, row.remainder_order_id)] == [2, Decimal("0.5")]


def test_R77_each_order_of_a_call_has_its_own_quantity_and_later_ones_find_what_is_left(factory: Factory) -> None:
    orders = [stocked(factory, stock) for stock in (9, 0, 0)]
    rows = factory.release(*orders, quantities=[3, None, 5])
    assert [(row.outcome, codes(row)) for row in rows] == [("split", []), ("refused", [SHORTAGE]), ("split", [])]
    assert (rows[1].reasons[0]["required"], rows[1].reasons[0]["available"]) == (10, 6)
    assert issued(factory, *orders) == [3, 5]


@pytest.mark.parametrize("place", list(permutations(range(3))))
def test_R77_a_quantity_goes_with_its_order_whatever_else_the_call_names(
    factory: Factory, place: Sequence[int]
) -> None:
    one, two, unknown = stocked(factory), stocked(factory), 999_999_999
    asked = [(one, 2), (two, 7), (unknown, 5)]
    asked = [asked[at] for at in place]
    rows = factory.release(*(order for order, _ in asked), quantities=[quantity for _, quantity in asked])
    assert {row.order_id: row.outcome for row in rows} == {one: "split", two: "split", unknown: "refused"}
    assert (factory.order_row(one).quantity, factory.order_row(two).quantity) == (2, 7)


# Shortages ------------------------------------------------------------------------------------------------------------


def test_R77_stock_that_covers_the_chosen_quantity_is_enough(factory: Factory) -> None:
    order = stocked(factory, 4)
    assert outcomes(factory.release(order, quantities=[4], on_shortage="refuse")) == ["split"]


def test_R77_a_chosen_quantity_that_stock_does_not_cover_is_refused_with_what_it_lacks(factory: Factory) -> None:
    order = stocked(factory, 3)
    before = factory.everything()

    [row] = factory.release(order, quantities=[4], on_shortage="refuse")

    assert (row.outcome, codes(row)) == ("refused", [SHORTAGE])
    assert (row.reasons[0]["required"], row.reasons[0]["available"]) == (4, 3)
    assert factory.everything() == before


@pytest.mark.parametrize(("stock", "expected"), [(3, 3), (4, 4), (7, 4), (100, 4)])
def test_R77_where_it_is_split_on_shortage_the_largest_quantity_up_to_the_chosen_one_is_released(
    factory: Factory, stock: int, expected: int
) -> None:
    order = stocked(factory, stock)
    [row] = factory.release(order, quantities=[4], on_shortage="split")
    assert (row.outcome, codes(row)) == ("split", [])
    assert [part[1] for part in parts(factory, order, row.remainder_order_id)] == [expected, 10 - expected]
    assert issued(factory, order) == [expected]


def test_R77_with_nothing_feasible_the_order_is_refused_and_left_whole(factory: Factory) -> None:
    order = stocked(factory, "0.5")
    [row] = factory.release(order, quantities=[1], on_shortage="split")
    assert codes(row) == [SHORTAGE, "zero_feasible_quantity"]
    assert row.reasons[0]["required"] == 1
    assert factory.order_row(order).quantity == 10


def test_R77_a_row_of_which_the_part_needs_nothing_is_not_looked_at(factory: Factory) -> None:
    strange = factory.item("STRANGE", picking=None, decimals=0)
    order = stocked(factory)
    rare = factory.order(needs("NUT"), needs(strange, "0.1"), quantity=10)
    assert codes(factory.release(rare, quantities=[5])[0]) == ["mrp_parameters_missing"]
    assert outcomes(factory.release(rare, order, quantities=[4, 4])) == ["split"] * 2
    assert found(factory) == {}


# What cannot be -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("quantity", ["0", "-1", "-0.5", "11", "10.001", "2.5", "NaN", "Infinity", "-Infinity", "1e9"])
def test_R77_what_is_no_part_of_the_order_refuses_that_order_alone(factory: Factory, quantity: str) -> None:
    factory.item("RACER", decimals=0)
    order, other = stocked(factory, item="RACER"), stocked(factory)
    before = factory.everything()

    preview = factory.preview(order, quantities=[quantity])
    [row] = factory.release(order, quantities=[quantity], on_shortage="split")

    assert (row.outcome, codes(row)) == ("refused", ["quantity_not_possible"])
    assert [(line.outcome, line.feasible_quantity, line.reasons) for line in preview] == [("refused", 0, row.reasons)]
    assert factory.everything() == before
    assert outcomes(factory.release(order, other, quantities=[quantity, 4])) == ["refused", "split"]


def test_R77_the_reason_says_what_was_asked_and_what_there_is(factory: Factory) -> None:
    order = stocked(factory, number=7)
    [[many], [none]] = [factory.release(order, quantities=[quantity])[0].reasons for quantity in (12, "NaN")]
    assert (many["required"], many["available"]) == (12, 10)
    assert many["message"] == "Order 2026/7/0, of 10, cannot be released in a quantity of 12."
    assert (none["required"], none["available"]) == (None, 10)
    assert "a quantity of NaN" in none["message"]


def test_R77_the_status_and_an_impossible_quantity_are_the_only_reason(factory: Factory) -> None:
    factory.parameters(period_start="2030-01-01", period_end="2030-12-31")
    launched, executive = stocked(factory, 0), factory.order(quantity=10, status="executive")
    rows = factory.release(launched, executive, quantities=[0, 0])
    assert [codes(row) for row in rows] == [["quantity_not_possible"], ["order_not_launched"]]


@pytest.mark.parametrize("begun", ["picked", "produced", "declared", "no lot left"])
@ON_SHORTAGE
def test_R77_R24_an_order_that_may_not_be_split_is_released_whole_or_not_at_all(
    factory: Factory, begun: str, on_shortage: str
) -> None:
    bolt = factory.item("BOLT", "manual")
    factory.stock(factory.item("NUT"), 20)
    order = factory.order(
        needs("NUT", 2),
        needs(bolt, picked_quantity=1 if begun == "picked" else 0),
        quantity=10,
        phases=[phase(10)],
        order_lot=2147483647 if begun == "no lot left" else 0,
    )
    if begun == "produced":
        factory.change_order(order, produced_quantity=1)
    if begun == "declared":
        factory.enter_declaration(order)

    assert codes(factory.release(order, quantities=[4], on_shortage=on_shortage)[0]) == ["split_not_possible"]
    factory.stock("NUT", -13)
    preview, [row] = (
        call(order, quantities=[4], on_shortage=on_shortage) for call in (factory.preview, factory.release)
    )
    assert codes(row) == ["split_not_possible", SHORTAGE]
    assert (row.reasons[1]["required"], preview[0].reasons) == (8, row.reasons)
    factory.stock("NUT", 13)
    assert outcomes(factory.release(order, quantities=[10], on_shortage=on_shortage)) == ["released"]


def test_R77_R8_all_reasons_are_given_beside_a_split_that_is_not_possible(factory: Factory) -> None:
    nut, bare = factory.item("NUT"), factory.item("BARE", picking=None)
    order = factory.order(needs(nut, picked_quantity=1), needs(bare), quantity=10)
    [row] = factory.release(order, quantities=[4], on_shortage="split")
    assert codes(row) == ["split_not_possible", SHORTAGE, "mrp_parameters_missing"]


def test_R77_the_last_lots_are_counted_over_the_chosen_orders_of_a_call(factory: Factory) -> None:
    one = stocked(factory, number=8)
    two = stocked(factory, number=8, order_lot=2147483646)
    assert [codes(row) for row in factory.release(one, two, quantities=[5, 5])] == [[], ["split_not_possible"]]


@pytest.mark.parametrize(
    ("quantities", "said"),
    [
        ("{}", "p_quantities is null or empty"),
        ("{1}", "p_quantities has 1 elements, and p_order_ids has 2"),
        ("{1,2,3}", "p_quantities has 3 elements, and p_order_ids has 2"),
        ("{{1,2}}", "p_quantities is no list of quantities"),
        ("[0:1]={1,2}", "p_quantities is no list of quantities"),
        ("{1,1e1000}", "p_quantities has a number of 1001 characters; it takes at most 1000"),
        ("{1,1e-1000}", "p_quantities has a number of 1002 characters; it takes at most 1000"),
    ],
)
@pytest.mark.parametrize("function", ["release_production_orders", "preview_release"])
def test_R77_quantities_that_do_not_fit_the_orders_are_a_bad_call(
    factory: Factory, function: str, quantities: str, said: str
) -> None:
    orders = [stocked(factory), stocked(factory)]
    before = factory.snapshot(leaving_out=set())
    with pytest.raises(InvalidParameterValue, match=said) as error:
        factory.call(
            f"select * from erp_api.{function}(%s, %s, p_quantities => %s::numeric[])",
            [factory.company_id, orders, quantities],
        )
    assert error.value.diag.message_hint
    assert factory.snapshot(leaving_out=set()) == before


@pytest.mark.parametrize("quantities", [[4, 5], [4, None], [None, 4], [4, "NaN"]], ids=str)
def test_R77_an_order_with_two_quantities_is_a_bad_call(factory: Factory, quantities: Any) -> None:
    order = stocked(factory)
    with pytest.raises(InvalidParameterValue, match=f"different quantities for order id {order}"):
        factory.release(order, order, quantities=quantities)
    assert factory.status(order) == "launched"


@pytest.mark.parametrize("quantities", [[4, 4], ["4", "4.00"], [None, None], ["NaN", "NaN"]], ids=str)
def test_R77_R7_an_order_named_twice_with_one_quantity_counts_once(factory: Factory, quantities: Any) -> None:
    order = stocked(factory)
    assert len(factory.release(order, order, quantities=quantities)) == 1


def test_R77_R8_one_refused_quantity_refuses_all_under_all_or_none(factory: Factory) -> None:
    one, two = stocked(factory), stocked(factory)
    before = factory.everything()
    rows = factory.release(one, two, quantities=[4, 11], all_or_none=True)
    assert [codes(row) for row in rows] == [["all_or_none"], ["quantity_not_possible"]]
    assert factory.everything() == before


# What it needs --------------------------------------------------------------------------------------------------------


@hypothesis.settings(
    max_examples=25, deadline=None, suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture]
)
@hypothesis.given(
    unit=st.decimals("-3", "3", places=3).filter(bool),
    scrap=st.decimals("0", "20", places=1),
    decimals=st.integers(0, 3),
    sizes=st.lists(st.integers(1, 4), min_size=2, max_size=5),
)
def test_R77_R29_whatever_parts_are_chosen_they_need_together_what_the_whole_needed(
    factory: Factory, unit: Decimal, scrap: Decimal, decimals: int, sizes: list[int]
) -> None:
    with factory.undone():  # one example after the other
        nut = factory.item("NUT", decimals=decimals)
        factory.stock(nut, 1000)
        order = factory.order(needs(nut, unit, scrap_percent=scrap), quantity=sum(sizes))
        before = factory.snapshot()
        whole = sum(row.quantity or 0 for row in factory.preview(order))

        part, released = order, []
        for size in sizes:
            [row] = factory.release(part, quantities=[size])
            released.append(part)
            part = row.remainder_order_id

        assert part is None
        assert [factory.order_row(one).quantity for one in released] == sizes
        assert factory.balance(nut) == 1000 + whole
        assert found(factory) == {}
        assert outcomes(factory.restore(*released)) == ["restored"] * len(sizes)
        assert factory.snapshot() == before


def test_R77_R23_a_fixed_quantity_is_needed_in_full_by_both_parts(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.stock(nut, 10)
    order = factory.order(needs(nut, 5, fixed=True), quantity=10)
    [row] = factory.release(order, quantities=[1])
    assert outcomes(factory.release(row.remainder_order_id)) == ["released"]
    assert issued(factory, order, row.remainder_order_id) == [5, 5]


def test_R77_R5_R13_by_products_and_counterparts_are_those_of_the_part(factory: Factory) -> None:
    nut, chips = factory.item("NUT"), factory.item("CHIPS")
    factory.warehouse("LINE")
    factory.reason(MAIN, "ISS", "issue", counterpart=("LINE", "LOA"))
    factory.stock(nut, 100)
    order = factory.order(needs(nut, 2), needs(chips, "-0.5"), quantity=10)
    factory.release(order, quantities=[4])
    assert [(warehouse, item, quantity) for warehouse, _, item, _, _, quantity in factory.moved(order)] == [
        (MAIN, nut, -8),
        ("LINE", nut, 8),
        (MAIN, chips, 2),
    ]


def test_R77_R28_lots_committed_stay_with_the_part_as_far_as_it_needs_them(factory: Factory) -> None:
    glue = factory.item("GLUE", by_lot=True)
    for lot in "ABC":
        factory.stock(glue, 10, lot=lot)
    order = factory.order(needs(glue, lots={"B": 3, "C": 4}), quantity=10)
    before = factory.snapshot()

    [row] = factory.release(order, quantities=[5])

    assert factory.lots_of(order) == [("B", 3), ("C", 2)]
    assert (factory.commitments(order), factory.commitments(row.remainder_order_id)) == ({}, {(1, "C"): 2})
    [rest] = factory.release(row.remainder_order_id, quantities=[4])
    assert factory.lots_of(row.remainder_order_id) == [("A", 2), ("C", 2)]
    assert parts(factory, order, row.remainder_order_id, rest.remainder_order_id) == [
        (0, 5, "executive"),
        (1, 4, "executive"),
        (2, 1, "launched"),
    ]
    factory.restore(order, row.remainder_order_id)
    assert factory.snapshot() == before


def test_R77_R25_lots_are_chosen_for_the_part_alone(factory: Factory) -> None:
    glue = factory.item("GLUE", by_lot=True)
    for lot in "AB":
        factory.stock(glue, 5, lot=lot)
    orders = [factory.order(needs(glue), quantity=10) for _ in range(2)]
    assert outcomes(factory.release(*orders, quantities=[4, 6])) == ["split"] * 2
    assert [factory.lots_of(order) for order in orders] == [[("A", 4)], [("A", 1), ("B", 5)]]


# Preview, restore, history --------------------------------------------------------------------------------------------


@ON_SHORTAGE
def test_R77_the_preview_shows_what_the_release_does(factory: Factory, on_shortage: str) -> None:
    nut, glue = factory.item("NUT"), factory.item("GLUE", by_lot=True)
    factory.stock(nut, 12)
    factory.stock(glue, 9, lot="A")
    orders = [factory.order(needs(nut), needs(glue, lots={"A": 2}), quantity=10) for _ in range(5)]
    quantities = [3, 0, 5, 3, "0.5"]

    preview = factory.preview(*orders, quantities=quantities, on_shortage=on_shortage)
    rows = factory.release(*orders, quantities=quantities, on_shortage=on_shortage)

    shown = {line.order_id: (line.outcome, line.feasible_quantity, line.reasons) for line in preview}
    assert shown == {
        row.order_id: (
            row.outcome,
            0 if row.outcome == "refused" else factory.order_row(row.order_id).quantity,
            row.reasons,
        )
        for row in rows
    }
    moved = [(line.item_code, line.lot_code, line.quantity) for line in preview if line.quantity]
    assert moved == [(item, lot, quantity) for _, _, item, lot, _, quantity in factory.moved(*orders)]


@pytest.mark.parametrize("order_of_call", list(permutations(range(4))))
def test_R77_R36_a_chain_of_chosen_parts_becomes_one_order_again(
    factory: Factory, order_of_call: Sequence[int]
) -> None:
    order = stocked(factory)
    before = factory.snapshot()
    chain = [order]
    for quantity in (1, 2, 3):
        [row] = factory.release(chain[-1], quantities=[quantity])
        chain.append(row.remainder_order_id)
    factory.release(chain[-1])
    assert issued(factory, *chain) == [1, 2, 3, 4]

    factory.restore(*(chain[at] for at in order_of_call))

    assert factory.snapshot() == before


def test_R77_R35_a_remainder_that_was_worked_on_stays(factory: Factory) -> None:
    order = stocked(factory)
    [row] = factory.release(order, quantities=[4])
    factory.change_order(row.remainder_order_id, priority=1)
    assert codes(factory.restore(order)[0]) == ["remainder_kept"]
    assert parts(factory, order, row.remainder_order_id) == [(0, 4, "launched"), (1, 6, "launched")]
    assert outcomes(factory.merge(row.remainder_order_id)) == ["merged"]


def test_R77_R60_the_quantities_belong_to_what_a_request_key_stands_for(factory: Factory) -> None:
    orders = [stocked(factory), stocked(factory)]
    first = factory.release(*orders, quantities=[4, None], key=KEY)
    assert factory.release(*orders, quantities=["4.0", None], key=KEY) == first
    for other in (None, [4, 10], [5, None], [None, 4]):
        with pytest.raises(RequestKeyReused):
            factory.release(*orders, quantities=other, key=KEY)


def test_R77_R61_the_run_keeps_what_was_asked_and_what_became_of_it(factory: Factory) -> None:
    orders = [stocked(factory), stocked(factory)]
    rows = factory.release(*orders, quantities=["2.00", None])
    [run] = factory.select("run_history")
    assert (run.arguments["quantities"], run.split_count, run.released_count) == ([2, None], 1, 1)
    answers = factory.select("run_order_history", order_by="ordinal")
    assert [(row.outcome, row.other_order_id) for row in answers] == [
        ("split", rows[0].remainder_order_id),
        ("released", None),
    ]


def test_R77_R50_the_job_order_counts_both_parts(factory: Factory) -> None:
    job = factory.job(7)
    order = stocked(factory, job=job)
    [row] = factory.release(order, quantities=[4])
    factory.release(row.remainder_order_id)
    states = {factory.job_status(job)}
    factory.restore(order, row.remainder_order_id)
    assert factory.job_status(job) not in states


# Several at once ------------------------------------------------------------------------------------------------------

RELEASE = """
select outcome, jsonb_path_query_array(reasons, '$[*].code')
from erp_api.release_production_orders(%s, %s, p_quantities => %s::numeric[])
"""


@pytest.mark.parametrize(("second", "answer"), [("{5}", ("refused", ["order_not_launched"])), (None, None)])
def test_R77_R62_the_same_order_is_released_in_part_once(
    committed: tuple[Factory, psycopg.Connection],
    rilascio_login: Callable[..., str],
    second: str | None,
    answer: tuple[str, list[str]] | None,
) -> None:
    factory, observer = committed
    order = stocked(factory)
    factory.connection.commit()
    with two(rilascio_login) as (one, other):
        assert one.send(RELEASE, [factory.company_id, [order], "{4}"]).result(30) == [("split", [])]
        waiting = other.send(RELEASE, [factory.company_id, [order], second])
        wait_until_blocked(observer, other, one)
        one.connection.commit()
        assert waiting.result(30) == [answer or ("refused", ["order_not_launched"])]
        other.connection.commit()
    assert factory.balance("NUT") == 96


def test_R77_R62_two_parts_of_one_number_take_two_lots_at_once(
    committed: tuple[Factory, psycopg.Connection], rilascio_login: Callable[..., str]
) -> None:
    factory, observer = committed
    lots = [stocked(factory, number=8, order_lot=lot) for lot in range(3)]
    factory.connection.commit()
    with two(rilascio_login) as (one, other):
        assert one.send(RELEASE, [factory.company_id, [lots[1]], "{4}"]).result(30) == [("split", [])]
        waiting = other.send(RELEASE, [factory.company_id, [lots[2]], "{3}"])
        wait_until_blocked(observer, other, one)
        one.connection.commit()
        assert waiting.result(30) == [("split", [])]
        other.connection.commit()
    made = [(row["order_lot"], row["quantity"]) for row in factory.table("production_order") if row["order_lot"] > 2]
    assert sorted(made) == [(3, 6), (4, 7)]


def test_R77_R62_a_release_in_part_waits_for_whoever_holds_another_lot_of_the_number(
    committed: tuple[Factory, psycopg.Connection], rilascio_login: Callable[..., str]
) -> None:
    factory, observer = committed
    lots = [stocked(factory, number=8, order_lot=lot) for lot in range(3)]
    factory.connection.commit()
    factory.change_order(lots[2], priority=5)
    with two(rilascio_login) as (whole, part):
        assert whole.send(RELEASE, [factory.company_id, [lots[0]], None]).result(30) == [("released", [])]
        whole.connection.commit()
        waiting = part.send(RELEASE, [factory.company_id, [lots[1]], "{4}"])
        wait_until_blocked(observer, part, factory.connection)
        factory.connection.commit()
        assert waiting.result(30) == [("split", [])]
        part.connection.commit()
