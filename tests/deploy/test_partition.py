"""Stock in monthly partitions: turned with all that is there, as `status` wants it, and runs do what they did."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from datetime import date
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner, Result

from harness.dev.soak.invariants import broken_invariants, order_totals
from rilascio.cli import main
from rilascio.deployment import deploy, partition, partitions, revert, status
from rilascio.errors import HarnessError
from tests.deploy.folder import schemas
from tests.deploy.release import ReleaseFolder
from tests.deploy.test_beside_clients import CLIENTS, LONGEST_STALL, PATIENCE, ClientThread
from tests.factory import Factory, needs, outcomes
from tests.procedures.test_archive_history import archived, let_years_pass

JANUARY, FEBRUARY = date(2090, 1, 10), date(2090, 2, 10)


def rilascio(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, prog_name="rilascio")


def quietly(dsn: str, **arguments: Any) -> partitions.PartitionReport:
    return partition(dsn, **{"months": 2, "progress": lambda _: None, **arguments})


def committed(factory: Factory) -> None:
    factory.connection.commit()
    factory._execute("set local role erp_owner")


@pytest.fixture
def dsn(deployed: str) -> str:
    """Give the database of a test, to which this release is deployed and which is not partitioned."""
    return deployed


@pytest.fixture
def factory(dsn: str) -> Iterator[Factory]:
    """Give a company with an order that was released and another that was restored."""
    with psycopg.connect(dsn) as connection:
        factory = Factory(connection, "erp_operator")
        factory.stock(factory.item("NUT"), 100)
        for taken_back in (False, True):
            order = factory.order(needs("NUT", 3))
            assert outcomes(factory.release(order)) == ["released"]
            if taken_back:
                assert outcomes(factory.restore(order)) == ["restored"]
        committed(factory)
        connection.commit()
        yield factory


def kept(dsn: str) -> dict[str, Any]:
    """Every row of the tables, whatever their layout."""
    with psycopg.connect(dsn) as connection:
        return {
            table: connection.execute(
                f"select jsonb_agg(to_jsonb(t) order by to_jsonb(t)) from erp.{table} as t".encode()
            ).fetchone()
            for table in partitions.TABLES
        }


def lie_in(dsn: str, table: str) -> dict[str, int]:
    """How many rows each partition holds that holds any."""
    with psycopg.connect(dsn) as connection:
        return dict(
            connection.execute(f"select tableoid::regclass::text, count(*) from erp.{table} group by 1".encode())
        )


def findings(dsn: str) -> list[Any]:
    with psycopg.connect(dsn) as connection:
        return connection.execute("select * from erp_api.check_integrity(1)").fetchall()


def test_what_is_there_becomes_the_first_partition_and_no_row_changes(dsn: str, factory: Factory) -> None:
    before = kept(dsn)

    report = quietly(dsn)

    assert set(report.turned) == set(partitions.TABLES)
    assert kept(dsn) == before
    for table in partitions.TABLES:
        assert list(lie_in(dsn, table)) == [f"erp.{table}_before"]


def test_a_partitioned_database_is_current_and_deployed_again_as_it_is(dsn: str, factory: Factory) -> None:
    quietly(dsn)

    assert status(dsn).state == "current"
    assert not deploy(dsn).changed
    with psycopg.connect(dsn) as connection:
        connection.execute("drop index erp.stock_movement_stock")
    (difference,) = status(dsn).tables
    assert difference.object == "index erp.stock_movement_stock on erp.stock_movement"


def test_runs_take_back_their_own_movements_from_whatever_month(dsn: str, factory: Factory) -> None:
    with psycopg.connect(dsn) as connection:
        connection.execute("set role erp_owner")
        connection.execute("update erp.production_parameter set period_end = '2099-12-31'")
    first, second, third = (factory.order(needs("NUT", 5)) for _ in range(3))
    committed(factory)
    factory.connection.commit()
    quietly(dsn)
    months = [
        f"create table erp.{table}_{day:%Y_%m} partition of erp.{table}"
        f" for values from ('{day:%Y-%m}-01') to ('{day:%Y-%m}-28')"
        for table in partitions.TABLES
        for day in (JANUARY, FEBRUARY)
    ]
    with psycopg.connect(dsn) as connection:
        connection.execute("; ".join(["set role erp_owner", *months]).encode())
    factory._execute("set local role erp_owner")

    for order, day in ((first, JANUARY), (second, FEBRUARY), (third, date(2091, 1, 1))):
        assert outcomes(factory.release(order, on=day)) == ["released"]
    assert outcomes(factory.restore(second)) == ["restored"]
    committed(factory)
    factory.connection.commit()

    partitions_used = ["erp.stock_record_2090_01", "erp.stock_record_before", "erp.stock_record_later"]
    assert sorted(lie_in(dsn, "stock_record")) == partitions_used
    assert lie_in(dsn, "removed_stock_record")["erp.removed_stock_record_2090_02"] == 1
    assert findings(dsn) == []


@pytest.mark.parametrize("step", ["_hold_before", "_change"])
def test_what_was_cut_off_works_and_goes_on(
    dsn: str, factory: Factory, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    order = factory.order(needs("NUT", 5))
    committed(factory)
    factory.connection.commit()
    before = kept(dsn)
    carry_out = getattr(partitions, step)

    def ended(connection: Any, *arguments: Any) -> None:
        carry_out(connection, *arguments)
        os.kill(os.getpid(), signal.SIGINT)

    with monkeypatch.context() as patched:
        patched.setattr(partitions, step, ended)
        with pytest.raises(KeyboardInterrupt):
            quietly(dsn)

    assert kept(dsn) == before
    factory._execute("set local role erp_owner")
    assert outcomes(factory.release(order)) == ["released"]
    committed(factory)
    factory.connection.commit()
    quietly(dsn)
    assert status(dsn).state == "current"
    assert set(lie_in(dsn, "stock_movement")) == {"erp.stock_movement_before"}
    factory._execute("set local role erp_owner")
    assert outcomes(factory.restore(order)) == ["restored"]
    assert findings(dsn) == []


def test_the_months_to_come_are_made_by_a_later_call_but_those_that_later_days_hold(dsn: str, factory: Factory) -> None:
    assert quietly(dsn, months=2).made
    order = factory.order(needs("NUT", 5))
    with psycopg.connect(dsn) as connection:
        day, later = (
            connection.execute(
                "select (current_date + interval '5 months')::date, (current_date + interval '6 months')::date"
            ).fetchone()
            or ()
        )
    assert outcomes(factory.release(order, on=day)) == ["released"]
    committed(factory)
    factory.connection.commit()

    report = quietly(dsn, months=6)

    assert report.left == tuple(f"{table}_{day:%Y_%m}" for table in partitions.TABLES)
    assert f"stock_movement_{later:%Y_%m}" in report.made
    assert quietly(dsn, months=6).made == ()
    assert status(dsn).state == "current"


def test_partitions_are_bound_as_their_tables_are(dsn: str, factory: Factory) -> None:
    quietly(dsn)

    with psycopg.connect(dsn) as connection:
        unbound = connection.execute(
            """
            select c.relname from pg_class as c
            where
                c.relnamespace = 'erp'::regnamespace and c.relkind in ('r', 'p')
                and not (c.relrowsecurity and exists (select from pg_policy as p where p.polrelid = c.oid))
            """
        ).fetchall()
    assert unbound == []


def test_days_that_lie_too_far_ahead_are_put_right_first(dsn: str, factory: Factory) -> None:
    order = factory.order(needs("NUT", 5))
    assert outcomes(factory.release(order, on=JANUARY)) == ["released"]
    committed(factory)
    factory.connection.commit()

    with pytest.raises(HarnessError, match="2090-01-10, which is more than 2 years ahead"):
        quietly(dsn)
    assert lie_in(dsn, "stock_record").keys() == {"erp.stock_record"}


def test_an_empty_database_is_partitioned_from_a_chosen_month(dsn: str) -> None:
    result = rilascio("partition", "--from", "2026-01", "--months", "0", "--dsn", dsn)

    assert result.exit_code == 0, result.output
    assert "partitioned:\n    stock_record\n" in result.stdout
    with psycopg.connect(dsn) as connection:
        assert connection.execute("select to_regclass('erp.stock_record_2026_01') is not null").fetchone() == (True,)
    again = rilascio("partition", "--from", "2026-01", "--months", "0", "--dsn", dsn)
    assert again.stdout == "Nothing to do: every month has its partitions.\n"


def test_a_line_names_its_record_by_a_key_of_their_month(dsn: str) -> None:
    quietly(dsn, months=0, first_month=date(2026, 1, 1))

    with psycopg.connect(dsn) as connection:
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
    assert sorted(keys) == sorted((child, child.replace("movement", "record"), True) for (child,) in children)


def test_a_dry_run_tells_what_would_be_done_and_does_nothing(dsn: str) -> None:
    arguments = ("partition", "--from", "2026-01", "--months", "0", "--format", "json", "--dsn", dsn)

    told = rilascio(*arguments, "--dry-run")

    with psycopg.connect(dsn) as connection:
        assert connection.execute("select relkind::text from pg_class where relname = 'stock_record'").fetchone() == (
            "r",
        )
    assert set(json.loads(told.stdout)["turned"]) == set(partitions.TABLES)
    assert "stock_record_2026_01" in json.loads(told.stdout)["made"]
    assert rilascio(*arguments).stdout == told.stdout
    assert not any(json.loads(rilascio(*arguments).stdout).values())


def test_months_that_archiving_has_emptied_are_dropped_and_take_days_no_more(dsn: str) -> None:
    with psycopg.connect(dsn) as connection:
        first, last_month = (
            connection.execute(
                "select date_trunc('month', current_date - interval '2 months')::date,"
                " (date_trunc('month', current_date) - interval '10 days')::date"
            ).fetchone()
            or ()
        )
        quietly(dsn, months=1, first_month=first)
        factory = Factory(connection, "erp_operator")
        factory.stock(factory.item("NUT"), 100)
        factory._execute("update erp.production_parameter set period_start = '2000-01-01'")
        order = factory.order(needs("NUT", 3))
        assert outcomes(factory.release(order, on=last_month)) == ["released"]
        assert outcomes(factory.restore(order)) == ["restored"]
        committed(factory)
        connection.commit()
        month = f"{last_month:%Y_%m}"

        dropped = quietly(dsn, drop_empty=True).dropped
        assert f"stock_movement_{month}" in dropped
        assert f"removed_stock_movement_{first:%Y_%m}" in dropped
        assert f"removed_stock_movement_{month}" not in dropped
        factory._execute("set local role erp_owner")
        let_years_pass(factory)
        assert archived(factory)
        connection.commit()
        assert quietly(dsn, drop_empty=True).dropped == (
            f"removed_stock_movement_{month}", f"removed_stock_record_{month}"
        )  # fmt: skip
        assert quietly(dsn, drop_empty=True) == partitions.PartitionReport()

        factory._execute("set local role erp_owner")
        assert outcomes(factory.release(order, on=last_month)) == ["released"]
        committed(factory)
        connection.commit()
    assert lie_in(dsn, "stock_record")["erp.stock_record_later"] == 1
    assert findings(dsn) == []


def test_later_releases_change_partitioned_tables_and_go_back(
    dsn: str, factory: Factory, release: ReleaseFolder
) -> None:
    quietly(dsn)
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
    factory._execute("set local role erp_owner")
    assert outcomes(factory.release(factory.order(needs("NUT", 5)))) == ["released"]
    committed(factory)
    factory.connection.commit()
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
