"""`rilascio locks`: who waits for whom, with two real sessions."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner, Result
from psycopg.conninfo import conninfo_to_dict
from psycopg.sql import SQL, Identifier

from rilascio.cli import main
from tests import sessions
from tests.factory import Factory, needs
from tests.sessions import Session, wait_until_blocked

RELEASE = "select * from erp_api.release_production_orders(%s, %s, p_request_key => %s)"
RESTORE = "select * from erp_api.restore_production_orders(%s, %s)"

KEY = "6f6ab1f0-5a5e-4bd6-9d0c-0d1a4f1b2c3d"


@pytest.fixture
def observer(rilascio_database: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(rilascio_database) as connection:
        yield connection


@pytest.fixture
def factory(observer: psycopg.Connection) -> Factory:
    """Give a factory with two orders, 2026/1 and 2026/2, that want the same bolts."""
    factory = Factory(observer, "erp_operator")
    factory._insert("company_member", member_role=observer.info.user)
    factory.item("BOLT")
    factory.stock("BOLT", 100)
    for number in (1, 2):
        factory.order(needs("BOLT", 1), number=number)
    observer.commit()
    observer.autocommit = True
    return factory


@pytest.fixture
def two(rilascio_login: Callable[..., str], factory: Factory) -> Iterator[tuple[Session, Session]]:
    with sessions.two(rilascio_login) as (holder, waiter):
        yield holder, waiter


@pytest.fixture
def rilascio(rilascio_login: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.setenv("RILASCIO_DSN", rilascio_login())
    return lambda *arguments: CliRunner().invoke(main, arguments, prog_name="rilascio")


def order_id(observer: psycopg.Connection, number: int) -> int:
    row = observer.execute("select production_order_id from erp.production_order where order_number = %s", [number])
    return int(row.fetchone()[0])  # type: ignore[index]


def waits(superuser: str) -> list[dict[str, Any]]:
    """Ask as a superuser, who sees what every session runs, and is a member of the company besides."""
    answer = CliRunner().invoke(main, ["locks", "--format", "json", "--dsn", superuser])
    assert answer.exit_code == 0, answer.output
    return list(json.loads(answer.stdout))


def test_nobody_waits_and_that_is_a_sentence(factory: Factory, rilascio: Callable[..., Result]) -> None:
    answer = rilascio("locks")
    assert (answer.exit_code, answer.stdout) == (0, "Nobody waits.\n")
    assert json.loads(rilascio("locks", "--format", "json").stdout) == []


def test_R62_a_call_that_waits_for_an_order_names_it(
    observer: psycopg.Connection, factory: Factory, two: tuple[Session, Session], rilascio_database: str
) -> None:
    holder, waiter = two
    one = order_id(observer, 1)
    holder.send(RELEASE, [factory.company_id, [one], None]).result()
    waiting = waiter.send(RESTORE, [factory.company_id, [one]])
    wait_until_blocked(observer, waiter, holder)

    [wait] = waits(rilascio_database)
    assert wait["waits_for"] == "order 2026/1/0"
    assert wait["company_id"] == factory.company_id
    assert (wait["waiting_pid"], wait["waiting_kind"]) == (waiter.connection.info.backend_pid, "restore")
    assert (wait["blocking_pid"], wait["blocking_kind"]) == (holder.connection.info.backend_pid, "release")
    assert wait["blocking_state"] == "idle in transaction"
    holder.connection.commit()
    waiting.result()


def test_R62_a_call_that_waits_for_stock_names_item_and_warehouse(
    observer: psycopg.Connection,
    factory: Factory,
    two: tuple[Session, Session],
    rilascio_database: str,
    rilascio: Callable[..., Result],
) -> None:
    holder, waiter = two
    holder.send(RELEASE, [factory.company_id, [order_id(observer, 1)], None]).result()
    waiting = waiter.send(RELEASE, [factory.company_id, [order_id(observer, 2)], None])
    wait_until_blocked(observer, waiter, holder)

    [wait] = waits(rilascio_database)
    assert wait["waits_for"] == "stock of item BOLT in warehouse MAIN"

    # an operator sees the same but for what sessions of other roles run
    answer = rilascio("locks")
    assert answer.exit_code == 0, answer.output
    *headings, _, line = answer.stdout.splitlines()
    assert " ".join(headings).split().count("by") == 4
    assert "stock of item BOLT in warehouse MAIN" in line
    assert line.split()[0] == str(waiter.connection.info.backend_pid)
    [row] = csv.DictReader(io.StringIO(rilascio("locks", "--format", "csv").stdout))
    assert (row["waiting_kind"], row["blocking_pid"]) == ("", str(holder.connection.info.backend_pid))
    holder.connection.rollback()
    waiting.result()


def test_R60_a_call_that_waits_for_its_own_key_waits_for_the_end_of_a_transaction(
    observer: psycopg.Connection, factory: Factory, two: tuple[Session, Session], rilascio_database: str
) -> None:
    holder, waiter = two
    call = [factory.company_id, [order_id(observer, 1)], KEY]
    holder.send(RELEASE, call).result()
    waiting = waiter.send(RELEASE, call)
    wait_until_blocked(observer, waiter, holder)

    [wait] = waits(rilascio_database)
    assert (wait["waits_for"], wait["company_id"]) == ("the end of that transaction", None)
    assert (wait["waiting_kind"], wait["blocking_kind"]) == ("release", "release")
    holder.connection.commit()
    waiting.result()


def test_R40_who_is_no_member_is_told_nothing_unless_he_may_read_all_statistics(
    observer: psycopg.Connection,
    factory: Factory,
    two: tuple[Session, Session],
    rilascio_login: Callable[..., str],
    rilascio: Callable[..., Result],
) -> None:
    holder, waiter = two
    one = order_id(observer, 1)
    holder.send(RELEASE, [factory.company_id, [one], None]).result()
    waiting = waiter.send(RESTORE, [factory.company_id, [one]])
    wait_until_blocked(observer, waiter, holder)

    stranger = rilascio_login("erp_reader")
    assert json.loads(rilascio("locks", "--format", "json", "--dsn", stranger).stdout) == []
    observer.execute(SQL("grant pg_read_all_stats to {}").format(Identifier(conninfo_to_dict(stranger)["user"])))  # type: ignore[arg-type]
    [wait] = json.loads(rilascio("locks", "--format", "json", "--dsn", stranger).stdout)
    assert (wait["waits_for"], wait["company_id"]) == ("a row of erp.production_order", None)
    holder.connection.rollback()
    waiting.result()


def test_R60_who_is_in_the_way_sees_who_waits_and_a_third_one_does_not(
    observer: psycopg.Connection, factory: Factory, rilascio_login: Callable[..., str], rilascio: Callable[..., Result]
) -> None:
    """Of a wait that names no row of the company."""
    logins = [rilascio_login() for _ in range(3)]
    holder, waiter = (Session(dsn) for dsn in logins[:2])
    call = [factory.company_id, [order_id(observer, 1)], KEY]
    holder.send(RELEASE, call).result(30)
    waiting = waiter.send(RELEASE, call)
    wait_until_blocked(observer, waiter, holder)

    shown = [json.loads(rilascio("locks", "--format", "json", "--dsn", login).stdout) for login in logins]

    pids = (waiter.connection.info.backend_pid, holder.connection.info.backend_pid)
    assert [[(wait["waiting_pid"], wait["blocking_pid"]) for wait in waits] for waits in shown] == [[pids], [pids], []]
    holder.connection.rollback()
    waiting.result(30)
    for session in (holder, waiter):
        session.close()


def test_R62_every_kind_of_run_is_told_by_what_its_session_calls(
    observer: psycopg.Connection, factory: Factory
) -> None:
    """Work by hand calls nothing."""
    kinds, view = observer.execute(
        "select pg_get_constraintdef(c.oid), pg_get_viewdef('erp_api.lock_wait'::regclass) from pg_constraint as c"
        " where c.conrelid = 'erp.run'::regclass and pg_get_constraintdef(c.oid) like '%%''restore''%%'"
    ).fetchone()  # type: ignore[misc]
    assert set(re.findall(r"'(\w+)'::text", kinds)) - set(re.findall(r"THEN '(\w+)'::text", view)) == {"hand"}
    keyed = observer.execute(
        "select proname from pg_proc where pronamespace = 'erp_api'::regnamespace"
        " and 'p_request_key' = any(proargnames)"
    ).fetchall()
    assert [name for (name,) in keyed if name not in view] == []


def test_the_help_shows_an_example(rilascio: Callable[..., Result]) -> None:
    assert "Example:\n    rilascio locks\n" in rilascio("locks", "--help").stdout
