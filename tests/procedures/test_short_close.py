"""Orders are closed short, reopened and archived by calls (R55, R56)."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege, InvalidParameterValue
from psycopg.sql import SQL
from psycopg.types.json import Jsonb

from rilascio.errors import RecordProtected, RequestKeyReused
from rilascio.testing import make_role
from tests.factory import MAIN, Factory, codes, needs, outcomes, phase, report
from tests.factory.stock_documents import document, line
from tests.sessions import rows_after_waiting, two, wait_until_blocked

KEY = uuid.UUID(int=55)


@pytest.fixture
def factory(factory: Factory) -> Factory:
    """Say where what is produced goes, and lay in what is needed: nuts by release, pins by registration."""
    factory.rule("finished", MAIN)
    factory.rule("scrap", MAIN)
    factory.stock(factory.item("NUT"), 100)
    factory.stock(factory.item("PIN", "manual"), 100)
    factory.stock(factory.item("POWDER", by_lot=True), 100, lot="A")
    return factory


def worked(factory: Factory, good: int = 4, **values: Any) -> tuple[int, list[int]]:
    """Release an order of 10 and register some of it as good; return it and its declarations."""
    order = factory.order(
        needs("NUT", 2), needs("PIN", 1, phase=10), needs("POWDER", lots={"A": 12}), quantity=10, phases=[phase(10)],
        **values,
    )  # fmt: skip
    assert outcomes(factory.release(order)) == ["released"]
    declarations = factory.declared(order, report("opening"), report("progress", good=good))
    assert outcomes(factory.register(*declarations)) == ["registered"] * 2
    return order, declarations


def short(factory: Factory, **values: Any) -> int:
    """Close an order short of which 4 of 10 are produced."""
    order, _ = worked(factory, **values)
    assert outcomes(factory.close(order)) == ["closed"]
    return order


def sound(factory: Factory) -> bool:
    """Tell whether the tables agree with each other."""
    return factory.call("select * from erp_api.check_integrity(%s)", [factory.company_id]) == []


def number_of(factory: Factory, order: int) -> dict[str, int]:
    """Return the key of an order, as documents name it."""
    row = factory.order_row(order)
    return {name: getattr(row, name) for name in ("order_year", "order_number", "order_lot")}


# short close


def test_R55_an_executive_order_is_closed_though_less_than_planned_was_produced(factory: Factory) -> None:
    order, _ = worked(factory)
    before = factory.snapshot()
    del before["production_order"]

    [row] = factory.close(order, note="the customer wants no more")

    assert (row.order_id, row.outcome, row.reasons) == (order, "closed", [])
    closed = factory.order_row(order)
    assert (closed.status, closed.quantity, closed.produced_quantity) == ("closed", 10, 4)
    after = factory.snapshot()
    del after["production_order"]
    assert after == before, "nothing moves: records, commitments and what the release kept stay"
    assert sound(factory)


def test_R55_what_is_closed_short_leaves_the_restore_grid(factory: Factory) -> None:
    order, _ = worked(factory)
    assert [row.order_id for row in factory.select("restore_grid", order)] == [order]
    factory.close(order)
    assert factory.select("restore_grid", order) == factory.select("release_grid", order) == []


def test_R55_an_order_that_nobody_has_worked_on_or_released_here_is_closed_short_too(factory: Factory) -> None:
    untouched, imported = factory.order(needs("NUT")), factory.order(needs("NUT"), status="executive")
    factory.release(untouched)
    assert outcomes(factory.close(untouched, imported)) == ["closed"] * 2
    assert sound(factory)


@pytest.mark.parametrize(
    ("status", "code"),
    [("launched", "order_not_executive"), ("closed", "order_closed"), ("archived", "order_archived")],
)
def test_R55_only_an_executive_order_is_closed_short(factory: Factory, status: str, code: str) -> None:
    order, executive = factory.order(status=status), factory.order(status="executive")
    before = factory.order_row(order)
    rows = factory.close(order, 999_999_999, executive)
    assert [(row.outcome, codes(row)) for row in rows] == [
        ("refused", [code]),
        ("refused", ["order_not_found"]),
        ("closed", []),
    ]
    assert factory.order_row(order) == before


def test_R55_an_order_with_declarations_that_are_not_registered_is_refused_and_they_are_named(
    factory: Factory,
) -> None:
    order, _ = worked(factory)
    pending = factory.declared(order, *(report("progress", good=1) for _ in range(6)))
    [row] = factory.close(order)
    assert (row.outcome, codes(row)) == ("refused", ["declarations_pending"])
    assert f"{pending[0]} (progress, 10), " in row.reasons[0]["message"]
    assert row.reasons[0]["message"].endswith(", ... (6).")
    assert factory.status(order) == "executive"
    factory.register(*pending)
    assert outcomes(factory.close(order)) == ["closed"]


def test_R55_an_order_that_was_closed_short_is_left_as_it_is(factory: Factory) -> None:
    order = short(factory)
    before = factory.everything()
    assert [(row.outcome, row.reasons) for row in factory.close(order)] == [("unchanged", [])]
    assert factory.everything() == before


def test_R55_R8_all_or_none_one_refusal_refuses_all(factory: Factory) -> None:
    order, launched = factory.order(status="executive"), factory.order()
    rows = factory.close(order, launched, all_or_none=True)
    assert [codes(row) for row in rows] == [["all_or_none"], ["order_not_executive"]]
    assert factory.status(order) == "executive"


def test_R55_R60_a_repeated_call_answers_the_same_and_changes_nothing(factory: Factory) -> None:
    order = factory.order(status="executive")
    first = factory.close(order, key=KEY)
    factory.reopen(order)
    assert factory.close(order, key=KEY) == first
    assert factory.status(order) == "executive"
    with pytest.raises(RequestKeyReused):
        factory.reopen(order, key=KEY)


def test_R55_R33_the_way_back_from_a_short_close_is_to_reopen(factory: Factory) -> None:
    """Not to roll registrations back: each call that a closed order refuses says so."""
    order, declarations = worked(factory)
    factory.close(order)
    refusals = [
        factory.restore(order),
        factory.preview_restore(order),
        factory.declare(order, report("progress", good=1)),
        factory.roll_back(declarations[1]),
    ]
    assert [[codes(row) for row in rows] for rows in refusals] == [[["order_short_closed"]]] * 4
    assert all("reopen_production_orders" in rows[0].reasons[0]["hint"] for rows in refusals)
    pick = line("NUT", 1, "ISS", material_line=1, **number_of(factory, order))
    assert codes(factory.post(document("P", pick))[0]) == ["order_short_closed"]
    assert factory.status(order) == "closed"


def test_R55_R53_after_the_order_is_reopened_the_whole_way_back_is_open(factory: Factory) -> None:
    before = factory.snapshot()
    order, declarations = worked(factory)
    factory.close(order)
    factory.reopen(order)
    assert outcomes(factory.roll_back(*declarations)) == ["rolled_back"] * 2
    assert outcomes(factory.undeclare(*declarations)) == ["deleted"] * 2
    assert outcomes(factory.restore(order)) == ["restored"]
    after = factory.snapshot()
    for table in ("stock_balance", "stock_movement", "stock_record", "released_material"):
        assert after[table] == before[table]
    assert factory.commitments(order) == {(3, "A"): 12}


def test_R55_a_return_is_posted_against_an_order_that_was_closed_short_and_taken_back(factory: Factory) -> None:
    order = short(factory)
    back = line("NUT", 12, material_line=1, **number_of(factory, order))
    too_much = line("NUT", 9, material_line=1, **number_of(factory, order))

    rows = factory.post(document("BACK", back), document("MORE", too_much))

    assert [(row.outcome, codes(row)) for row in rows] == [("posted", []), ("refused", ["return_exceeds_issued"])]
    assert factory.balance("NUT") == 92
    assert sound(factory)
    assert outcomes(factory.reopen(order)) == ["reopened"]
    assert outcomes(factory.close(order)) == ["closed"]
    assert outcomes(factory.unpost("BACK")) == ["removed"]
    assert factory.balance("NUT") == 80


def test_R55_R50_a_job_order_stays_executive_and_does_not_count_what_is_archived(factory: Factory) -> None:
    factory.job(1)
    order = short(factory, job=1)
    assert factory.job_status(1) == "executive"
    factory.archive(order)
    assert factory.job_status(1) == "scheduled"


def test_R55_R61_the_history_tells_who_closed_the_order_and_why(factory: Factory) -> None:
    order = short(factory)
    factory.close(order, 999_999_999, note="again")
    [run] = [row for row in factory.select("run_history") if row.note == "again"]
    assert (run.kind, run.order_count, run.closed_count) == ("close", 2, 0)
    assert (run.unchanged_count, run.refused_count) == (1, 1)
    told = factory.select("run_order_history", order, order_by="run_id")
    assert [row.outcome for row in told][-2:] == ["closed", "unchanged"]
    assert told[-2].run_id == factory.order_row(order).short_close_run_id


def test_R55_R20_by_hand_an_order_is_neither_closed_short_nor_reopened(factory: Factory) -> None:
    order = short(factory)
    executive = factory.order(status="executive")
    run = factory.order_row(order).short_close_run_id
    for statement, id, hint in (
        ("update erp.production_order set status = 'executive'", order, "reopen"),
        ("update erp.production_order set status = 'executive', short_close_run_id = null", order, "reopen"),
        ("update erp.production_order set short_close_run_id = null", order, "reopen"),
        (f"update erp.production_order set status = 'closed', short_close_run_id = {run}", executive, "restore"),
    ):
        with pytest.raises(RecordProtected) as error, factory.connection.transaction():
            factory.connection.execute(SQL(statement + " where production_order_id = %s"), [id])  # type: ignore[arg-type]
        assert f"erp_api.{hint}_production_orders" in str(error.value.diag.message_hint)
    with pytest.raises(RecordProtected, match="closed by no run"), factory.connection.transaction():
        factory._insert(
            "production_order", order_year=2026, order_number=900, item_id=factory.id("item", "BIKE"), quantity=1,
            status="closed", short_close_run_id=run,
        )  # fmt: skip


def test_R55_a_put_leaves_a_short_close_alone_and_may_archive_it(factory: Factory) -> None:
    order = short(factory)
    sent = {**factory.document(order)}
    assert factory.put_order(sent).outcome == "unchanged"
    assert codes(factory.put_order({**number_of(factory, order), "status": "executive"})) == ["order_closed"]
    assert factory.put_order({**number_of(factory, order), "status": "archived"}).outcome == "changed"
    assert sound(factory)
    assert codes(factory.reopen(order)[0]) == ["order_archived"]


# reopening


def test_R56_reopening_takes_a_short_close_back_exactly(factory: Factory) -> None:
    order, _ = worked(factory)
    before = factory.snapshot()
    factory.close(order)
    [row] = factory.reopen(order, note="they want the rest")
    assert (row.outcome, row.reasons) == ("reopened", [])
    assert factory.snapshot() == before
    assert sound(factory)
    closing = factory.declared(order, report("closing", good=6))
    assert outcomes(factory.register(*closing)) == ["registered"]
    assert (factory.status(order), factory.balance("BIKE"), factory.balance("PIN")) == ("closed", 10, 90)


def test_R56_what_a_registration_closed_is_opened_by_its_rollback_alone(factory: Factory) -> None:
    order = short(factory)
    factory.reopen(order)
    [closing] = factory.declared(order, report("closing", good=6))
    factory.register(closing)
    [row] = factory.reopen(order)
    assert (row.outcome, codes(row)) == ("refused", ["order_not_short_closed"])
    assert codes(factory.close(order)[0]) == ["order_closed"]
    assert outcomes(factory.roll_back(closing)) == ["rolled_back"]
    assert outcomes(factory.undeclare(closing)) == ["deleted"]
    assert outcomes(factory.close(order)) == ["closed"], "rolled back, it may be closed short again"
    assert outcomes(factory.reopen(order)) == ["reopened"]
    assert sound(factory)


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        ("launched", ("refused", ["order_not_short_closed"])),
        ("executive", ("unchanged", [])),
        ("closed", ("refused", ["order_not_short_closed"])),
        ("archived", ("refused", ["order_archived"])),
    ],
)
def test_R56_only_what_was_closed_short_is_reopened(
    factory: Factory, status: str, answer: tuple[str, list[str]]
) -> None:
    order = factory.order(status=status)
    before = factory.everything()
    [row] = factory.reopen(order)
    assert (row.outcome, codes(row)) == answer
    assert factory.everything() == before


def test_R56_a_company_may_want_to_know_why_an_order_is_reopened(factory: Factory) -> None:
    factory.parameters(note_required=True)
    order = factory.order(status="executive")
    assert outcomes(factory.close(order)) == ["closed"]
    with pytest.raises(InvalidParameterValue, match="p_note is empty"):
        factory.reopen(order)
    assert outcomes(factory.reopen(order, note="too early")) == ["reopened"]


# archiving


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        ("launched", ("archived", [])),
        ("executive", ("refused", ["order_executive"])),
        ("closed", ("archived", [])),
        ("archived", ("unchanged", [])),
    ],
)
def test_R56_a_launched_or_closed_order_is_archived(
    factory: Factory, status: str, answer: tuple[str, list[str]]
) -> None:
    order = factory.order(needs("NUT"), status=status)
    [row] = factory.archive(order)
    assert (row.outcome, codes(row)) == answer
    assert factory.status(order) == ("executive" if answer[1] else "archived")


@pytest.mark.parametrize("status", ["launched", "executive", "closed", "archived"])
def test_R56_a_put_and_the_call_archive_the_same_orders(factory: Factory, status: str) -> None:
    by_call, by_put = factory.order(status=status), factory.order(status=status)
    factory.archive(by_call)
    factory.put_order({**number_of(factory, by_put), "status": "archived"})
    assert factory.status(by_call) == factory.status(by_put)


def test_R56_what_was_closed_short_is_archived_with_that(factory: Factory) -> None:
    order = short(factory)
    run = factory.order_row(order).short_close_run_id
    assert outcomes(factory.archive(order)) == ["archived"]
    assert factory.order_row(order).short_close_run_id == run
    assert sound(factory)
    back = line("NUT", 1, material_line=1, **number_of(factory, order))
    assert codes(factory.post(document("BACK", back))[0]) == ["order_archived"]


def test_R56_R20_only_by_hand_and_only_if_nothing_happened_is_an_archived_order_launched_again(
    factory: Factory,
) -> None:
    fresh, done = factory.order(needs("NUT")), short(factory)
    factory.archive(fresh, done)
    assert [codes(row) for row in factory.reopen(fresh, done)] == [["order_archived"]] * 2
    factory.change_order(fresh, status="launched")
    assert outcomes(factory.release(fresh)) == ["released"]
    with pytest.raises(RecordProtected), factory.connection.transaction():
        factory.change_order(done, status="closed")


def test_R56_R20_an_order_of_another_program_that_was_closed_short_stays_as_it_was_when_archived(
    factory: Factory,
) -> None:
    """No run released it and nothing was declared of it, but that it was worked on is known: it is not begun again."""
    order = factory.order(needs("NUT"), status="executive")
    factory.close(order)
    factory.archive(order)
    before = factory.everything()
    manual_changes: list[Callable[[], Any]] = [
        lambda: factory.change_order(order, status="launched"),
        lambda: factory.change_order(order, quantity=3),
        lambda: factory.change_material(order, unit_quantity=3),
        lambda: factory.connection.execute("delete from erp.production_order where production_order_id = %s", [order]),
    ]
    for change in manual_changes:
        with pytest.raises(RecordProtected), factory.connection.transaction():
            change()
    assert factory.everything() == before


def test_R56_an_archived_remainder_is_kept_when_its_order_is_restored(factory: Factory) -> None:
    order = factory.order(needs("NUT"), quantity=110)
    [split] = factory.release(order, on_shortage="split")
    assert outcomes(factory.archive(split.remainder_order_id)) == ["archived"]
    assert codes(factory.restore(order)[0]) == ["remainder_kept"]


# previews, privileges, calls at once


@pytest.mark.parametrize("change", ["close", "reopen", "archive"])
def test_R55_R56_a_preview_says_what_the_call_would_and_changes_nothing(factory: Factory, change: str) -> None:
    pending, _ = worked(factory)
    factory.declared(pending, report("progress", good=1))
    orders = [
        pending, short(factory), 999_999_999,
        *(factory.order(status=status) for status in ("launched", "executive", "closed", "archived")),
    ]  # fmt: skip
    before = factory.snapshot(leaving_out=set())
    with factory.connection.transaction(force_rollback=True):
        factory.connection.execute("set local transaction_read_only = on")
        preview = factory.preview_change(change, *orders)
    assert factory.snapshot(leaving_out=set()) == before

    rows = getattr(factory, change)(*orders)

    assert [tuple(row) for row in preview] == [
        (row.ordinal, row.order_id, row.outcome, row.reasons, None) for row in rows
    ]
    assert [row.order_id for row in rows] == orders


@pytest.mark.parametrize("change", [None, "", "restore"])
def test_R55_a_preview_of_another_change_is_a_bad_call(factory: Factory, change: Any) -> None:
    with pytest.raises(InvalidParameterValue) as error:
        factory.preview_change(change, factory.order())
    assert error.value.diag.column_name == "p_change"


def test_R55_R56_who_releases_may_close_short_but_neither_reopen_nor_archive(factory: Factory) -> None:
    factory.connection.execute("reset role")
    role = make_role(factory.connection, "erp_releaser")
    factory.connection.execute("set local role erp_owner")
    factory._insert("company_member", member_role=role)
    order = factory.order(status="executive")
    factory.operator = role
    assert outcomes(factory.preview_change("reopen", order)) == ["unchanged"]
    assert outcomes(factory.close(order)) == ["closed"]
    calls: list[Callable[..., Any]] = [factory.reopen, factory.archive]
    for call in calls:
        with pytest.raises(InsufficientPrivilege, match="permission denied for function"):
            call(order)


@pytest.mark.parametrize("isolation", ["read committed", "repeatable read"])
def test_R55_R62_a_declaration_that_waits_for_a_short_close_is_refused(
    committed: tuple[Factory, psycopg.Connection], rilascio_login: Callable[..., str], isolation: str
) -> None:
    factory, observer = committed
    order = factory.order(status="executive", phases=[phase(10)])
    factory.connection.commit()
    close = "select outcome from erp_api.close_production_orders(%s, %s)"
    declare = "select outcome, reasons #>> '{0,code}' from erp_api.declare_production(%s, %s)"
    opening = Jsonb([{"order_id": order, "phase": 10, "kind": "opening"}])
    with two(rilascio_login) as (first, second):
        second.connection.execute("set session characteristics as transaction isolation level " + isolation)
        second.connection.commit()
        assert first.send(close, [factory.company_id, [order]]).result() == [("closed",)]
        sent = second.send(declare, [factory.company_id, opening])
        wait_until_blocked(observer, second, first)
        first.connection.commit()
        rows = rows_after_waiting(sent, isolation, second, declare, [factory.company_id, opening])
        assert rows == [("refused", "order_short_closed")]


@pytest.mark.parametrize("isolation", ["read committed", "repeatable read"])
def test_R55_R62_a_short_close_that_waits_for_a_declaration_is_refused(
    committed: tuple[Factory, psycopg.Connection], rilascio_login: Callable[..., str], isolation: str
) -> None:
    factory, observer = committed
    order = factory.order(status="executive", phases=[phase(10)])
    factory.connection.commit()
    close = "select outcome, reasons #>> '{0,code}' from erp_api.close_production_orders(%s, %s)"
    declare = "select outcome from erp_api.declare_production(%s, %s)"
    opening = Jsonb([{"order_id": order, "phase": 10, "kind": "opening"}])
    with two(rilascio_login) as (first, second):
        second.connection.execute("set session characteristics as transaction isolation level " + isolation)
        second.connection.commit()
        assert first.send(declare, [factory.company_id, opening]).result() == [("declared",)]
        sent = second.send(close, [factory.company_id, [order]])
        wait_until_blocked(observer, second, first)
        first.connection.commit()
        rows = rows_after_waiting(sent, isolation, second, close, [factory.company_id, [order]])
        assert rows == [("refused", "declarations_pending")]
