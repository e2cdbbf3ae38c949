"""Bad calls get their coded, clear answer and change nothing (rules, section 10)."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege, InvalidParameterValue

from rilascio.errors import SQLSTATES, NotAMember
from rilascio.testing import make_role
from tests.factory import MAIN, Factory, codes, needs, outcomes


class Routine(NamedTuple):
    """A routine of `erp_api` that takes a company and orders."""

    name: str

    def call(self, factory: Factory, order_ids: Any, *, company_id: Any = ..., more: str = "") -> list[Any]:
        """Call it, with further arguments as text."""
        return factory.call(
            f"select * from erp_api.{self.name}(%s, %s{more})",
            [factory.company_id if company_id is ... else company_id, order_ids],
        )


RELEASE, RESTORE = Routine("release_production_orders"), Routine("restore_production_orders")
PREVIEW_RELEASE, PREVIEW_RESTORE = Routine("preview_release"), Routine("preview_restore")
ALL = pytest.mark.parametrize(
    "routine", [RELEASE, RESTORE, PREVIEW_RELEASE, PREVIEW_RESTORE], ids=lambda routine: routine.name
)


@ALL
@pytest.mark.parametrize(
    ("order_ids", "said"),
    [
        (None, "p_order_ids is null or empty"),
        ([], "p_order_ids is null or empty"),
        ([None], "p_order_ids contains null"),
        ([1, None, 2], "p_order_ids contains null"),
    ],
    ids=str,
)
def test_R8_null_and_empty_arrays_and_null_within_are_bad_calls(
    factory: Factory, routine: Routine, order_ids: Sequence[Any] | None, said: str
) -> None:
    before = factory.snapshot(leaving_out=set())
    with pytest.raises(InvalidParameterValue, match=said) as error:
        routine.call(factory, order_ids)
    assert (error.value.sqlstate, bool(error.value.diag.message_hint)) == ("22023", True)
    assert factory.snapshot(leaving_out=set()) == before


@ALL
def test_R8_more_than_200000_ids_are_a_bad_call(factory: Factory, routine: Routine) -> None:
    with pytest.raises(InvalidParameterValue, match="200001 ids; a call takes at most 200000"):
        factory.call(
            f"select * from erp_api.{routine.name}(%s, array(select generate_series(1, 200001)::bigint))",
            [factory.company_id],
        )


@pytest.mark.parametrize("routine", [RELEASE, PREVIEW_RELEASE], ids=lambda routine: routine.name)
@pytest.mark.parametrize("option", ["never", "", "SPLIT", "split ", "'; drop schema erp cascade; --"])
def test_R23_an_unknown_option_is_a_bad_call(factory: Factory, routine: Routine, option: str) -> None:
    order = factory.order()
    with pytest.raises(InvalidParameterValue, match="p_on_shortage") as error:
        factory.call(f"select * from erp_api.{routine.name}(%s, %s, null, %s)", [factory.company_id, [order], option])
    assert error.value.sqlstate == "22023"
    assert factory.status(order) == "launched"


@ALL
def test_R61_an_unknown_company_and_one_without_membership_get_the_same_answer(
    factory: Factory, routine: Routine
) -> None:
    closed = Factory(factory.connection, factory.operator, "CLOSED", member=None)
    order = closed.order()
    answers = []
    for company_id in (closed.company_id, 999_999_999, None):
        with pytest.raises(NotAMember) as error:
            routine.call(factory, [order], company_id=company_id)
        assert error.value.sqlstate == "PR004"
        sentences = (error.value.diag.message_primary, error.value.diag.message_hint, error.value.diag.message_detail)
        answers.append([str(text).replace(f"Company {company_id or 'null'} ", "Company N ") for text in sentences])
    assert answers[0] == answers[1] == answers[2]
    assert closed.status(order) == "launched"


def test_R61_a_missing_grant_and_a_missing_membership_have_codes_of_their_own(
    rilascio_reader: str, factory: Factory
) -> None:
    closed = Factory(factory.connection, factory.operator, "CLOSED", member=None)
    with pytest.raises(NotAMember):
        closed.release(1)
    for reading in (Factory(factory.connection, rilascio_reader, "READ", member="erp_reader"), closed):
        reading.operator = rilascio_reader
        with pytest.raises(InsufficientPrivilege, match="permission denied for function release_production_orders"):
            reading.release(1)


@ALL
def test_R61_a_caller_without_membership_learns_nothing_from_a_bad_array(factory: Factory, routine: Routine) -> None:
    with pytest.raises(NotAMember):
        routine.call(factory, None, company_id=999_999_999)


def test_R61_the_role_that_acts_must_be_a_member_itself_or_through_a_role(factory: Factory) -> None:
    mine = Factory(factory.connection, factory.operator, "MINE", member=factory.operator)
    order = mine.order()
    mine.connection.execute("reset role")
    other = make_role(mine.connection, "erp_operator")
    inheriting = make_role(mine.connection, factory.operator)
    mine.connection.execute("set local role erp_owner")

    mine.operator = other
    with pytest.raises(NotAMember):
        mine.release(order)
    mine.operator = inheriting
    assert outcomes(mine.release(order)) == ["released"]


def test_R40_R43_a_member_sees_the_rows_of_its_companies_only(factory: Factory) -> None:
    closed = Factory(factory.connection, factory.operator, "CLOSED", member=None)
    factory.order()
    closed.order()
    closed.order(status="executive")
    rows = factory.call("select company_id from erp_api.release_grid")
    rows += factory.call("select company_id from erp_api.restore_grid")
    assert [row.company_id for row in rows] == [factory.company_id]
    assert [row.company_code for row in factory.call("select * from erp_api.my_companies")] == ["ACME"]


def test_R40_a_reader_sees_the_grids_and_calls_nothing(rilascio_reader: str, factory: Factory) -> None:
    reading = Factory(factory.connection, rilascio_reader, "READ", member="erp_reader")
    order = reading.order()
    assert [row.order_id for row in reading.select("release_grid")] == [order]
    for routine in (RELEASE, RESTORE, PREVIEW_RELEASE, PREVIEW_RESTORE):
        with pytest.raises(InsufficientPrivilege):
            routine.call(reading, [order])


@pytest.mark.parametrize("table", ["production_order", "stock_movement", "stock_balance", "run", "company_member"])
@pytest.mark.parametrize("manual_change", ["select from erp.{}", "delete from erp.{}", "truncate erp.{}"])
def test_R20_an_operator_touches_no_table(factory: Factory, table: str, manual_change: str) -> None:
    with pytest.raises(InsufficientPrivilege):
        factory.call(manual_change.format(table))


@pytest.mark.parametrize(
    "manual_change",
    [
        "select erp_internal.write_mode()",
        "select erp_internal.member_companies('postgres')",
        "select erp_internal.remove_records(1, null, 1)",
        "select * from erp_internal.order_base",
    ],
)
def test_R20_an_operator_calls_no_helper(factory: Factory, manual_change: str) -> None:
    with pytest.raises(InsufficientPrivilege):
        factory.call(manual_change)


NASTY = """O'Brien "the \\ 3%s" $$1$$ %1$s {0} ; drop table erp.item; -- è 日本"""


def test_R63_texts_with_quotes_go_through_unharmed(factory: Factory) -> None:
    nut = factory.item(NASTY, by_lot=True, uom="K'G")
    factory.variant(nut, NASTY)
    factory.location(NASTY)
    factory.stock(nut, 3, lot=NASTY, location=NASTY, variant=NASTY)
    fits = factory.order(needs(nut, 2, variant=NASTY), project=NASTY)
    short = factory.order(needs(nut, 2, variant=NASTY))

    preview = factory.preview(fits, short)
    rows = factory.release(fits, short, note=NASTY)

    assert outcomes(rows) == ["released", "refused"]
    [movement] = factory.movements(fits)
    assert (movement.item_code, movement.variant_code, movement.lot_code, movement.location_code) == (NASTY,) * 4
    assert (preview[0].item_code, preview[0].lot_code, preview[0].location_code) == (NASTY,) * 3
    [reason] = rows[1].reasons
    assert (reason["item_code"], reason["variant_code"]) == (NASTY, NASTY)
    assert f"2 K'G of item {NASTY}/{NASTY} required" in reason["message"]
    assert [run.note for run in factory.select("run_history")] == [NASTY]
    assert outcomes(factory.restore(fits, note=NASTY)) == ["restored"]


def test_R8_unknown_and_foreign_ids_are_rows_and_no_errors(factory: Factory) -> None:
    order = factory.order()
    rows = factory.release(-1, 0, order, 2**63 - 1)
    assert [codes(row) for row in rows] == [["order_not_found"], ["order_not_found"], [], ["order_not_found"]]
    assert [row.order_id for row in rows] == [-1, 0, order, 2**63 - 1]


@pytest.mark.parametrize("option", ["p_all_or_none", "p_note", "p_request_key", "p_record_date", "p_on_shortage"])
def test_R8_null_stands_for_the_default_of_an_option(factory: Factory, option: str) -> None:
    order = factory.order()
    [row] = RELEASE.call(factory, [order, order], more=f", {option} => null")
    assert row.outcome == "released"


def test_R8_an_order_quantity_beyond_all_stock_is_a_refusal_and_no_error(factory: Factory) -> None:
    nut = factory.item("NUT", decimals=10)
    order = factory.order(needs(nut, "999999999999999"), quantity="999999999999999")
    [row] = factory.release(order, on_shortage="split")
    assert codes(row) == ["insufficient_stock", "zero_feasible_quantity"]


def test_R8_every_sqlstate_has_its_exception(factory: Factory) -> None:
    raised: dict[str, type[psycopg.Error]] = {}
    order = factory.order()
    key = "00000000-0000-0000-0000-000000000001"
    factory.release(order, key=key)  # type: ignore[arg-type]
    for manual_change, arguments in (
        ("select * from erp_api.preview_restore(%s, '{}')", [factory.company_id]),
        ("select * from erp_api.preview_restore(null, '{1}')", []),
        ("select * from erp_api.restore_production_orders(%s, '{1}', p_request_key => %s)", [factory.company_id, key]),
        ("select * from erp_api.next_runs(%s, p_after => 7)", [factory.company_id]),
    ):
        with pytest.raises(psycopg.Error) as error:
            factory.call(manual_change, arguments)
        raised[str(error.value.sqlstate)] = type(error.value)
    factory._insert("run_place_counter", last_place=1, archived_place=1)
    with pytest.raises(psycopg.Error) as error:
        factory.call("select * from erp_api.next_runs(%s)", [factory.company_id])
    raised[str(error.value.sqlstate)] = type(error.value)
    with pytest.raises(psycopg.Error) as error, factory.connection.transaction():
        factory.connection.execute("update erp.production_order set status = 'launched', release_run_id = null")
    raised[str(error.value.sqlstate)] = type(error.value)
    factory.connection.execute("reset role; set local session_replication_role = replica")
    with pytest.raises(psycopg.Error) as error:
        factory.call("select * from erp_api.preview_restore(%s, %s)", [factory.company_id, [order]])
    raised[str(error.value.sqlstate)] = type(error.value)
    assert raised == {state.sqlstate: state.exception for state in SQLSTATES}


def test_R12_a_warehouse_code_is_told_as_it_is_written(factory: Factory) -> None:
    nut = factory.item("NUT")
    factory.warehouse("O'Hare")
    [row] = factory.release(factory.order(needs(nut, warehouse="O'Hare"), needs(nut, warehouse=MAIN)))
    assert [reason["warehouse_code"] for reason in row.reasons] == ["O'Hare", MAIN]
