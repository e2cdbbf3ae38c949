"""The history: every run, what it answered and every movement it made or removed (R37, R61)."""

import uuid

from tests.factory import Factory, day, needs

COLUMNS = {
    "run_history": {"company_id", "run_id", "kind", "started_at", "application_name", "arguments", "note"},
    "run_order_history": {"company_id", "run_id", "ordinal", "order_id", "outcome", "reasons", "kind", "note"},
    "movement_history": {"company_id", "run_id", "made_at", "made_by", "removal_run_id", "removed_at", "removed_by"},
}


def test_R61_a_run_is_kept_with_who_when_and_what(factory: Factory) -> None:
    factory.connection.execute("set local application_name = 'grid of Rita'")
    order, key = factory.order(), uuid.uuid4()
    [row] = factory.release(
        order,
        order,
        on=day(0),
        on_shortage="split",
        all_or_none=True,
        key=key,
        note="It's urgent",
        quantities=[1, 1],
    )

    [run] = factory.select("run_history")

    [now] = factory.call("select now() as moment, session_user as session_role")
    assert (run.company_id, run.run_id, run.kind) == (factory.company_id, row.run_id, "release")
    assert (run.started_at, run.session_role, run.caller_role) == (now.moment, now.session_role, factory.operator)
    assert (run.application_name, run.note, run.request_key) == ("grid of Rita", "It's urgent", key)
    assert run.arguments == {
        "order_ids": [order, order],
        "record_date": "2026-03-01",
        "on_shortage": "split",
        "all_or_none": True,
        "quantities": [1, 1],
    }


def test_R61_arguments_are_kept_as_they_were_passed(factory: Factory) -> None:
    order = factory.order()
    factory.release(order)
    factory.restore(order)
    release, restore = factory.select("run_history", order_by="run_id")
    assert release.arguments == {
        "order_ids": [order],
        "record_date": None,
        "on_shortage": None,
        "all_or_none": False,
        "quantities": None,
    }
    assert (restore.kind, restore.arguments) == ("restore", {"order_ids": [order], "all_or_none": False})


def test_R61_a_run_counts_its_outcomes(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.stock(nut, 7)
    orders = [factory.order(needs(nut), quantity=5), factory.order(needs(nut), quantity=5), factory.order(needs(nut))]
    factory.release(*orders, on_shortage="split")
    factory.restore(*orders)
    release, restore = factory.select("run_history", order_by="run_id")
    assert (release.order_count, release.released_count, release.split_count, release.refused_count) == (3, 1, 1, 1)
    assert (restore.order_count, restore.restored_count, restore.refused_count) == (3, 2, 1)


def test_R61_what_every_order_was_answered_is_kept_refusals_too(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.stock(nut, 7)
    orders = [factory.order(needs(nut), quantity=5) for _ in range(2)] + [factory.order(status="closed")]
    answered = factory.release(*orders, on_shortage="split")

    kept = factory.select("run_order_history", order_by="run_id, ordinal")

    assert [(k.ordinal, k.order_id, k.order_year, k.order_number, k.order_lot, k.outcome, k.run_id) for k in kept] == [
        (a.ordinal, a.order_id, a.order_year, a.order_number, a.order_lot, a.outcome, a.run_id) for a in answered
    ]
    assert [(k.record_count, k.movement_count, k.other_order_id, k.reasons) for k in kept] == [
        (a.record_count, a.movement_count, a.remainder_order_id, a.reasons) for a in answered
    ]


def test_R61_an_answer_names_who_called_and_when(factory: Factory) -> None:
    factory.release(factory.order(), note="morning release")
    [run] = factory.select("run_history")
    [answer] = factory.select("run_order_history")
    assert (answer.kind, answer.started_at, answer.caller_role, answer.note) == (
        "release",
        run.started_at,
        factory.operator,
        "morning release",
    )


def test_who_asks_for_answers_alone_does_not_read_the_runs(factory: Factory) -> None:
    def plan(columns: str) -> str:
        rows = factory.call(f"explain select {columns} from erp_api.run_order_history where company_id = 1")
        return "\n".join(line for (line,) in rows)

    assert " on run " in plan("outcome, kind")
    assert " on run " not in plan("outcome, reasons")


def test_R61_a_run_of_which_everything_was_refused_is_kept_too(factory: Factory) -> None:
    [row] = factory.release(999_999_999)
    [run] = factory.select("run_history")
    assert (run.run_id, run.refused_count) == (row.run_id, 1)


def test_R61_history_outlives_a_merged_remainder(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.stock(nut, 4)
    order = factory.order(needs(nut), quantity=10)
    [split] = factory.release(order, on_shortage="split")
    factory.stock(nut, 50)
    factory.release(split.remainder_order_id)
    factory.restore(split.remainder_order_id, order)
    lines = factory.select("movement_history", order_by="run_id")
    assert [(line.order_id, line.order_lot, line.quantity, line.in_force) for line in lines] == [
        (order, 0, -4, False),
        (split.remainder_order_id, 1, -6, False),
    ]
    kept = [row.other_order_id for row in factory.select("run_order_history", order_by="run_id, ordinal")]
    assert kept == [split.remainder_order_id, None, None, split.remainder_order_id]


def test_R37_R61_movements_in_force_and_removed_stand_side_by_side(factory: Factory) -> None:
    nut = factory.item("NUT", by_lot=True)
    factory.stock(nut, 10, lot="A")
    back, stays = factory.order(needs(nut, 4)), factory.order(needs(nut, 2))
    [one] = factory.release(back, on=day(0))
    [two] = factory.release(stays, on=day(1))
    [three] = factory.restore(back)

    lines = factory.select("movement_history", order_by="run_id")

    assert [(x.run_id, x.removal_run_id, x.in_force, x.lot_code, x.quantity) for x in lines] == [
        (one.run_id, three.run_id, False, "A", -4),
        (two.run_id, None, True, "A", -2),
    ]
    assert [(x.record_date, x.record_number, x.line, x.picking_type, x.resolved_by) for x in lines] == [
        (day(0), 1, 1, "automatic", "company"),
        (day(1), 1, 1, "automatic", "company"),
    ]
    assert (lines[0].removed_by, lines[1].removed_by, lines[1].removed_at) == (factory.operator, None, None)


def test_R61_stock_entered_by_hand_is_no_movement_of_a_run(factory: Factory) -> None:
    factory.stock(factory.item("NUT"), 10)
    assert factory.select("movement_history") == []


def test_R61_the_history_has_its_columns(factory: Factory) -> None:
    order = factory.order(needs(factory.item("CHIPS"), -1))
    factory.release(order)
    for view, names in COLUMNS.items():
        [row] = factory.select(view)
        assert names <= set(row._fields), view
