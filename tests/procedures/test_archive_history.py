"""Old history is handed out whole and removed, and what can still be taken back stays (R80, R81)."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege, InvalidParameterValue
from psycopg.types.json import Jsonb

from rilascio.errors import CursorArchived, NotAMember
from rilascio.testing import make_role
from tests.factory import HISTORY, Factory, Row, codes, needs, outcomes, phase, report
from tests.factory.readings import RUNS
from tests.factory.stock_documents import counted, document, line
from tests.procedures.integrity.busy import Busy, check
from tests.sessions import two, wait_until_blocked

ARCHIVE = "select * from erp_api.archive_history(%s, now() - interval '1 year', %s, %s)"
PREVIEW = "select * from erp_api.preview_archive_history(%s, now() - interval '1 year')"
OLD_RUNS = "select kind from erp.run where company_id = %s and started_at < now() - interval '1 year'"
KEY = uuid.UUID(int=80)


def archive_call(factory: Factory, query: str, *arguments: Any) -> list[Row]:
    """Call as whoever archives history."""
    return factory.archive_call(query, [factory.company_id, *arguments])


def archived(factory: Factory, limit: int = 1000) -> list[Row]:
    """Archive until nothing more is handed out, and return all that was."""
    rows: list[Row] = []
    while batch := archive_call(factory, ARCHIVE, limit, rows[-1].run_id if rows else 0):
        rows += batch
    return rows


def let_years_pass(factory: Factory) -> None:
    """Let all that has happened so far have happened two years ago, and somebody be there who archives it."""
    assert archive_call(factory, PREVIEW) is not None
    factory._execute("set constraints all immediate")
    factory._execute("set constraints all deferred")
    with factory.maintenance():
        for table, column in (("run", "started_at"), ("production_order", "released_at")):
            factory._execute(
                f"update erp.{table} set {column} = {column} - interval '2 years'"
                f" where company_id = %s and {column} > now() - interval '1 year'",
                [factory.company_id],
            )


def kinds(rows: list[Row]) -> list[str]:
    """Return the kinds of the runs that were handed out, but for what the factory entered by hand."""
    return [row.kind for row in rows if row.part == 1 and row.kind != "hand"]


@pytest.fixture
def busy(rilascio: psycopg.Connection, rilascio_operator: str) -> Busy:
    """Give a factory in which everything happened, two years ago."""
    factory = Busy(rilascio, rilascio_operator)
    factory.live()
    let_years_pass(factory)
    return factory


# --- what goes -------------------------------------------------------------------------------------------------------


def test_R80_what_was_taken_back_goes_whole_with_what_took_it_back(factory: Factory) -> None:
    factory.stock(factory.item("NUT"), 9)
    order = factory.order(needs("NUT", 4))
    released, restored = factory.release(order, note="too early"), factory.restore(order)
    refused = factory.release(factory.order(needs("NUT", 99)))
    let_years_pass(factory)
    before = factory.select("movement_history")
    assert len(before) == 1

    rows = [row for row in archived(factory) if row.kind != "hand"]

    assert [(row.run_id, row.kind, row.part) for row in rows] == [
        (released[0].run_id, "release", 1), (restored[0].run_id, "restore", 1), (refused[0].run_id, "release", 1)
    ]  # fmt: skip
    release, restore, refusal = (row.content for row in rows)
    assert (release["run"]["note"], release["place"]["place"]) == ("too early", rows[0].place)
    [record] = release["records"]
    assert record["removal_run_id"] == restored[0].run_id
    assert [movement["quantity"] for movement in record["movements"]] == [-4]
    assert [one["outcome"] for one in restore["orders"]] == ["restored"]
    assert [reason["code"] for reason in refusal["orders"][0]["reasons"]] == ["insufficient_stock"]
    assert factory.select("movement_history") == factory.select("run_history", by_hand=True) == []
    assert outcomes(factory.release(order)) == ["released"]


def test_R80_what_is_handed_out_can_be_put_back_as_it_was(busy: Busy) -> None:
    """So an archive is worth what the tables were."""
    order = busy.order(needs("NUT"))
    assert outcomes(busy.release(order)) + outcomes(busy.restore(order)) == ["released", "restored"]
    let_years_pass(busy)
    tables = sorted((HISTORY | RUNS) - {"stock_record_counter", "run_place_counter"})
    busy._execute("select erp_internal.number_runs(%s, 1000)", [busy.company_id])
    before = {table: busy.table(table) for table in tables}
    rows = archived(busy)
    put_back = """
        insert into erp.{table}
        select (jsonb_populate_recordset(null::erp.{table}, %s)).*
    """
    contents: dict[str, list[Any]] = {table: [] for table in tables}
    for row in rows:
        contents["run"] += [row.content["run"]] if "run" in row.content else []
        contents["run_place"] += [row.content["place"]] if row.content.get("place") else []
        contents["run_order"] += row.content["orders"]
        contents["run_row"] += row.content["rows"]
        contents["removed_stock_record"] += row.content["records"]
        contents["removed_stock_movement"] += [m for record in row.content["records"] for m in record["movements"]]
    assert [table for table in tables if before[table] and not contents[table]] == []
    with busy.maintenance():
        for table in sorted(tables, key=lambda name: (name != "run", name == "removed_stock_movement")):
            busy._execute(put_back.format(table=table), [Jsonb(contents[table])])
    assert {table: busy.table(table) for table in tables} == before


def test_R80_a_run_that_did_nothing_goes_too(factory: Factory) -> None:
    factory.put(item=[{"item_code": "BIKE"}])
    let_years_pass(factory)
    [row] = [row for row in archived(factory) if row.kind != "hand"]
    assert (row.kind, row.place, row.content["rows"]) == ("data", None, [])


def test_R80_what_was_taken_back_only_now_stays(factory: Factory) -> None:
    factory.stock(factory.item("NUT"), 9)
    order = factory.order(needs("NUT"))
    factory.release(order)
    let_years_pass(factory)
    factory.restore(order)
    assert kinds(archived(factory)) == []
    let_years_pass(factory)
    assert kinds(archived(factory)) == ["release", "restore"]


def test_R80_a_long_run_comes_in_parts(factory: Factory) -> None:
    order = factory.order()
    with factory.maintenance():
        factory.release(order)
        factory.restore(order)
        factory._execute(
            "insert into erp.run_order (company_id, run_id, ordinal, outcome, record_count, movement_count, reasons)"
            " select company_id, run_id, s, 'refused', 0, 0, '[]' from erp.run, generate_series(2, 2500) as s"
            " where company_id = %s and kind = 'restore'",
            [factory.company_id],
        )
    let_years_pass(factory)
    parts = [row for row in archived(factory) if row.kind == "restore"]
    assert [row.part for row in parts] == [1, 2, 3]
    assert ["run" in row.content for row in parts] == [True, False, False]
    assert [one["ordinal"] for row in parts for one in row.content["orders"]] == list(range(1, 2501))


# --- what stays ------------------------------------------------------------------------------------------------------


def released(factory: Factory) -> None:
    """Release an order of which nothing moves."""
    assert outcomes(factory.release(factory.order())) == ["released"]


def issued(factory: Factory) -> None:
    """Release an order, and archive it."""
    factory.stock(factory.item("NUT"), 9)
    order = factory.order(needs("NUT", 4))
    factory.release(order)
    assert outcomes(factory.close(order)) == ["closed"]
    assert outcomes(factory.archive(order)) == ["archived"]


def closed_short(factory: Factory) -> None:
    """Close an order short."""
    order = factory.order(status="executive")
    assert outcomes(factory.close(order)) == ["closed"]


def registered(factory: Factory) -> None:
    """Register a declaration that moves nothing."""
    order = factory.order(status="executive", phases=[phase(10)])
    assert outcomes(factory.register(*factory.declared(order, report("opening")))) == ["registered"]


def made_a_lot(factory: Factory) -> None:
    """Register the production of a lot that there was not, and roll that back while more of the lot has come in."""
    factory.rule("finished", "MAIN")
    factory.item("FRAME", "manual", "production", by_lot=True)
    order = factory.order(item="FRAME", status="executive", quantity=2, phases=[phase(10)])
    declared = factory.declared(order, report("opening"), report("progress", good=1, lot_code="F"))
    assert outcomes(factory.register(*declared)) == ["registered"] * 2
    assert outcomes(factory.post(document("D", line("FRAME", 1, lot_code="F")))) == ["posted"]
    assert outcomes(factory.roll_back(*reversed(declared))) == ["rolled_back"] * 2


def posted(factory: Factory) -> None:
    """Post a count that finds what is there."""
    factory.item("NUT")
    [row] = factory.post(document("D", counted("NUT", 0)))
    assert (row.outcome, row.movement_count) == ("unchanged", 0)


def unposted(factory: Factory) -> None:
    """Post a document and take it back."""
    factory.item("NUT")
    assert outcomes(factory.post(document("D", line("NUT", 1)))) == ["posted"]
    assert outcomes(factory.unpost("D")) == ["removed"]


NEEDED = {
    ("lot", "registration_run_id"): made_a_lot,
    ("production_declaration", "registration_run_id"): registered,
    ("production_order", "release_run_id"): released,
    ("production_order", "short_close_run_id"): closed_short,
    ("stock_document", "removal_run_id"): unposted,
    ("stock_document", "run_id"): posted,
    ("stock_record", "run_id"): issued,
}
"""By the column that names a run: how it comes to name one that nothing else needs, if that can be."""

HANDED_OUT = {
    ("removed_stock_record", "removal_run_id"),
    ("removed_stock_record", "run_id"),
    ("run_order", "run_id"),
    ("run_place", "run_id"),
    ("run_row", "run_id"),
}
"""The columns of what is handed out with a run."""

NAMING = """
select c.conrelid::regclass::text, a.attname::text
from pg_constraint as c
inner join pg_attribute as a on a.attrelid = c.conrelid and a.attnum = any(c.conkey) and a.attname <> 'company_id'
where c.contype = 'f' and c.conparentid = 0 and c.confrelid = 'erp.run'::regclass
"""

BY_NAME = """
select c.oid::regclass::text, a.attname::text
from pg_class as c
inner join pg_attribute as a on a.attrelid = c.oid
where
    c.relnamespace = 'erp'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
    and a.attname like '%run_id'
    and c.relname <> 'run'
"""


def test_R80_everything_that_names_a_run_keeps_it_or_goes_with_it(rilascio: psycopg.Connection) -> None:
    """Whoever adds a table that names a run says here which of both, and shows it."""
    naming = {(table.removeprefix("erp."), column) for table, column in rilascio.execute(NAMING.encode())}
    assert naming == NEEDED.keys() | HANDED_OUT
    by_name = {(table.removeprefix("erp."), column) for table, column in rilascio.execute(BY_NAME.encode())}
    assert by_name == naming, "a run is named without a foreign key"


def test_R80_whether_anything_names_a_run_is_found_by_an_index(rilascio: psycopg.Connection) -> None:
    query = """
        select c.conname from pg_constraint as c
        where c.contype = 'f' and c.confrelid = 'erp.run'::regclass and not exists (
            select from pg_index as i
            where i.indrelid = c.conrelid and (
                i.indkey[0] = any(c.conkey) and i.indkey[0] <> (
                    select a.attnum from pg_attribute as a where a.attrelid = c.conrelid and a.attname = 'company_id'
                ) or i.indkey[0] = any(c.conkey) and i.indkey[1] = any(c.conkey)
            )
        )
    """
    assert rilascio.execute(query.encode()).fetchall() == []


@pytest.mark.parametrize(("table", "column"), NEEDED)
def test_R80_a_run_stays_while_something_stands_on_it(factory: Factory, table: str, column: str) -> None:
    NEEDED[table, column](factory)
    let_years_pass(factory)
    named = {row[column] for row in factory.table(table)} - {None}
    assert named
    handed_out = {row.run_id for row in archived(factory)}
    assert not named & handed_out
    assert named <= {run["run_id"] for run in factory.table("run")}
    assert check(factory) == []


def test_R80_R60_a_run_stays_while_its_request_key_is_kept(factory: Factory) -> None:
    order = factory.order(needs(factory.item("NUT")))
    first = factory.release(order, key=KEY)
    let_years_pass(factory)
    assert kinds(archived(factory)) == []
    assert factory.release(order, key=KEY) == first
    factory.call("select erp_api.prune_request_keys(%s)", [factory.company_id])
    assert kinds(archived(factory)) == ["release"]


def test_R80_R57_a_split_stays_while_its_remainder_can_be_merged(factory: Factory) -> None:
    factory.stock(factory.item("NUT"), 4)
    order = factory.order(needs("NUT"), quantity=10)
    [split] = factory.release(order, on_shortage="split")
    factory.change_order(split.remainder_order_id, firm="ELSEWHERE")
    assert codes(factory.restore(order)[0]) == ["remainder_kept"]
    let_years_pass(factory)
    assert kinds(archived(factory)) == []
    assert outcomes(factory.merge(split.remainder_order_id)) == ["merged"]
    let_years_pass(factory)
    assert kinds(archived(factory)) == ["release", "restore", "merge"]


def test_R80_an_order_that_was_released_again_keeps_the_way_to_there_that_is_needed(factory: Factory) -> None:
    """Nothing moved, so no record ties a restore to its release: its order does."""
    order, other = factory.order(), factory.order()
    factory.release(order, other)
    factory.restore(order)
    factory.release(order)
    let_years_pass(factory)
    assert kinds(archived(factory)) == [], "the first run has released the other order, which is executive"
    assert check(factory) == []
    factory.restore(order, other)
    let_years_pass(factory)
    assert kinds(archived(factory)) == ["release", "restore", "release", "restore"]
    assert check(factory) == []


@pytest.mark.parametrize("limit", [1, 2, 7, 1000])
def test_R80_the_tables_agree_at_every_step_whatever_the_size_of_a_step(busy: Busy, limit: int) -> None:
    assert check(busy) == []
    before = busy.snapshot()
    runs = {run["run_id"] for run in busy.table("run")}
    expected = {row.kind: row.archived_count for row in archive_call(busy, PREVIEW) if row.archived_count}
    seen: list[int] = []
    while batch := archive_call(busy, ARCHIVE, limit, 0):
        seen += [row.run_id for row in batch if row.part == 1]
        assert check(busy) == []
    assert busy.snapshot() == before
    assert len(seen) == len(set(seen)) == sum(expected.values())
    assert {run["run_id"] for run in busy.table("run")} == runs - set(seen)
    assert {"restore", "release", "hand", "deletion"} <= expected.keys()


def test_R80_what_can_be_taken_back_is_taken_back_afterwards_as_before(busy: Busy) -> None:
    def all_the_way_back() -> tuple[Any, ...]:
        answers = [
            *busy.roll_back(*busy.closing), *busy.undeclare(*busy.closing), *busy.restore(busy.closed),
            *busy.restore(busy.remainder, busy.split, busy.released, busy.restored, busy.undone),
        ]  # fmt: skip
        return outcomes(answers), [answer.reasons for answer in answers], busy.snapshot()

    with busy.connection.transaction(force_rollback=True):
        expected = all_the_way_back()
    assert archived(busy)
    assert all_the_way_back() == expected
    assert check(busy) == []


def test_R80_a_preview_counts_what_goes_and_what_stays_and_changes_nothing(busy: Busy) -> None:
    before = busy.snapshot(leaving_out=set())
    counts = {row.kind: (row.archived_count, row.kept_count) for row in archive_call(busy, PREVIEW)}
    assert busy.snapshot(leaving_out=set()) == before
    runs = [kind for (kind,) in busy.connection.execute(OLD_RUNS, [busy.company_id])]
    assert {kind: sum(both) for kind, both in counts.items()} == {kind: runs.count(kind) for kind in set(runs)}
    assert sum(kept for _, kept in counts.values()) == len(runs) - len({row.run_id for row in archived(busy)})


# --- who, and how ----------------------------------------------------------------------------------------------------


def test_R80_history_is_archived_by_a_role_of_its_own(factory: Factory) -> None:
    for query in (ARCHIVE.replace("%s, %s)", "9, 0)"), PREVIEW):
        for role in (factory.operator, "erp_writer", "erp_monitor"):
            factory.operator, operator = role, factory.operator
            with pytest.raises(InsufficientPrivilege, match="permission denied"):
                factory.call(query, [factory.company_id])
            factory.operator = operator
    factory.connection.execute("reset role")
    factory.operator = make_role(factory.connection, "erp_archivist")
    with pytest.raises(NotAMember):
        factory.call(ARCHIVE, [factory.company_id, 9, 0])
    with pytest.raises(InsufficientPrivilege, match="permission denied"):
        factory.call("select from erp_api.run_history")


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ("null, 9, 0", "p_before"), ("now(), 9, 0", "p_before"), ("'infinity', 9, 0", "p_before"),
        ("now() - interval '23 hours', 9, 0", "p_before"), ("'2020-01-01', 0, 0", "p_limit"),
        ("'2020-01-01', 10001, 0", "p_limit"), ("'2020-01-01', null, 0", "p_limit"),
        ("'2020-01-01', 9, null", "p_after"),
    ],
)  # fmt: skip
def test_R80_a_bad_call_is_told(factory: Factory, arguments: str, named: str) -> None:
    with pytest.raises(InvalidParameterValue, match=named):
        archive_call(factory, f"select * from erp_api.archive_history(%s, {arguments})")


def test_R80_what_other_companies_did_is_not_touched(factory: Factory) -> None:
    other = Factory(factory.connection, factory.operator, "OTHER")
    for one in (factory, other):
        one.restore(*[row.order_id for row in one.release(one.order())])
        let_years_pass(one)
    before = other.snapshot(leaving_out=set())
    handed_out = archived(factory)
    assert {row.content["run"]["company_id"] for row in handed_out} == {factory.company_id}
    after = other.snapshot(leaving_out=set())
    assert {run for run in before["run"] if f'"company_id": {other.company_id}' in run} == set(after["run"]) - {
        run for run in after["run"] if f'"company_id": {factory.company_id}' in run
    }


# --- the feed --------------------------------------------------------------------------------------------------------


def test_R81_a_reader_that_has_not_come_so_far_is_told_and_the_others_go_on(factory: Factory) -> None:
    following = "select place from erp_api.next_runs(%s, %s)"
    order = factory.order()
    for _ in range(2):
        factory.release(order)
        factory.restore(order)
    released(factory)
    let_years_pass(factory)
    last = max(row.place for row in archived(factory) if row.place)
    factory._execute("update erp.run_place_counter set numbered_by = null")  # as in a later transaction
    for place in (0, last - 1):
        with pytest.raises(CursorArchived) as error:
            factory.call(following, [factory.company_id, place])
        assert f"begins after place {last}" in str(error.value)
    assert [row.place for row in factory.call(following, [factory.company_id, last])] == [last + 1]
    [company] = factory.call("select * from erp_api.my_companies")
    assert company.feed_begins_after == last


# --- several sessions ------------------------------------------------------------------------------------------------

Shop = tuple[Factory, Callable[..., str]]


@pytest.fixture
def shop(committed: tuple[Factory, psycopg.Connection], rilascio_login: Callable[..., str]) -> Iterator[Shop]:
    """Give a factory with a long history, and what logs in as whoever archives it."""
    factory, _ = committed
    factory.stock(factory.item("NUT"), 100)
    for _ in range(6):
        order = factory.order(needs("NUT"))
        factory.release(order)
        factory.restore(order)
    let_years_pass(factory)
    factory.connection.commit()
    return factory, lambda: rilascio_login("erp_archivist")


def run_ids(rows: list[Any]) -> set[int]:
    return {row[1] for row in rows}


def test_R80_R62_of_two_at_once_neither_hands_out_what_the_other_did(
    shop: Shop, committed: tuple[Factory, psycopg.Connection]
) -> None:
    factory, login = shop
    runs = {run["run_id"] for run in factory.table("run")}
    factory.connection.commit()
    with two(login) as (first, second):
        mine = first.send(ARCHIVE, [factory.company_id, 5, 0]).result(30)
        sent = second.send(ARCHIVE, [factory.company_id, 1000, 0])
        wait_until_blocked(committed[1], second, first)
        first.connection.commit()
        theirs = sent.result(30)
        second.connection.commit()
    assert run_ids(mine)
    assert run_ids(theirs)
    assert not run_ids(mine) & run_ids(theirs)
    assert run_ids(mine) | run_ids(theirs) == runs
    assert factory.table("run") == []


def test_R80_what_was_not_committed_is_handed_out_again(
    shop: Shop, committed: tuple[Factory, psycopg.Connection]
) -> None:
    factory, login = shop
    with two(login) as (first, second):
        lost = first.send(ARCHIVE, [factory.company_id, 4, 0]).result(30)
        committed[1].execute("select pg_terminate_backend(%s)", [first.connection.info.backend_pid])
        again = second.send(ARCHIVE, [factory.company_id, 4, 0]).result(30)
        second.connection.commit()
    assert lost == again


def test_R80_R62_beside_it_people_release_and_restore_and_readers_do_not_wait(
    shop: Shop, rilascio_login: Callable[..., str]
) -> None:
    factory, login = shop
    order = factory.order(needs("NUT"))
    factory.connection.commit()
    with two(login) as (archivist, _), two(lambda: rilascio_login("erp_operator")) as (operator, reader):
        archivist.send(ARCHIVE, [factory.company_id, 1000, 0]).result(30)
        for query, outcome in (
            ("select outcome from erp_api.release_production_orders(%s, %s)", "released"),
            ("select outcome from erp_api.restore_production_orders(%s, %s)", "restored"),
        ):
            assert operator.send(query, [factory.company_id, [order]]).result(30) == [(outcome,)]
            operator.connection.commit()
        assert reader.send("select from erp_api.next_runs(%s)", [factory.company_id]).result(30) is not None
        archivist.connection.commit()
    assert check(factory) == []


def test_R80_the_moment_is_that_of_the_call_not_of_its_end(factory: Factory) -> None:
    released(factory)
    let_years_pass(factory)
    [(earliest,)] = factory.connection.execute("select min(started_at) from erp.run").fetchall()
    assert isinstance(earliest, datetime)
    before = "select * from erp_api.archive_history(%s, %s)"
    assert archive_call(factory, before, earliest) == []
    assert archive_call(factory, before, earliest + timedelta(seconds=1)) != []
