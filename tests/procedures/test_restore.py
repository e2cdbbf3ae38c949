"""Restore: what was released goes back, exactly (R31 to R34, R36, R37, R39)."""

import uuid

import pytest

from tests.factory import MAIN, Factory, codes, day, needs, outcomes, phase, report


def test_R31_a_restored_order_is_launched_and_the_records_of_its_release_are_gone(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.stock(nut, 10)
    order = factory.order(needs(nut, 4), needs(nut, 1))
    factory.release(order)

    [row] = factory.restore(order)

    assert (row.ordinal, row.order_id, row.outcome, row.reasons) == (1, order, "restored", [])
    assert (row.order_year, row.order_number, row.order_lot) == (2026, 1, 0)
    assert (row.record_count, row.movement_count, row.merged_order_id) == (1, 2, None)
    assert factory.status(order) == "launched"
    assert factory.order_row(order).release_run_id is None
    assert factory.table("stock_record", order) == []
    assert factory.balance(nut) == 10


def test_R31_several_orders_are_restored_and_others_are_left_alone(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.stock(nut, 10)
    orders = [factory.order(needs(nut, quantity)) for quantity in (1, 2, 3)]
    factory.release(*orders)
    rows = factory.restore(orders[2], orders[0])
    assert [(row.order_id, row.outcome) for row in rows] == [(orders[2], "restored"), (orders[0], "restored")]
    assert [factory.status(order) for order in orders] == ["launched", "executive", "launched"]
    assert factory.balance(nut) == 8


def test_R31_R13_counterpart_records_are_removed_too(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.warehouse("LINE")
    factory.reason(MAIN, "ISS", "issue", counterpart=("LINE", "LOA"))
    factory.stock(nut, 10)
    order = factory.order(needs(nut, 4))
    factory.release(order)
    [row] = factory.restore(order)
    assert (row.record_count, row.movement_count) == (2, 2)
    assert (factory.balance(nut), factory.balance(nut, "LINE")) == (10, 0)


def test_R31_records_entered_by_hand_for_the_order_stay(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.stock(nut, 10)
    order = factory.order(needs(nut, 4))
    factory.release(order)
    factory.stock(nut, 2, order=order)
    [row] = factory.restore(order)
    assert row.record_count == 1
    assert len(factory.table("stock_record", order)) == 1
    assert factory.balance(nut) == 12


@pytest.mark.parametrize("registered", [False, True])
def test_R32_any_declaration_blocks_and_when_all_are_deleted_restore_is_allowed_again(
    factory: Factory, registered: bool
) -> None:
    nut = factory.item("NUT")
    factory.stock(nut, 10)
    order = factory.order(needs(nut, 4), phases=[phase(10)])
    factory.release(order)
    [declaration] = factory.declared(order, report("opening"))
    if registered:
        factory.register(declaration)

    [row] = factory.restore(order)

    assert (row.outcome, codes(row), row.record_count, row.movement_count) == ("refused", ["declarations_exist"], 0, 0)
    assert f": {declaration} (opening, 10)." in row.reasons[0]["message"]
    assert (factory.status(order), factory.balance(nut)) == ("executive", 6)
    if registered:
        factory.roll_back(declaration)
    factory.undeclare(declaration)
    assert outcomes(factory.restore(order)) == ["restored"]


def test_R32_R18_declarations_and_a_closed_period_are_told_together(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.stock(nut, 10)
    order = factory.order(needs(nut), phases=[phase(10)])
    factory.release(order, on=day(0))
    factory.declared(order, report("opening"))
    factory.parameters(period_start=day(1))
    [row] = factory.restore(order)
    assert sorted(codes(row)) == ["declarations_exist", "period_closed"]


@pytest.mark.parametrize(
    ("status", "code"),
    [("closed", "order_closed"), ("archived", "order_not_executive"), ("launched", "order_not_executive")],
)
def test_R33_an_order_that_is_not_executive_is_refused_with_that_reason_alone(
    factory: Factory, status: str, code: str
) -> None:
    order = factory.order(status=status, phases=[phase(10)])
    factory.enter_declaration(order)
    [row] = factory.restore(order)
    assert (row.outcome, codes(row)) == ("refused", [code])
    assert factory.status(order) == status


def test_R31_a_missing_order_and_one_of_another_company_are_not_found(factory: Factory) -> None:
    foreign = Factory(factory.connection, factory.operator, "OTHER").order(status="executive")
    rows = factory.restore(999_999_999, foreign)
    assert [codes(row) for row in rows] == [["order_not_found"]] * 2
    assert [(row.order_id, row.order_number) for row in rows] == [(999_999_999, None), (foreign, None)]


def test_R8_all_or_none_restores_nothing_when_one_order_is_refused(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.stock(nut, 10)
    order, launched = factory.order(needs(nut, 4)), factory.order()
    factory.release(order)
    before = factory.everything()
    rows = factory.restore(order, launched, all_or_none=True)
    assert [codes(row) for row in rows] == [["all_or_none"], ["order_not_executive"]]
    assert [(row.record_count, row.movement_count) for row in rows] == [(0, 0)] * 2
    assert factory.everything() == before


def test_R8_a_refused_order_does_not_hold_up_the_others(factory: Factory) -> None:
    launched, released = factory.order(), factory.order()
    factory.release(released)
    assert outcomes(factory.restore(launched, released)) == ["refused", "restored"]


def test_R34_release_then_restore_leaves_everything_as_it_was(factory: Factory) -> None:
    factory.warehouse("LINE")
    factory.reason(MAIN, "ISS", "issue", counterpart=("LINE", "LOA"))
    nut, bolt, chips = factory.item("NUT"), factory.item("BOLT", by_lot=True), factory.item("CHIPS")
    factory.location("A")
    factory.keep(nut, "A")
    factory.stock(nut, 10)
    for lot in ("L1", "L2"):
        factory.stock(bolt, 3, lot=lot, location="A")
    job = factory.job(1, status="launched")
    order = factory.order(
        needs(nut, "1.5", scrap_percent=10),
        needs(bolt, 1, lots={"L2": 2}),
        needs(chips, "-0.5"),
        quantity=4,
        job=job,
        project="Tour",
    )
    before = factory.snapshot()

    assert outcomes(factory.release(order)) == ["released"]
    assert factory.snapshot() != before
    assert outcomes(factory.restore(order)) == ["restored"]

    assert factory.snapshot() == before


def test_R34_release_then_restore_leaves_every_table_the_same_to_the_byte(factory: Factory) -> None:
    nut = factory.item("NUT", decimals=3)
    factory.stock(nut, 10)
    order = factory.order(needs(nut, "1.5"))
    before = factory.snapshot(to_the_byte=True)
    factory.release(order)
    factory.restore(order)
    assert factory.snapshot(to_the_byte=True) == before


def test_R36_a_restored_order_can_be_released_again_any_number_of_times(factory: Factory) -> None:
    nut = factory.item("NUT", by_lot=True)
    factory.stock(nut, 10, lot="A")
    order = factory.order(needs(nut, 4, lots={"A": 3}))
    before = factory.snapshot()
    runs = set()
    for _ in range(4):
        [row] = factory.release(order)
        assert row.outcome == "released"
        runs.add(row.run_id)
        assert factory.lots_of(order) == [("A", 4)]
        assert outcomes(factory.restore(order)) == ["restored"]
        assert factory.snapshot() == before
    assert len(runs) == 4


def test_R36_a_restored_order_stands_in_the_release_grid_again(factory: Factory) -> None:
    order = factory.order()
    factory.release(order)
    assert (len(factory.select("release_grid")), len(factory.select("restore_grid"))) == (0, 1)
    factory.restore(order)
    assert (len(factory.select("release_grid")), len(factory.select("restore_grid"))) == (1, 0)


def test_R36_an_order_asked_twice_is_restored_once(factory: Factory) -> None:
    one, two = factory.order(), factory.order()
    factory.release(one, two)
    rows = factory.restore(two, one, two)
    assert [(row.ordinal, row.order_id, row.outcome) for row in rows] == [(1, two, "restored"), (2, one, "restored")]


def test_R36_what_is_restored_cannot_be_restored_again(factory: Factory) -> None:
    order = factory.order()
    factory.release(order)
    factory.restore(order)
    assert codes(factory.restore(order)[0]) == ["order_not_executive"]


def test_R36_what_is_released_cannot_be_released_again(factory: Factory) -> None:
    order = factory.order()
    factory.release(order)
    assert codes(factory.release(order)[0]) == ["order_not_launched"]


def test_R37_removed_records_stand_in_the_history_with_who_when_and_why(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.stock(nut, 10)
    order = factory.order(needs(nut, 4))
    [released] = factory.release(order, note="for Monday")
    made = factory.movements(order)
    [restored] = factory.restore(order, note="wrong week")

    [line] = factory.select("movement_history", order)

    assert (line.run_id, line.removal_run_id, line.in_force) == (released.run_id, restored.run_id, False)
    assert (line.made_by, line.removed_by) == (factory.operator, factory.operator)
    assert line.made_at <= line.removed_at
    assert (line.quantity, line.stock_record_id, line.record_number) == (
        made[0].quantity,
        made[0].stock_record_id,
        made[0].record_number,
    )
    notes = {run.run_id: run.note for run in factory.select("run_history")}
    assert notes == {released.run_id: "for Monday", restored.run_id: "wrong week"}


def test_R37_every_release_of_an_order_has_its_own_history(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.stock(nut, 10)
    order = factory.order(needs(nut, 4))
    runs = []
    for _ in range(2):
        runs.append((factory.release(order)[0].run_id, factory.restore(order)[0].run_id))
    [last] = factory.release(order)
    lines = factory.select("movement_history", order, order_by="run_id")
    assert [(line.run_id, line.removal_run_id) for line in lines] == [*runs, (last.run_id, None)]
    assert [line.in_force for line in lines] == [False, False, True]


def test_R39_an_order_made_executive_without_a_release_restores_with_no_movements(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.stock(nut, 10)
    job = factory.job(1, status="executive")
    order = factory.order(needs(nut, 4), status="executive", job=job)

    [row] = factory.restore(order)

    assert (row.outcome, row.record_count, row.movement_count, row.reasons) == ("restored", 0, 0, [])
    assert (factory.status(order), factory.balance(nut), factory.job_status(job)) == ("launched", 10, "launched")
    assert outcomes(factory.release(order)) == ["released"]


def test_R39_it_restores_whatever_the_period(factory: Factory) -> None:
    order = factory.order(status="executive")
    factory.parameters(period_end=day(-500))
    assert outcomes(factory.restore(order)) == ["restored"]


def test_R33_R53_the_way_back_from_a_closed_order_ends_in_restore(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.stock(nut, 10)
    factory.rule("finished", MAIN)
    order = factory.order(needs(nut, 4), phases=[phase(10)])
    before = factory.snapshot()
    factory.release(order)
    declarations = factory.declared(order, report("opening"), report("closing", good=1))
    factory.register(*declarations)
    assert (factory.status(order), factory.balance("BIKE")) == ("closed", 1)
    said = codes(factory.restore(order)[0])
    factory.roll_back(*declarations)
    said += codes(factory.restore(order)[0])
    factory.undeclare(*declarations)
    assert said == ["order_closed", "declarations_exist"]
    assert outcomes(factory.restore(order)) == ["restored"]
    assert factory.snapshot() == before


def test_R34_restore_in_another_order_than_released_ends_the_same(factory: Factory) -> None:
    nut = factory.item("NUT", by_lot=True)
    for lot in ("A", "B"):
        factory.stock(nut, 5, lot=lot)
    orders = [factory.order(needs(nut, 3)) for _ in range(3)]
    before = factory.snapshot()
    factory.release(*orders)
    for order in (orders[1], orders[0], orders[2]):
        factory.restore(order, key=uuid.uuid4())
    assert factory.snapshot() == before


def test_R37_a_removed_record_is_kept_as_it_was_with_all_its_lines(factory: Factory) -> None:
    """In whatever columns a record and its copy have in common; when it was made is among them."""
    nut = factory.item("NUT", by_lot=True)
    factory.variant(nut, "RED")
    factory.location("SHELF")
    factory.warehouse("LINE")
    factory.reason(MAIN, "ISS", "issue", counterpart=("LINE", "LOA"))
    factory.stock(nut, 10, lot="A", variant="RED", location="SHELF")
    order = factory.order(needs(nut, 2, variant="RED"), project="P", job=factory.job(1))
    factory.release(order, on=day(3))
    with factory.maintenance():
        factory.connection.execute("update erp.stock_record set created_at = created_at - interval '3 days'")
    made = [row for row in factory.table("stock_record") if row["run_id"]]
    lines = [
        row for row in factory.table("stock_movement") if row["stock_record_id"] in [r["stock_record_id"] for r in made]
    ]
    assert (len(made), len(lines)) == (2, 2)

    [row] = factory.restore(order)

    for before, after in ((made, "removed_stock_record"), (lines, "removed_stock_movement")):
        copies = factory.table(after)
        shared = before[0].keys() & copies[0].keys()
        assert {"created_at"} <= shared or after == "removed_stock_movement"
        assert [{name: copy[name] for name in shared} for copy in copies] == [
            {name: one[name] for name in shared} for one in before
        ]
    assert {copy["removal_run_id"] for copy in factory.table("removed_stock_record")} == {row.run_id}
