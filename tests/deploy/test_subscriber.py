"""A subscriber has what the publisher has, by the very commands of docs/how-to/replication.md."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.errors import ObjectNotInPrerequisiteState, UndefinedFile
from psycopg.rows import scalar_row

from rilascio import postgres
from rilascio.deployment import deploy, status
from tests.factory import Factory, needs, order_document, outcomes
from tests.factory.stock_documents import document, line

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "replication.md"

PUBLISHED = (
    "job_order", "production_order", "removed_stock_movement", "removed_stock_record", "run", "run_order", "run_place",
    "run_row", "stock_movement", "stock_record",
)  # fmt: skip
OF_ONE_COMPANY = ("production_order", "run", "stock_movement", "stock_record")

ROWS = sql.SQL("select coalesce(array_agg(t::text order by t::text), '{{}}') from erp.{} as t where {}")


def blocks(section: str, kind: str) -> list[str]:
    """Return what the page tells to type below a heading, at the publisher, the subscriber or the shell."""
    [below] = re.findall(
        rf"^## {section}\n(.*?)(?=^## |\Z)", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    found = re.findall(rf"^```{kind}\n(.*?)^```$", below, re.MULTILINE | re.DOTALL)
    assert found, f"{section} has no block {kind}"
    return found


@dataclass
class Following:
    """Two companies at the publisher, and two databases at the subscriber: one follows both, one only the first."""

    acme: Factory
    other: Factory
    publisher: psycopg.Connection
    both: psycopg.Connection
    first_alone: psycopg.Connection

    def catch_up(self) -> None:
        """Return as soon as the subscriber has confirmed all that the publisher has committed."""
        _, not_yet_copied = blocks("Subscribe", "sql subscriber")
        for connection in (self.both, self.first_alone):
            wait_until(connection, not_yet_copied, [])
        position = self.publisher.execute("select pg_current_wal_flush_lsn()").fetchone()
        behind = "select slot_name from pg_replication_slots where plugin = 'pgoutput' and confirmed_flush_lsn < %s"
        wait_until(self.publisher, behind, [], position)


def rows(connection: psycopg.Connection, table: str, of: str = "true") -> list[str]:
    """Return the rows of a table as texts."""
    with connection.cursor(row_factory=scalar_row) as cursor:
        return cursor.execute(ROWS.format(sql.Identifier(table), sql.SQL(of))).fetchone()


def wait_until(
    connection: psycopg.Connection, query: str, expected: list[Any], arguments: Sequence[Any] | None = None
) -> None:
    """Ask again and again, and return as soon as the answer is the expected one."""
    deadline = monotonic() + 60
    while connection.execute(query.encode(), arguments).fetchall() != expected:
        assert monotonic() < deadline, f"still not {expected}: {query}"
        connection.execute("select pg_sleep(0.01)")


def make_tables(publisher: postgres.Server, dsn: str, folder: Path) -> None:
    """Make the subscriber's tables, by the page's shell commands."""
    [script] = blocks("Subscribe", "sh")
    known = {"PUBLISHER": publisher.dsn(), "SUBSCRIBER": dsn, "PATH": f"{publisher.bindir}:{os.environ['PATH']}"}
    done = subprocess.run(
        ["sh", "-euc", script], cwd=folder, env=os.environ | known, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def following(publisher: postgres.Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Following]:
    faster = {
        "wal_retrieve_retry_interval": "50ms",
        "wal_writer_delay": "10ms",
        "max_logical_replication_workers": "12",
    }
    with (
        postgres.throwaway(settings=faster) as subscriber,
        psycopg.connect(publisher.dsn()) as work,
        psycopg.connect(publisher.dsn(), autocommit=True) as at_publisher,
        psycopg.connect(subscriber.dsn(), autocommit=True) as both,
    ):
        acme, other = Factory(work, "erp_operator"), Factory(work, "erp_operator", "OTHER")
        assert acme.company_id == 1, "the page filters by it"
        for factory in (acme, other):
            factory.stock(factory.item("NUT"), 100)
            assert outcomes(factory.release(factory.order(needs("NUT", 2)))) == ["released"]
        work.commit()
        both.execute("create database first_alone")
        with psycopg.connect(subscriber.dsn("first_alone"), autocommit=True) as first_alone:
            for section in ("Publish", "One company alone"):
                for statement in blocks(section, "sql publisher"):
                    at_publisher.execute(statement.encode())
            for connection, database, publication in (
                (both, "postgres", "rilascio"),
                (first_alone, "first_alone", "rilascio_company"),
            ):
                make_tables(publisher, subscriber.dsn(database), tmp_path_factory.mktemp(database))
                subscribe = re.sub(r"\brilascio\b", publication, blocks("Subscribe", "sql subscriber")[0])
                connection.execute(
                    subscribe.replace(
                        "host=erp.example dbname=production",
                        f"host={publisher.host} port={publisher.port} dbname=postgres",
                    ).encode()
                )
            following = Following(acme, other, at_publisher, both, first_alone)
            following.catch_up()  # the first copy would wait for a transaction of a test
            yield following


def work_a_day(factory: Factory) -> None:
    """Release, split, refuse, restore, put, post, take back, and enter by hand, and let a reader number the runs."""
    commit = factory.connection.commit
    factory.job(5)
    lasting, split = factory.order(needs("NUT", 3)), factory.order(needs("NUT", 40), quantity=4)
    commit()
    assert outcomes(factory.release(lasting)) == ["released"]
    commit()
    assert outcomes(factory.release(split, on_shortage="split")) == ["split"]
    assert outcomes(factory.release(factory.order(needs("NUT", 900)))) == ["refused"]
    commit()
    assert outcomes(factory.restore(split)) == ["restored"]
    commit()
    assert outcomes(factory.put(item=[{"item_code": "NUT", "description": "Nut"}])) == ["changed"]
    assert outcomes(factory.put_orders(order_document(901))) == ["created"]
    assert outcomes(factory.post(*(document(key, line("NUT", 4)) for key in ("A", "B")))) == ["posted"] * 2
    commit()
    assert outcomes(factory.unpost("A")) == ["removed"]
    commit()
    factory.stock("NUT", 3)
    factory.change_order(lasting, priority=7)
    commit()
    factory.call("select from erp_api.next_runs(%s)", [factory.company_id])
    commit()


def test_a_subscriber_has_the_rows_of_all_that_was_done(following: Following) -> None:
    for factory in (following.acme, following.other):
        work_a_day(factory)
    following.catch_up()
    for table in PUBLISHED:
        published = rows(following.publisher, table)
        assert len(published) >= 2, f"{table}: there is something to compare"
        assert rows(following.both, table) == published, table


def test_a_publication_of_one_company_sends_the_rows_of_that_company_alone(following: Following) -> None:
    for factory in (following.acme, following.other):
        order = factory.order(needs("NUT", 1))
        assert outcomes(factory.release(order)) == ["released"]
        assert outcomes(factory.restore(order)) == ["restored"]
        factory.connection.commit()
    following.catch_up()
    for table in OF_ONE_COMPANY:
        published = rows(following.publisher, table, "company_id = 1")
        assert 0 < len(published) < len(rows(following.publisher, table)), table
        assert rows(following.first_alone, table) == published, table


def test_a_call_arrives_when_it_has_committed_and_never_if_it_was_rolled_back(following: Following) -> None:
    acme = following.acme
    orders = [acme.order(needs("NUT", 1)) for _ in range(2)]
    acme.connection.commit()
    arrived = sql.SQL("select run_id from erp.run where run_id = any(%s)")
    with acme.connection.transaction(force_rollback=True):
        [undone] = acme.release(orders[0])
    with acme.connection.transaction():
        [released] = acme.release(orders[1])
        runs = [undone.run_id, released.run_id]
        following.catch_up()
        assert following.both.execute(arrived, [runs]).fetchall() == []
    following.catch_up()
    assert following.both.execute(arrived, [runs]).fetchall() == [(released.run_id,)]
    states = "select status from erp.production_order where production_order_id = any(%s) order by production_order_id"
    assert following.both.execute(states.encode(), [orders]).fetchall() == [("launched",), ("executive",)]


def test_a_column_more_stops_the_subscriber_until_it_has_it_and_nothing_is_lost(following: Following) -> None:
    acme = following.acme
    order = acme.order(needs("NUT", 1))
    acme.connection.commit()
    following.catch_up()
    errors = "select sum(apply_error_count) from pg_stat_subscription_stats where subname = 'rilascio'"
    before = following.both.execute(errors.encode()).fetchone()
    stopped = f"select ({errors}) > %s"
    more = "alter table erp.run_order add column more integer default 5"
    following.publisher.execute(more.encode())
    try:
        assert outcomes(acme.release(order)) == ["released"]
        acme.connection.commit()
        wait_until(following.both, stopped, [(True,)], before)
        following.both.execute(more.encode())
        following.catch_up()
        assert rows(following.both, "run_order") == rows(following.publisher, "run_order")
    finally:
        following.publisher.execute("alter table erp.run_order drop column more")
        following.both.execute("alter table erp.run_order drop column if exists more")


def test_a_deployment_leaves_publications_and_the_role_alone(following: Following, publisher: postgres.Server) -> None:
    assert deploy(publisher.dsn()).changed is False
    assert status(publisher.dsn()).state == "current"
    with psycopg.connect(publisher.dsn(user="follower", password="secret")) as follower:
        assert rows(follower, "run") == rows(following.publisher, "run")


def test_a_program_decodes_a_release_as_one_transaction(following: Following) -> None:
    create, read = blocks("Decode by a program", "sql publisher")
    acme = following.acme
    orders = [acme.order(needs("NUT", 1)) for _ in range(2)]
    acme.connection.commit()
    try:
        following.publisher.execute(create.encode())
    except UndefinedFile:
        pytest.skip("this PostgreSQL has no test_decoding: install its contrib modules")
    try:
        with acme.connection.transaction(force_rollback=True):
            acme.release(orders[0])
        [released] = acme.release(orders[1])
        with following.publisher.cursor(row_factory=scalar_row) as cursor:
            changes = cursor.execute(read.encode()).fetchall()
    finally:
        following.publisher.execute("select pg_drop_replication_slot('decoder')")
    assert [change for change in changes if change in ("BEGIN", "COMMIT")] == ["BEGIN", "COMMIT"]
    assert not [change for change in changes if f"production_order_id[bigint]:{orders[0]} " in change]
    assert [f"run_id[bigint]:{released.run_id} " in change for change in changes if " erp.run: " in change] == [True]
    [shown] = blocks("Decode by a program", "text")
    unmatched = iter(changes)
    for shown_line in shown.splitlines():
        pattern = re.sub(r"\d+", r"\\d+", re.escape(shown_line)).replace("…", ".*")
        assert any(re.fullmatch(pattern, change) for change in unmatched), f"{shown_line}: none of {changes}"


def test_status_names_a_table_that_lost_its_replica_identity(following: Following, publisher: postgres.Server) -> None:
    """Published without one, its rows cannot be changed."""
    following.publisher.execute("alter table erp.job_order replica identity nothing")
    report = status(publisher.dsn())
    assert report.state == "drifted"
    [lost] = report.tables
    assert lost.object == "replica identity of table erp.job_order"
    with pytest.raises(ObjectNotInPrerequisiteState, match="replica identity"):
        following.publisher.execute("update erp.job_order set customer = 'ACME'")
    following.publisher.execute((lost.repair or "").encode())
    assert status(publisher.dsn()).state == "current"


def test_a_publication_of_any_table_may_be_filtered_by_company(rilascio: psycopg.Connection) -> None:
    """Otherwise changes of that table would fail."""
    with rilascio.cursor(row_factory=scalar_row) as cursor:
        tables = cursor.execute(
            "select relname from pg_class where relnamespace = 'erp'::regnamespace and relkind in ('r', 'p')"
        ).fetchall()
    assert set(PUBLISHED) < set(tables)
    for table in map(sql.Identifier, tables):
        publication = sql.SQL(
            "create publication {0} for table erp.{0} where (company_id = 1) with (publish_via_partition_root)"
        )
        rilascio.execute(publication.format(table))
        rilascio.execute(sql.SQL("update erp.{} set company_id = company_id where false").format(table))
    rilascio.execute("alter publication item set table erp.item where (item_code <> 'x')")
    with pytest.raises(psycopg.errors.InvalidColumnReference):
        rilascio.execute("update erp.item set company_id = company_id where false")
