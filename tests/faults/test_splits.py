"""Splits, one after the other: the parts need what the whole needed, and are one order again (R29, R35, R36)."""

from itertools import permutations

import pytest

from tests.factory import codes, day, needs, outcomes
from tests.faults.outside import Outside


@pytest.fixture
def fragments(outside: Outside) -> list[int]:
    """Give the three parts of an order for 3 that was released as one B a day came in."""
    outside.item("B", decimals=0)
    parts = [outside.order(needs("B"), quantity=3)]
    for number in range(3):
        outside.stock("B", 1, on=day(number))
        [row] = outside.release(parts[-1], on=day(number), on_shortage="split")
        if row.remainder_order_id:
            parts.append(row.remainder_order_id)
    assert [outside.state(part)[0] for part in parts] == ["executive"] * 3
    return parts


@pytest.mark.parametrize("turns", list(permutations(range(3))), ids=str)
def test_R36_a_chain_of_splits_is_one_order_again_in_whatever_order_it_is_asked(
    outside: Outside, fragments: list[int], turns: tuple[int, ...]
) -> None:
    asked = [fragments[turn] for turn in turns]

    rows = outside.restore(*asked)

    assert [row.order_id for row in rows] == asked
    assert outcomes(rows) == ["restored"] * 3
    warned = {row.order_id: codes(row) for row in rows}
    assert [warned[part] for part in fragments] == [[], ["merged_back"], ["merged_back"]]
    assert [outside.order_row(part) is None for part in fragments] == [False, True, True]
    assert (outside.status(fragments[0]), outside.order_row(fragments[0]).quantity) == ("launched", 3)
    assert outside.stocks() == {"MAIN A": 100, "MAIN B": 3}
    assert outside.findings() == set()


def test_R29_four_parts_need_together_what_the_whole_needs(outside: Outside) -> None:
    outside.item("WHOLE", decimals=0)
    outside.item("B", decimals=0)
    outside.stock("WHOLE", 10)
    for number in range(4):
        outside.stock("B", 1, on=day(number))
    order = outside.order(needs("WHOLE", "0.4"), needs("B"), quantity=4)
    plan = outside.preview(order, on=day(3))
    assert [(row.item_code, row.quantity) for row in plan] == [("WHOLE", -2), ("B", -4)]

    parts = [order]
    for number in range(4):
        [row] = outside.release(parts[-1], on=day(number), on_shortage="split")
        assert row.outcome == ("split" if number < 3 else "released")
        if row.remainder_order_id:
            parts.append(row.remainder_order_id)

    assert outside.stocks() == {"MAIN A": 100, "MAIN WHOLE": 8}
    assert outside.findings() == set()

    outside.restored(*reversed(parts))
    assert outside.order_row(order).quantity == 4
    assert outside.stocks() == {"MAIN A": 100, "MAIN WHOLE": 10, "MAIN B": 4}
    assert outside.findings() == set()


def test_R24_where_no_lot_number_is_left_that_order_alone_is_refused(outside: Outside) -> None:
    outside.item("B", decimals=0)
    outside.stock("B", 6)
    last = outside.order(needs("B"), quantity=10, order_lot=2147483647)
    other = outside.order(needs("B"), quantity=1)

    plan = outside.preview(last, other, on_shortage="split")
    rows = outside.release(last, other, on_shortage="split")

    assert [(row.order_id, row.outcome) for row in plan] == [(last, "refused"), (other, "released")]
    assert [(row.order_id, row.outcome) for row in rows] == [(last, "refused"), (other, "released")]
    assert set(codes(rows[0])) == {"insufficient_stock", "split_not_possible"}
    assert codes(plan[0]) == codes(rows[0])
    assert outside.stocks() == {"MAIN A": 100, "MAIN B": 5}
    assert outside.findings() == set()
