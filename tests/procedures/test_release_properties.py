"""What holds whatever the factory looks like: identity, sums, preview, refusal (R7, R8, R15, R34)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.factory import MAIN, Factory, Material, day, needs, outcomes
from tests.procedures.test_preview import planned

PLAIN, BY_LOT, LOTS = ("NUT", "BOLT"), ("GLUE", "FOIL"), ("A", "B", "C")

often = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    phases=[phase for phase in settings.default.phases if phase != Phase.reuse],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


@dataclass(frozen=True)
class RandomShop:
    """What a random factory is made of."""

    parameters: dict[str, bool]
    warehouse: dict[str, bool]
    with_counterpart: bool
    policy: str
    decimals: int
    stock: list[tuple[str, int, str, str | None, int]]
    orders: list[tuple[int, list[Material]]]


units = st.sampled_from(["0.3", "0.5", "1", "1.25", "2", "3"])


@st.composite
def materials(draw: st.DrawFn) -> Material:
    """Draw a material row."""
    item = draw(st.sampled_from(PLAIN + BY_LOT))
    by_product = draw(st.sampled_from([False] * 5 + [True]))
    lots: dict[str, int] = {}
    if item in BY_LOT:
        lots = draw(st.dictionaries(st.sampled_from(LOTS), st.integers(1, 8), max_size=2))
        if by_product:
            lots = {"A": 99, **lots}
    return needs(
        item,
        ("-" if by_product else "") + draw(units),
        lots=lots,
        fixed=draw(st.booleans()),
        scrap_percent=draw(st.sampled_from([0, 0, 5, 12])),
        picked_quantity=draw(st.sampled_from([0, 0, 0, 0, 1])),
        **draw(st.sampled_from([{}, {}, {"warehouse": "LINE", "reason": "LOA" if by_product else "ISS"}])),
    )


@st.composite
def shops(draw: st.DrawFn) -> RandomShop:
    """Draw a factory with scarce stock and up to five orders."""
    item = st.sampled_from([*((code, "") for code in PLAIN), *((code, lot) for code in BY_LOT for lot in LOTS)])
    place = st.sampled_from([None, None, "X", "SHUT", "LINE"])
    stock = draw(st.lists(st.tuples(item, st.integers(1, 12), place, st.sampled_from([0, 0, 0, 9])), max_size=10))
    order = st.tuples(st.integers(1, 8), st.lists(materials(), max_size=3))
    return RandomShop(
        parameters={"allow_negative_stock": draw(st.booleans())},
        warehouse={"allow_negative_stock": draw(st.booleans()), "check_location": draw(st.booleans())},
        with_counterpart=draw(st.booleans()),
        policy=draw(st.sampled_from(["fifo", "expiry", "manual"])),
        decimals=draw(st.integers(0, 2)),
        stock=[(code, quantity, lot, where, on) for (code, lot), quantity, where, on in stock],
        orders=draw(st.lists(order, min_size=1, max_size=5)),
    )


@contextmanager
def built(factory: Factory, shop: RandomShop) -> Iterator[list[int]]:
    """Build a shop for a while and give the ids of its orders."""
    ids = dict(factory._ids)
    try:
        with factory.connection.transaction(force_rollback=True):
            factory.parameters(**shop.parameters)
            factory.change_warehouse(MAIN, **shop.warehouse)
            factory.location("X")
            factory.location("SHUT", blocked=True)
            factory.warehouse("LINE")
            if shop.with_counterpart:
                factory.reason(MAIN, "ISS", "issue", counterpart=("LINE", "LOA"))
            for code in PLAIN:
                factory.item(code, decimals=shop.decimals)
            for code in BY_LOT:
                factory.item(code, decimals=shop.decimals, by_lot=True, lot_policy=shop.policy)
                for number, lot in enumerate(reversed(LOTS)):
                    factory.lot(code, lot, start_date=day(-number), expiry_date=day(30 + number))
            factory.keep(PLAIN[0], "X")
            for code, quantity, lot, where, on in shop.stock:
                there = {"warehouse": "LINE"} if where == "LINE" else {"location": where}
                factory.stock(code, quantity, lot=lot or None, on=day(on), **there)
            yield [factory.order(*rows, quantity=quantity) for quantity, rows in shop.orders]
    finally:
        factory._ids = ids


def assert_sound(factory: Factory) -> None:
    """Assert that the balance is the sum of the movements, that no lot is below zero and nothing that may not be."""
    wrong = factory.connection.execute(
        "select count(*) from ("
        " select warehouse_id, item_id, lot_id, location_id, sum(quantity) as total from erp.stock_movement"
        " where company_id = %(company)s group by 1, 2, 3, 4) as m"
        " full join (select * from erp.stock_balance where company_id = %(company)s) as b"
        " on (b.warehouse_id, b.item_id, coalesce(b.lot_id, 0), coalesce(b.location_id, 0))"
        " = (m.warehouse_id, m.item_id, coalesce(m.lot_id, 0), coalesce(m.location_id, 0))"
        " where coalesce(m.total, 0) <> coalesce(b.on_hand, 0) or (b.lot_id is not null and b.on_hand < 0)",
        {"company": factory.company_id},
    ).fetchone()
    assert wrong == (0,)
    below = factory.connection.execute(
        "select count(*) from (select sum(b.on_hand) as total from erp.stock_balance as b"
        " join erp.warehouse as w on w.company_id = b.company_id and w.warehouse_id = b.warehouse_id"
        " join erp.production_parameter as p on p.company_id = b.company_id where b.company_id = %s"
        " and not (w.allow_negative_stock and p.allow_negative_stock)"
        " group by b.warehouse_id, b.item_id, case when w.check_location then b.location_id end) as t"
        " where t.total < 0",
        [factory.company_id],
    ).fetchone()
    assert below == (0,)


shortages = st.sampled_from(["refuse", "split"])


@often
@given(shop=shops(), on_shortage=shortages)
def test_R34_release_then_restore_backwards_is_the_identity(
    factory: Factory, shop: RandomShop, on_shortage: str
) -> None:
    with built(factory, shop) as orders:
        before = factory.snapshot()
        rows = factory.release(*orders, on=day(0), on_shortage=on_shortage)
        done = [row.order_id for row in rows if row.outcome != "refused"]
        if done:
            back = factory.restore(*reversed(done))
            assert outcomes(back) == ["restored"] * len(done)
            assert [row.reasons for row in back] == [[]] * len(done)
        assert factory.snapshot() == before


@often
@given(shop=shops(), on_shortage=shortages, data=st.data())
def test_R34_R36_so_it_is_after_whatever_came_before(
    factory: Factory, shop: RandomShop, on_shortage: str, data: st.DataObject
) -> None:
    with built(factory, shop) as orders:
        first = data.draw(st.lists(st.sampled_from(orders), min_size=1, unique=True))
        rows = factory.release(*first, on=day(0), on_shortage=on_shortage)
        rests = [row.remainder_order_id for row in rows if row.remainder_order_id]
        factory.restore(*first[: len(first) // 2 + 1])
        before = factory.snapshot()

        rows = factory.release(*rests, *orders, on=day(0), on_shortage="split")
        done = [row.order_id for row in rows if row.outcome != "refused"]
        if done:
            back = factory.restore(*reversed(done))
            assert outcomes(back) == ["restored"] * len(done)

        assert factory.snapshot() == before


@often
@given(shop=shops(), on_shortage=shortages)
def test_R15_R19_stock_is_the_sum_of_its_movements_and_never_below_what_is_allowed(
    factory: Factory, shop: RandomShop, on_shortage: str
) -> None:
    with built(factory, shop) as orders:
        rows = factory.release(*orders, on=day(0), on_shortage=on_shortage)
        assert_sound(factory)
        counted = {row.order_id: (row.record_count, row.movement_count) for row in rows}
        for order in orders:
            lines = factory.movements(order)
            assert counted[order] == (len({line.stock_record_id for line in lines}), len(lines))
        factory.restore(*orders)
        assert_sound(factory)


@often
@given(shop=shops(), on_shortage=shortages)
def test_R8_preview_is_what_release_and_restore_then_do(factory: Factory, shop: RandomShop, on_shortage: str) -> None:
    with built(factory, shop) as orders:
        before = factory.everything()
        preview = factory.preview(*orders, on=day(0), on_shortage=on_shortage)
        assert factory.everything() == before
        rows = factory.release(*orders, on=day(0), on_shortage=on_shortage)
        assert {(p.ordinal, p.order_id, p.outcome, str(p.reasons)) for p in preview} == {
            (r.ordinal, r.order_id, r.outcome, str(r.reasons)) for r in rows
        }
        assert planned(preview) == planned(factory.movements(*orders))
        released = {p.order_id: p.feasible_quantity for p in preview if p.outcome != "refused"}
        assert released == {order: factory.order_row(order).quantity for order in released}

        undo = factory.preview_restore(*orders)
        assert [(u.order_id, u.outcome, u.movement_count, u.reasons) for u in undo] == [
            (r.order_id, r.outcome, r.movement_count, r.reasons) for r in factory.restore(*orders)
        ]


@often
@given(shop=shops(), on_shortage=shortages, all_or_none=st.booleans())
def test_R8_a_refused_order_changes_nothing(
    factory: Factory, shop: RandomShop, on_shortage: str, all_or_none: bool
) -> None:
    def of(order: int) -> list[Any]:
        tables = ("production_order", "production_order_material", "material_lot", "stock_record")
        return [factory.table(name, order) for name in tables]

    with built(factory, shop) as orders:
        before, state = factory.everything(), {order: of(order) for order in orders}
        rows = factory.release(*orders, on=day(0), on_shortage=on_shortage, all_or_none=all_or_none)
        refused = [row for row in rows if row.outcome == "refused"]
        for row in refused:
            assert row.reasons
            assert of(row.order_id) == state[row.order_id]
            assert (row.record_count, row.movement_count, row.remainder_order_id) == (0, 0, None)
        if all_or_none and refused:
            assert len(refused) == len(rows)
        if len(refused) == len(rows):
            assert factory.everything() == before


@often
@given(shop=shops(), on_shortage=shortages)
def test_R7_orders_released_one_by_one_end_as_those_released_at_once(
    factory: Factory, shop: RandomShop, on_shortage: str
) -> None:
    with built(factory, shop) as orders:
        with factory.connection.transaction(force_rollback=True):
            single = [factory.release(order, on=day(0), on_shortage=on_shortage)[0].outcome for order in orders]
            moved = [factory.moved(order) for order in orders]
            balances = factory.snapshot()["stock_balance"]
        assert outcomes(factory.release(*orders, on=day(0), on_shortage=on_shortage)) == single
        assert [factory.moved(order) for order in orders] == moved
        assert factory.snapshot()["stock_balance"] == balances


@often
@given(shop=shops())
def test_R23_R21_the_first_order_is_as_large_as_can_be_and_the_sum_is_exact(factory: Factory, shop: RandomShop) -> None:
    with built(factory, shop) as orders:
        for order in orders:
            whole: Decimal = factory.order_row(order).quantity
            with factory.connection.transaction(force_rollback=True):
                [row] = factory.release(order, on=day(0), on_shortage="split")
                outcome = row.outcome
                kept = factory.order_row(order).quantity
                if outcome == "split":
                    assert kept + factory.order_row(row.remainder_order_id).quantity == whole
                    assert kept == int(kept) > 0
            if outcome == "split":
                for quantity, expected in ((kept, "released"), (kept + 1, "refused")):
                    with factory.connection.transaction(force_rollback=True):
                        factory.change_order(order, quantity=quantity)
                        [row] = factory.release(order, on=day(0), on_shortage="refuse")
                        assert row.outcome == expected
