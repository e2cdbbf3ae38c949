"""Stock in monthly partitions: turned with all that is there, as `status` wants it, and runs do what they did."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from copy import copy
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from click.testing import CliRunner, Result
from psycopg.errors import CheckViolation

from harness.dev.soak.invariants import broken_invariants, order_totals
from rilascio.cli import main
from rilascio.deployment import deploy, partition, partitions, revert, status
from rilascio.deployment.session import connected
from rilascio.errors import HarnessError
from rilascio.testing import DatabaseServer
from tests.deploy.folder import execute, schemas, value
from tests.deploy.release import ReleaseFolder
from tests.deploy.test_beside_clients import CLIENTS, LONGEST_STALL, PATIENCE, ClientThread
from tests.factory import Factory, needs, outcomes
from tests.procedures.test_archive_history import ARCHIVE, archive_call, archived, let_years_pass

TODAY = date.today()


def first_of(months: int) -> date:
    """The first day of the month so many months ahead."""
    count = TODAY.year * 12 + TODAY.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)


FIRST, AFTER_LAST = first_of(-2), first_of(3)
"""The months of their own in a database that is partitioned already: from the first to the one before the second."""
DAY = timedelta(days=1)


def rilascio(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, prog_name="rilascio")


def quietly(dsn: str, **arguments: Any) -> partitions.PartitionReport:
    return partition(dsn, **{"months": 2, "progress": lambda _: None, **arguments})


def copy_of(server: DatabaseServer, template: str) -> AbstractContextManager[str]:
    """Give the URL of a copy of a database, gone afterwards."""
    return server.database(f"months_{uuid4().hex[:12]}", template)


def name_of(dsn: str) -> str:
    return str(value(dsn, "select current_database()"))


def connect(dsn: str) -> psycopg.Connection[Any]:
    """Connect as the owner, whom a factory is after each commit as well."""
    return psycopg.connect(dsn, options="-c role=erp_owner")


def tell_story(dsn: str) -> Factory:
    """Make a company with an order that was released today, and another that was restored."""
    with connect(dsn) as connection:
        factory = Factory(connection, "erp_operator")
        factory.stock(factory.item("NUT"), 1000)
        for taken_back in (False, True):
            order = factory.order(needs("NUT", 3))
            assert outcomes(factory.release(order)) == ["released"]
            if taken_back:
                assert outcomes(factory.restore(order)) == ["restored"]
    return factory


@pytest.fixture(scope="module")
def in_one_piece(rilascio_server: DatabaseServer, deployed_template: str) -> Iterator[tuple[str, Factory]]:
    with copy_of(rilascio_server, deployed_template) as dsn:
        yield dsn, tell_story(dsn)


@pytest.fixture(scope="module")
def in_months(rilascio_server: DatabaseServer, deployed_template: str) -> Iterator[tuple[str, Factory]]:
    with copy_of(rilascio_server, deployed_template) as dsn:
        quietly(dsn, first_month=FIRST)
        yield dsn, tell_story(dsn)


@pytest.fixture
def dsn(request: pytest.FixtureRequest, rilascio_server: DatabaseServer) -> Iterator[str]:
    """A copy of the database in one piece; for tests of `monthly`, of the one that is partitioned."""
    layout = "in_months" if "monthly" in request.fixturenames else "in_one_piece"
    template, _ = request.getfixturevalue(layout)
    with copy_of(rilascio_server, name_of(template)) as url:
        yield url


@contextmanager
def company(dsn: str, story: tuple[str, Factory]) -> Iterator[Factory]:
    factory = copy(story[1])
    with connect(dsn) as factory.connection:
        yield factory


@pytest.fixture
def factory(dsn: str, in_one_piece: tuple[str, Factory]) -> Iterator[Factory]:
    """Give the company of a database that is not partitioned."""
    with company(dsn, in_one_piece) as found:
        yield found


@pytest.fixture
def monthly(dsn: str, in_months: tuple[str, Factory]) -> Iterator[Factory]:
    """Give the company of a database that has been partitioned before it moved stock."""
    with company(dsn, in_months) as found:
        yield found


def kept(dsn: str) -> dict[str, Any]:
    """Every row of the tables, whatever their layout."""
    return {
        table: value(dsn, f"select jsonb_agg(to_jsonb(t) order by to_jsonb(t)) from erp.{table} as t")
        for table in partitions.TABLES
    }


def lie_in(dsn: str, table: str) -> dict[str, int]:
    """How many rows each partition holds that holds any."""
    with psycopg.connect(dsn) as connection:
        return dict(
            connection.execute(
                f"select tableoid::regclass::text, count(*) from erp.{table} group by 1".encode()
            ).fetchall()
        )


def findings(dsn: str) -> list[Any]:
    with psycopg.connect(dsn) as connection:
        return connection.execute("select * from erp_api.check_integrity(1)").fetchall()


def doctor(factory: Factory, day: date) -> list[str]:
    query = "select code from erp_api.diagnose_configuration(%s, %s)"
    return [row.code for row in factory.call(query, [factory.company_id, day])]


# --- turning ---------------------------------------------------------------------------------------------------------


def test_what_is_there_becomes_the_first_partition_and_no_row_changes(dsn: str, factory: Factory) -> None:
    before = kept(dsn)

    report = quietly(dsn)

    assert set(report.turned) == set(partitions.TABLES)
    assert kept(dsn) == before
    for table in partitions.TABLES:
        assert list(lie_in(dsn, table)) == [f"erp.{table}_before"]
    assert status(dsn).state == "current"
    assert not deploy(dsn).changed
    execute(dsn, "drop index erp.stock_movement_stock")
    (difference,) = status(dsn).tables
    assert difference.object == "index erp.stock_movement_stock on erp.stock_movement"


CUTS = [
    ("_hold_before", 1, "interrupted"),
    ("_hold_before", 3, "interrupted"),
    ("apply_sources", 1, "disconnected"),
    ("apply_sources", 1, "interrupted"),
    ("_change", 1, "interrupted"),
    ("apply_sources", 1, "interrupted"),
    ("_change", 1, "interrupted"),
]
"""Where one run after the other is cut off, after so many calls of a step: beside calls, in the transaction that turns
the tables, after it, in the one that makes months, and after it."""


def test_what_was_cut_off_anywhere_works_and_goes_on(
    dsn: str, factory: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = [factory.order(needs("NUT", 5)) for _ in CUTS]
    factory.connection.commit()
    turned = []
    for order, (step, times, how) in zip(orders, CUTS, strict=True):
        before = kept(dsn)
        carry_out, calls = getattr(partitions, step), iter(range(1, times + 1))

        def ended(connection: Any, *arguments: Any, carry_out: Any = carry_out, calls: Any = calls) -> None:
            carry_out(connection, *arguments)
            if next(calls) == times:  # noqa: B023
                if how == "disconnected":  # noqa: B023
                    execute(dsn, f"select pg_terminate_backend({connection.info.backend_pid}, 10000)")
                else:
                    os.kill(os.getpid(), signal.SIGINT)

        with monkeypatch.context() as patched:
            patched.setattr(partitions, step, ended)
            with pytest.raises(HarnessError if how == "disconnected" else KeyboardInterrupt):
                quietly(dsn)

        assert kept(dsn) == before
        assert outcomes(factory.release(order)) == ["released"]
        factory.connection.commit()
        turned.append(value(dsn, "select relkind = 'p' from pg_class where oid = 'erp.stock_movement'::regclass"))

    assert turned == [False, False, False, False, True, True, True]
    assert quietly(dsn) == partitions.PartitionReport()
    assert status(dsn).state == "current"
    assert set(lie_in(dsn, "stock_movement")) == {"erp.stock_movement_before"}
    assert outcomes(factory.restore(*orders)) == ["restored"] * len(orders)
    factory.connection.commit()
    assert findings(dsn) == []


def test_until_a_table_is_turned_it_takes_no_day_of_the_months_to_come(
    dsn: str, factory: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = factory.order(needs("NUT", 5))
    factory.connection.commit()

    def refused(*_: Any) -> None:
        with pytest.raises(CheckViolation, match="stock_record_before_boundary"):
            factory.release(order, on=first_of(2))
        factory.connection.rollback()
        assert outcomes(factory.release(order, on=first_of(2) - DAY)) == ["released"]
        factory.connection.commit()

    turn = partitions._turning
    monkeypatch.setattr(partitions, "_turning", lambda *arguments: refused() or turn(*arguments))
    quietly(dsn)

    assert outcomes(factory.release(factory.order(needs("NUT", 5)), on=first_of(2))) == ["released"]
    factory.connection.commit()
    assert lie_in(dsn, "stock_record") == {
        "erp.stock_record_before": 3, f"erp.stock_record_{first_of(2):%Y_%m}": 1
    }  # fmt: skip


@pytest.mark.parametrize("days", [-1, 0], ids=["on the last day before", "on the first day after"])
def test_the_first_partition_holds_whole_months(dsn: str, factory: Factory, days: int) -> None:
    """A day of the last of these months lies in it, and one of the next moves the boundary by a month."""
    boundary = first_of(4)
    latest = boundary + days * DAY
    assert outcomes(factory.release(factory.order(needs("NUT", 5)), on=latest)) == ["released"]
    factory.connection.commit()

    quietly(dsn, months=0)

    with connected(dsn) as connection:
        assert set(partitions._boundaries(connection).values()) == {boundary if days else first_of(5)}
    assert list(lie_in(dsn, "stock_record")) == ["erp.stock_record_before"]


def test_days_that_lie_too_far_ahead_are_put_right_first(dsn: str, factory: Factory) -> None:
    assert outcomes(factory.release(factory.order(needs("NUT", 5)), on=date(2090, 1, 10))) == ["released"]
    factory.connection.commit()

    with pytest.raises(HarnessError, match="2090-01-10, which is more than 2 years ahead"):
        quietly(dsn)
    assert lie_in(dsn, "stock_record").keys() == {"erp.stock_record"}


def test_a_dry_run_tells_what_would_be_done_and_does_nothing(deployed: str) -> None:
    chosen = ("partition", "--from", f"{FIRST:%Y-%m}", "--months", "0", "--dsn", deployed)

    told = rilascio(*chosen, "--format", "json", "--dry-run")

    assert value(deployed, "select relkind::text from pg_class where relname = 'stock_record'") == "r"
    assert set(json.loads(told.stdout)["turned"]) == set(partitions.TABLES)
    assert f"stock_record_{FIRST:%Y_%m}" in json.loads(told.stdout)["made"]
    assert rilascio(*chosen, "--format", "json").stdout == told.stdout
    assert not any(json.loads(rilascio(*chosen, "--format", "json").stdout).values())
    again = rilascio(*chosen)
    assert (again.exit_code, again.stdout) == (0, "Nothing to do: every month has its partitions.\n")
    assert value(deployed, f"select to_regclass('erp.stock_record_{FIRST:%Y_%m}') is not null")


# --- runs ------------------------------------------------------------------------------------------------------------

EDGES = [FIRST - DAY, FIRST, first_of(-1) - DAY, first_of(-1), AFTER_LAST - DAY, AFTER_LAST]
"""The last and first days of neighbouring partitions: the first one, months, and the one of later days."""


def partition_of(day: date) -> str:
    return "before" if day < FIRST else "later" if day >= AFTER_LAST else f"{day:%Y_%m}"


@pytest.mark.parametrize("together", [True, False], ids=["in one call", "one by one"])
def test_runs_take_back_their_own_movements_from_whatever_month(dsn: str, monthly: Factory, together: bool) -> None:
    orders = [monthly.order(needs("NUT", 5)) for _ in EDGES]
    before = monthly.balance("NUT")
    for order, day in zip(orders, EDGES, strict=True):
        assert outcomes(monthly.release(order, on=day)) == ["released"]
    monthly.connection.commit()
    for table in ("stock_record", "stock_movement"):
        assert {f"erp.{table}_{partition_of(day)}" for day in EDGES} <= lie_in(dsn, table).keys()

    for call in [orders] if together else [[order] for order in orders]:
        assert outcomes(monthly.restore(*call)) == ["restored"] * len(call)
    monthly.connection.commit()

    for table in ("removed_stock_record", "removed_stock_movement"):
        assert {f"erp.{table}_{partition_of(day)}" for day in EDGES} <= lie_in(dsn, table).keys()
    assert monthly.balance("NUT") == before
    monthly.connection.commit()
    assert findings(dsn) == []


def test_a_day_without_a_month_lies_with_later_days_and_the_doctor_tells_in_time(dsn: str, monthly: Factory) -> None:
    soon = AFTER_LAST - timedelta(days=30)
    assert doctor(monthly, soon - DAY) == []
    assert doctor(monthly, soon) == doctor(monthly, AFTER_LAST) == ["months_ending"]
    order = monthly.order(needs("NUT", 5))
    assert outcomes(monthly.release(order, on=AFTER_LAST)) == ["released"]
    monthly.connection.commit()
    assert lie_in(dsn, "stock_record")["erp.stock_record_later"] == 1

    report = quietly(dsn, months=5)

    assert report.left == tuple(f"{table}_{AFTER_LAST:%Y_%m}" for table in partitions.TABLES)
    assert f"stock_movement_{first_of(5):%Y_%m}" in report.made
    assert quietly(dsn, months=5).made == ()
    assert status(dsn).state == "current"
    assert doctor(monthly, soon) == []
    assert outcomes(monthly.restore(order)) == ["restored"]


def test_the_doctor_says_nothing_of_months_where_there_are_none(factory: Factory) -> None:
    assert doctor(factory, date(2099, 11, 1)) == []


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5, 100])
def test_history_of_many_months_is_archived_by_so_many_runs_at_a_time(dsn: str, monthly: Factory, limit: int) -> None:
    """Whatever part of it lies in one month, each run is handed out once, with all its movements."""
    for day in (FIRST - DAY, FIRST, AFTER_LAST):
        orders = [monthly.order(needs("NUT", 5)) for _ in range(2)]
        assert set(outcomes(monthly.release(*orders, on=day))) == {"released"}
        assert set(outcomes(monthly.restore(*orders))) == {"restored"}
    let_years_pass(monthly)
    removed = monthly.table("removed_stock_movement")
    with monthly.undone():
        at_once = archived(monthly)

    rows: list[Any] = []
    while batch := archive_call(monthly, ARCHIVE, limit, rows[-1].run_id if rows else 0):
        rows += batch

    assert [(row.run_id, row.part, row.content) for row in rows] == [
        (row.run_id, row.part, row.content) for row in at_once
    ]
    movements = [m for row in rows for record in row.content["records"] for m in record["movements"]]
    assert len(movements) == len(removed) > 0
    assert monthly.table("removed_stock_movement") == []


# --- months that are past --------------------------------------------------------------------------------------------


def test_months_that_archiving_has_emptied_are_dropped_and_take_days_no_more(dsn: str, monthly: Factory) -> None:
    last_month = first_of(0) - DAY
    order = monthly.order(needs("NUT", 3))
    assert outcomes(monthly.release(order, on=last_month)) == ["released"]
    assert outcomes(monthly.restore(order)) == ["restored"]
    monthly.connection.commit()
    month = f"{last_month:%Y_%m}"

    dropped = quietly(dsn, drop_empty=True).dropped
    assert f"stock_movement_{month}" in dropped
    assert f"removed_stock_movement_{FIRST:%Y_%m}" in dropped
    assert f"removed_stock_movement_{month}" not in dropped
    let_years_pass(monthly)
    assert archived(monthly)
    monthly.connection.commit()
    assert quietly(dsn, drop_empty=True).dropped == (f"removed_stock_movement_{month}", f"removed_stock_record_{month}")
    assert quietly(dsn, drop_empty=True) == partitions.PartitionReport()

    assert outcomes(monthly.release(order, on=last_month)) == ["released"]
    monthly.connection.commit()
    assert lie_in(dsn, "stock_record")["erp.stock_record_later"] == 1
    assert status(dsn).state == "current"
    assert findings(dsn) == []


def test_a_month_that_still_holds_stock_or_history_is_not_dropped(dsn: str, monthly: Factory) -> None:
    released, restored = (monthly.order(needs("NUT", 3)) for _ in range(2))
    assert outcomes(monthly.release(released, on=FIRST)) == ["released"]
    assert outcomes(monthly.release(restored, on=first_of(-1))) == ["released"]
    assert outcomes(monthly.restore(restored)) == ["restored"]
    monthly.connection.commit()
    before = kept(dsn)

    dropped = quietly(dsn, drop_empty=True).dropped

    assert set(dropped) == {
        f"removed_stock_movement_{FIRST:%Y_%m}", f"removed_stock_record_{FIRST:%Y_%m}",
        f"stock_movement_{first_of(-1):%Y_%m}", f"stock_record_{first_of(-1):%Y_%m}",
    }  # fmt: skip
    assert kept(dsn) == before


def test_a_month_into_which_rows_come_meanwhile_is_not_dropped(
    dsn: str, monthly: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = monthly.order(needs("NUT", 3))
    monthly.connection.commit()
    find = partitions._empty_months

    def found(connection: Any) -> dict[str, str]:
        months = find(connection)
        assert outcomes(monthly.release(order, on=FIRST)) == ["released"]
        monthly.connection.commit()
        return months

    with monkeypatch.context() as patched:
        patched.setattr(partitions, "_empty_months", found)
        with pytest.raises(HarnessError, match=f"stock_movement_{FIRST:%Y_%m} holds something meanwhile"):
            quietly(dsn, drop_empty=True)

    assert value(dsn, f"select count(*) from erp.stock_record_{FIRST:%Y_%m}") == 1
    assert value(dsn, f"select to_regclass('erp.removed_stock_record_{FIRST:%Y_%m}') is not null")
    assert f"stock_record_{FIRST:%Y_%m}" not in quietly(dsn, drop_empty=True).dropped


# --- what a partition has to be --------------------------------------------------------------------------------------

MONTH = f"{first_of(1):%Y_%m}"
RECORD, MOVEMENT = f"erp.stock_record_{MONTH}", f"erp.stock_movement_{MONTH}"
KEY = "constraint stock_movement_record_fkey on "
BY_HAND = {
    f"{KEY}{MOVEMENT}": f"alter table {MOVEMENT} drop constraint stock_movement_record_fkey",
    f"{KEY}erp.stock_movement_before": (
        "alter table erp.stock_movement_before drop constraint stock_movement_record_fkey"
    ),
    f"{KEY}erp.stock_movement_later": "alter table erp.stock_movement_later drop constraint stock_movement_record_fkey",
    f"constraint mine on {RECORD}": f"alter table {RECORD} add constraint mine check (company_id > 0)",
    "constraint stock_movement_item_fkey on erp.stock_movement": f"alter table {MOVEMENT} disable trigger all",
    "trigger stock_record_numbered on erp.stock_record": (
        f"alter table {RECORD} disable trigger stock_record_numbered"
    ),
    f"trigger mine on {MOVEMENT}": (
        f"create trigger mine before truncate on {MOVEMENT} execute function erp_internal.refuse_truncate()"
    ),
    f"index erp.mine on {RECORD}": f"create index mine on {RECORD} (run_id)",
    f"rule mine on {RECORD}": f"create rule mine as on delete to {RECORD} do instead nothing",
    f"row security of table {RECORD}": f"alter table {RECORD} disable row level security",
    f"policy rows_of_the_readers_companies on {RECORD}": f"drop policy rows_of_the_readers_companies on {RECORD}",
    f"policy mine on {MOVEMENT}": f"create policy mine on {MOVEMENT} for select using (true)",
    f"replica identity of table {RECORD}": f"alter table {RECORD} replica identity full",
    f"owner of table {RECORD}": f"alter table {RECORD} owner to {{me}}",
    f"privileges on table {RECORD}": f"grant select on {RECORD} to erp_reader",
    f"privileges on table {MOVEMENT}": f"grant select (quantity) on {MOVEMENT} to public",
    "table erp.removed_stock_movement_later": "drop table erp.removed_stock_movement_later",
}
"""What may be done to a partition by hand, by what it is done to."""


def told(dsn: str) -> set[str]:
    report = status(dsn)
    differences = {one.object for one in report.tables}
    return {*differences, *report.changed_in_database, *report.strays}


def put_right(dsn: str) -> None:
    """Do what status says, until it says no more, and deploy."""
    while differences := status(dsn).tables:
        for one in differences:
            assert one.repair, one
            execute(dsn, one.repair)
    deploy(dsn)


def test_what_was_done_to_a_partition_by_hand_is_told_and_put_right(dsn: str, monthly: Factory) -> None:
    assert told(dsn) == set()
    me = f'"{value(dsn, "select current_user")}"'
    execute(dsn, "; ".join(BY_HAND.values()).replace("{me}", me))

    assert BY_HAND.keys() - told(dsn) == set()

    put_right(dsn)
    execute(dsn, f"drop trigger mine on {MOVEMENT}")
    assert status(dsn).state == "current"
    assert quietly(dsn) == partitions.PartitionReport()
    assert findings(dsn) == []


@pytest.mark.parametrize("part", ["before", MONTH, "later"])
def test_a_partition_that_is_no_more_is_put_back_first(dsn: str, monthly: Factory, part: str) -> None:
    execute(dsn, f"alter table erp.stock_record detach partition erp.stock_record_{part}")

    with pytest.raises(HarnessError, match=rf"no table erp\.stock_record_{part} as partition of erp\.stock_record"):
        quietly(dsn)

    put_right(dsn)
    assert status(dsn).state == "current"
    assert quietly(dsn) == partitions.PartitionReport()


@pytest.mark.parametrize("table", ["stock_record", "stock_movement", "removed_stock_movement"])
def test_a_month_that_was_made_by_hand_is_told_with_what_it_lacks(dsn: str, monthly: Factory, table: str) -> None:
    made = f"erp.{table}_by_hand"
    execute(dsn, f"create table {made} partition of erp.{table} for values from ('2090-01-01') to ('2090-02-01')")

    lacking = told(dsn)

    assert {f"policy rows_of_the_readers_companies on {made}", f"row security of table {made}"} <= lacking
    expected = {
        "stock_record": "table erp.stock_movement_by_hand",
        "stock_movement": f"constraint stock_movement_record_fkey on {made}",
        "removed_stock_movement": f"constraint removed_stock_movement_record_fkey on {made}",
    }[table]
    assert expected in lacking
    put_right(dsn)
    assert status(dsn).state == "current"
    order = monthly.order(needs("NUT", 5))
    for _ in range(2):
        assert outcomes(monthly.release(order, on=date(2090, 1, 31))) == ["released"]
        assert outcomes(monthly.restore(order)) == ["restored"]
    monthly.connection.commit()
    assert findings(dsn) == []


def test_partitions_are_bound_as_their_tables_are(dsn: str, monthly: Factory) -> None:
    with psycopg.connect(dsn) as connection:
        unbound = connection.execute(
            """
            select c.relname from pg_class as c
            where
                c.relnamespace = 'erp'::regnamespace and c.relkind in ('r', 'p')
                and not (c.relrowsecurity and exists (select from pg_policy as p where p.polrelid = c.oid))
            """
        ).fetchall()
        keys = connection.execute(
            """
            select conrelid::regclass::text, confrelid::regclass::text, convalidated from pg_constraint
            where contype = 'f' and conname ~ 'stock_movement_record_fkey$'
            """
        ).fetchall()
        children = connection.execute(
            """
            select inhrelid::regclass::text from pg_inherits
            where inhparent in ('erp.stock_movement'::regclass, 'erp.removed_stock_movement'::regclass)
            """
        ).fetchall()
    assert unbound == []
    # a line names its record by a key of their month
    assert sorted(keys) == sorted((child, child.replace("movement", "record"), True) for (child,) in children)


# --- releases that follow, and people at work ------------------------------------------------------------------------


def test_later_releases_change_partitioned_tables_and_go_back(
    dsn: str, monthly: Factory, release: ReleaseFolder
) -> None:
    number = max(int(file.name[:4]) for file in (release.folder / "migrations").glob("*.sql")) + 1
    migration = release.folder / "migrations" / f"{number:04}_add_shelf.sql"
    migration.write_text(
        "alter table erp.stock_movement add column shelf text;\n"
        "comment on column erp.stock_movement.shelf is 'The shelf.';\n"
        "create index stock_movement_shelf on erp.stock_movement (shelf) where shelf is not null;\n"
    )
    migration.with_suffix(".rollback.sql").write_text("alter table erp.stock_movement drop column shelf;\n")
    release.change("triggers/stock_movement")

    assert deploy(dsn, bundle=release.bundle).migrations == (migration.stem,)

    assert status(dsn, bundle=release.bundle).state == "current"
    quietly(dsn, months=4, bundle=release.bundle)
    assert outcomes(monthly.release(monthly.order(needs("NUT", 5)))) == ["released"]
    monthly.connection.commit()
    assert findings(dsn) == []
    revert(dsn, steps=1, bundle=release.bundle)
    deploy(dsn)
    assert status(dsn).state == "current"
    revert(dsn, to="0000")
    assert schemas(dsn) == []


def test_tables_are_turned_beside_people_at_work(rilascio_database: str, operator: str) -> None:
    with psycopg.connect(rilascio_database) as connection:
        before = order_totals(connection)
    stop = threading.Event()
    clients = [ClientThread(operator, seed, stop) for seed in range(CLIENTS)]
    for client in clients:
        client.start()
    try:
        for months in (1, 2):
            work_goes_on(clients)
            quietly(rilascio_database, months=months, lock_timeout=PATIENCE)
        work_goes_on(clients)
    finally:
        stop.set()
        for client in clients:
            client.join()

    assert [error for client in clients for error in client.unexpected] == []
    assert max(client.longest for client in clients) < LONGEST_STALL
    assert status(rilascio_database).state == "current"
    assert lie_in(rilascio_database, "stock_movement")
    with psycopg.connect(rilascio_database) as connection:
        assert broken_invariants(connection, before) == []


def work_goes_on(clients: list[ClientThread]) -> None:
    """Wait until the clients have done something more."""
    done = sum(client.met["done"] for client in clients)
    while sum(client.met["done"] for client in clients) < done + 2 * len(clients):
        assert any(client.is_alive() for client in clients)
        time.sleep(0.01)
