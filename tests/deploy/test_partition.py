"""Stock in monthly partitions: turned with all that is there, as `status` wants it, and runs do what they did."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from datetime import date
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner, Result

from rilascio.cli import main
from rilascio.deployment import deploy, partition, partitions, status
from rilascio.errors import HarnessError
from tests.factory import Factory, needs, outcomes

JANUARY, FEBRUARY = date(2090, 1, 10), date(2090, 2, 10)


def rilascio(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, prog_name="rilascio")


def quietly(dsn: str, **arguments: Any) -> partitions.PartitionReport:
    return partition(dsn, **{"months": 2, "progress": lambda _: None, **arguments})


def committed(factory: Factory) -> None:
    factory.connection.commit()
    factory._execute("set local role erp_owner")


@pytest.fixture
def factory(dsn: str) -> Iterator[Factory]:
    """Give a company in a database of its own that is not partitioned, with an order that was released and another that
    was restored."""
    deploy(dsn)
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
    deploy(dsn)

    result = rilascio("partition", "--from", "2026-01", "--months", "0", "--dsn", dsn)

    assert result.exit_code == 0, result.output
    assert "partitioned:\n    stock_record\n" in result.stdout
    with psycopg.connect(dsn) as connection:
        assert connection.execute("select to_regclass('erp.stock_record_2026_01') is not null").fetchone() == (True,)
    again = rilascio("partition", "--from", "2026-01", "--months", "0", "--dsn", dsn)
    assert again.stdout == "Nothing to do: every month has its partitions.\n"
