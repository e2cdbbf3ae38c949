"""Restore of what a release loaded: refused when it has been used since (R38)."""

import itertools

import pytest

from tests.factory import MAIN, Factory, Number, codes, day, needs, outcomes


@pytest.fixture
def linked(factory: Factory) -> Factory:
    """Give a factory whose issues from MAIN have counterparts in LINE, with the items NUT and, by lot, BOLT."""
    factory.warehouse("LINE")
    factory.reason(MAIN, "ISS", "issue", counterpart=("LINE", "LOA"))
    factory.item("NUT")
    factory.item("BOLT", by_lot=True)
    return factory


def used(factory: Factory, order: int) -> list[tuple[str, str | None, Number, Number]]:
    """Return warehouse, lot, required and available of what the restore of an order lacks."""
    [row] = factory.preview_restore(order)
    [same] = factory.restore(order)
    assert row.reasons == same.reasons
    assert {reason["code"] for reason in row.reasons} <= {"counterpart_stock_used"}
    return [(r["warehouse_code"], r["lot_code"], r["required"], r["available"]) for r in row.reasons]


def test_R38_a_counterpart_that_was_used_since_refuses_the_restore(linked: Factory) -> None:
    linked.stock("NUT", 10)
    order = linked.order(needs("NUT", 5))
    linked.release(order, on=day(0))
    linked.stock("NUT", -3, warehouse="LINE", on=day(1))
    before = linked.everything()

    assert used(linked, order) == [("LINE", None, 5, 2)]

    assert linked.everything() == before
    linked.stock("NUT", 3, warehouse="LINE", on=day(1))
    assert outcomes(linked.restore(order)) == ["restored"]
    assert linked.balance("NUT", "LINE") == 0


def test_R38_stock_that_was_there_before_may_stand_in(linked: Factory) -> None:
    linked.stock("NUT", 10)
    linked.stock("NUT", 3, warehouse="LINE")
    order = linked.order(needs("NUT", 5))
    linked.release(order, on=day(0))
    linked.stock("NUT", -3, warehouse="LINE", on=day(1))
    assert outcomes(linked.restore(order)) == ["restored"]


def test_R38_R16_every_later_day_must_bear_the_removal(linked: Factory) -> None:
    linked.stock("NUT", 10)
    order = linked.order(needs("NUT", 5))
    linked.release(order, on=day(0))
    linked.stock("NUT", -4, warehouse="LINE", on=day(3))
    linked.stock("NUT", 90, warehouse="LINE", on=day(4))
    assert used(linked, order) == [("LINE", None, 5, 1)]


def test_R38_what_was_used_before_the_load_is_no_matter(linked: Factory) -> None:
    linked.stock("NUT", 10)
    linked.stock("NUT", 4, warehouse="LINE", on=day(-9))
    linked.stock("NUT", -4, warehouse="LINE", on=day(-8))
    order = linked.order(needs("NUT", 5))
    linked.release(order, on=day(0))
    assert outcomes(linked.restore(order)) == ["restored"]


def test_R38_a_by_product_that_was_used_refuses_too(factory: Factory) -> None:
    chips = factory.item("CHIPS")
    order = factory.order(needs(chips, -5))
    factory.release(order, on=day(0))
    factory.stock(chips, -2, on=day(0))
    assert used(factory, order) == [(MAIN, None, 5, 3)]


def test_R38_a_transfer_to_wip_that_was_used_refuses_too(factory: Factory) -> None:
    pipe = factory.item("PIPE", "manual")
    factory.parameters(wip_management=True, transfer_manual_to_wip=True)
    factory.warehouse("LINE")
    factory.rule("wip", "LINE")
    factory.stock(pipe, 10)
    order = factory.order(needs(pipe, 5))
    factory.release(order, on=day(0))
    factory.stock(pipe, -1, warehouse="LINE", on=day(0))
    assert used(factory, order) == [("LINE", None, 5, 4)]


def test_R38_R16_R17_what_lies_in_no_location_must_bear_every_later_day_too(linked: Factory) -> None:
    linked.change_warehouse("LINE", check_location=True)
    linked.stock("NUT", 10)
    order = linked.order(needs("NUT", 5))
    linked.release(order, on=day(0))
    linked.stock("NUT", -4, warehouse="LINE", on=day(3))
    linked.stock("NUT", 90, warehouse="LINE", on=day(4))
    assert used(linked, order) == [("LINE", None, 5, 1)]


@pytest.mark.parametrize(("company", "warehouse"), list(itertools.product([False, True], repeat=2)))
def test_R38_R15_below_zero_is_allowed_where_company_and_warehouse_allow_it(
    linked: Factory, company: bool, warehouse: bool
) -> None:
    linked.parameters(allow_negative_stock=company)
    linked.change_warehouse("LINE", allow_negative_stock=warehouse)
    linked.stock("NUT", 10)
    order = linked.order(needs("NUT", 5))
    linked.release(order, on=day(0))
    linked.stock("NUT", -3, warehouse="LINE", on=day(1))
    [row] = linked.restore(order)
    assert row.outcome == ("restored" if company and warehouse else "refused")
    assert linked.balance("NUT", "LINE") == (-3 if company and warehouse else 2)


def test_R38_R15_a_lot_never_goes_below_zero_not_even_then(linked: Factory) -> None:
    linked.parameters(allow_negative_stock=True)
    linked.change_warehouse("LINE", allow_negative_stock=True)
    linked.stock("BOLT", 10, lot="A")
    order = linked.order(needs("BOLT", 5))
    linked.release(order, on=day(0))
    linked.stock("BOLT", -3, warehouse="LINE", lot="A", on=day(1))
    assert used(linked, order) == [("LINE", "A", 5, 2)]


def test_R38_every_lot_that_lacks_is_named(linked: Factory) -> None:
    for lot in ("A", "B", "C"):
        linked.stock("BOLT", 2, lot=lot)
    order = linked.order(needs("BOLT", 6))
    linked.release(order, on=day(0))
    for lot in ("A", "C"):
        linked.stock("BOLT", -1, warehouse="LINE", lot=lot, on=day(1))
    assert sorted(used(linked, order)) == [("LINE", "A", 2, 1), ("LINE", "C", 2, 1)]


@pytest.mark.parametrize("by_location", [False, True])
def test_R38_R17_the_location_is_checked_where_the_warehouse_checks_it(linked: Factory, by_location: bool) -> None:
    linked.change_warehouse("LINE", check_location=by_location)
    linked.location("X", warehouse="LINE")
    linked.location("Y", warehouse="LINE")
    linked.keep("NUT", "X", warehouse="LINE")
    linked.stock("NUT", 10)
    linked.stock("NUT", 10, warehouse="LINE", location="Y")
    order = linked.order(needs("NUT", 5))
    linked.release(order, on=day(0))
    linked.stock("NUT", -3, warehouse="LINE", location="X", on=day(1))
    if by_location:
        assert used(linked, order) == [("LINE", None, 5, 2)]
    else:
        assert outcomes(linked.restore(order)) == ["restored"]


def test_R38_all_records_of_the_order_are_taken_back_before_it_is_checked(factory: Factory) -> None:
    """The order issued more of the item than it loaded: the warehouse is better off without it."""
    nut = factory.item("NUT")
    factory.stock(nut, 5)
    order = factory.order(needs(nut, -2), needs(nut, 5))
    factory.release(order, on=day(0))
    factory.stock(nut, -2, on=day(1))
    assert factory.balance(nut) == 0
    assert outcomes(factory.restore(order)) == ["restored"]
    assert factory.balance(nut) == 3


def test_R36_R38_what_an_earlier_order_of_the_call_gives_back_counts(linked: Factory) -> None:
    linked.stock("NUT", 5)
    giver, taker = linked.order(needs("NUT", 5)), linked.order(needs("NUT", 5, warehouse="LINE"))
    linked.release(giver, taker, on=day(0))
    before = linked.everything()

    with linked.connection.transaction(force_rollback=True):
        assert outcomes(linked.restore(giver, taker)) == ["refused", "restored"]
    assert linked.everything() == before
    assert outcomes(linked.restore(taker, giver)) == ["restored", "restored"]
    assert (linked.balance("NUT"), linked.balance("NUT", "LINE")) == (5, 0)


def test_R36_R38_lots_given_back_earlier_in_the_call_count(linked: Factory) -> None:
    linked.stock("BOLT", 5, lot="A")
    giver, taker = linked.order(needs("BOLT", 5)), linked.order(needs("BOLT", 5, warehouse="LINE"))
    linked.release(giver, taker)
    assert outcomes(linked.restore(giver, taker)) == ["refused", "restored"]
    assert outcomes(linked.restore(giver)) == ["restored"]


def test_R38_R18_all_reasons_are_given_at_once(linked: Factory) -> None:
    linked.stock("NUT", 5)
    order = linked.order(needs("NUT", 5))
    linked.release(order, on=day(0))
    linked.stock("NUT", -3, warehouse="LINE", on=day(1))
    linked.parameters(period_start=day(1))
    [row] = linked.restore(order)
    assert codes(row) == ["period_closed", "counterpart_stock_used"]


def test_R38_removing_an_issue_is_never_refused(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.parameters(allow_negative_stock=True)
    factory.change_warehouse(MAIN, allow_negative_stock=True)
    order = factory.order(needs(nut, 5))
    factory.release(order, on=day(0))
    factory.stock(nut, -50, on=day(1))
    factory.parameters(allow_negative_stock=False)
    assert outcomes(factory.restore(order)) == ["restored"]
    assert factory.balance(nut) == -50


def test_R38_of_what_was_already_below_zero_the_order_is_not_blamed_beyond_its_load(linked: Factory) -> None:
    """Loads taken back from a stock that others drove below zero are refused, with nothing available."""
    linked.stock("NUT", 5)
    order = linked.order(needs("NUT", 5))
    linked.release(order, on=day(0))
    linked.parameters(allow_negative_stock=True)
    linked.stock("NUT", -9, warehouse="LINE", on=day(1))
    [(warehouse, lot, required, available)] = used(linked, order)
    assert (warehouse, lot, required) == ("LINE", None, 5)
    assert int(available) <= 0


def test_R38_R41_the_restore_grid_shows_what_stands_against_it(linked: Factory) -> None:
    linked.stock("NUT", 10)
    free, blocked = linked.order(needs("NUT", 2)), linked.order(needs("NUT", 5))
    linked.release(free, blocked, on=day(0))
    linked.stock("NUT", -5, warehouse="LINE", on=day(1))
    rows = {row.order_id: row for row in linked.select("restore_grid")}
    assert (rows[free].restorable, rows[free].blockers) == (True, [])
    assert rows[blocked].restorable is False
    assert [r["code"] for r in rows[blocked].blockers] == ["counterpart_stock_used"]


def test_R38_R23_a_split_with_a_counterpart_is_undone_as_a_whole(linked: Factory) -> None:
    linked.stock("NUT", 4)
    order = linked.order(needs("NUT"), quantity=10)
    before = linked.snapshot()
    linked.release(order, on_shortage="split", on=day(0))
    linked.stock("NUT", -1, warehouse="LINE", on=day(1))
    assert used(linked, order) == [("LINE", None, 4, 3)]
    linked.stock("NUT", 1, warehouse="LINE", on=day(1))
    [row] = linked.restore(order)
    assert (row.outcome, row.merged_order_id is not None) == ("restored", True)
    assert linked.snapshot()["production_order"] == before["production_order"]


@pytest.mark.parametrize("others", [0, 3])
def test_R38_R17_what_was_loaded_into_a_location_blocked_since_can_be_taken_back(factory: Factory, others: int) -> None:
    chips = factory.item("CHIPS")
    factory.location("X")
    factory.keep(chips, "X")
    order = factory.order(needs(chips, -5))
    factory.release(order)
    if others:
        factory.stock(chips, others)
    factory.block("X")

    assert outcomes(factory.preview_restore(order)) == ["restored"]
    assert outcomes(factory.restore(order)) == ["restored"]
    assert factory.balance(chips) == others


def test_R38_R17_what_was_issued_from_a_location_blocked_since_covers_no_load_taken_back(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.location("X")
    factory.stock(nut, 5, location="X")
    order = factory.order(needs(nut, 5, warehouse=MAIN, location="X"), needs(nut, -2))
    factory.release(order, on=day(0))
    factory.stock(nut, -2, on=day(1))
    factory.block("X")
    assert used(factory, order) == [(MAIN, None, 2, 0)]
