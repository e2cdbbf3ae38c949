"""The version lock: a call belongs to one version of the product, and a deployment waits for nobody for long."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from psycopg.errors import SerializationFailure

from rilascio.deployment import deploy, status
from rilascio.deployment.changes import plan_changes
from rilascio.deployment.session import connected
from rilascio.deployment.state import state_of
from rilascio.deployment.version_lock import Attempt
from rilascio.errors import HarnessError
from tests.deploy.folder import execute, value
from tests.deploy.release import ReleaseFolder
from tests.sessions import Session

ORDER = "array(select order_id from erp_api.release_grid where company_id = 1 and order_number = 3)"
CALLS = {
    "release": f"select outcome from erp_api.release_production_orders(1, {ORDER}, p_on_shortage => 'split')",
    "preview": f"select distinct outcome from erp_api.preview_release(1, {ORDER})",
    "explain": "select code from erp_api.diagnose_configuration(1)",
}

# What a deployment does until the test lets go of the advisory lock 4711. It waits for no lock, so for no timeout.
HOLD = """
do $$
begin
    while exists (select from pg_catalog.pg_locks as l where l.locktype = 'advisory' and l.objid = 4711) loop
        perform pg_catalog.pg_sleep(0.01);
    end loop;
end;
$$;
"""

HOLDS_VERSION = """
select l.pid from pg_locks as l
where l.relation = 'erp_internal.deployed_version'::regclass and l.granted and l.mode = 'AccessExclusiveLock'
"""


def until(observer: psycopg.Connection, query: str, *arguments: object) -> Any:
    """Return what a query finds as soon as it finds something."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if row := observer.execute(query.encode(), arguments).fetchone():
            return row[0]
        time.sleep(0.01)
    pytest.fail(f"never happened: {query}")


@pytest.fixture
def observer(rilascio_database: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(rilascio_database, autocommit=True) as connection:
        yield connection


@contextmanager
def deploying(dsn: str, release: ReleaseFolder, observer: psycopg.Connection, end: str = "") -> Iterator[Future[Any]]:
    """Deploy while the test goes on: until the end of the block the deployment stands still, holding the version."""
    release.change("procedures/internal/guards/assert_row_count")
    file = release.folder / "sql/procedures/internal/guards/assert_row_count.sql"
    file.write_text(file.read_text() + HOLD + end)
    observer.execute("select pg_advisory_lock(4711)")
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(deploy, dsn, bundle=release.bundle)
        try:
            until(observer, HOLDS_VERSION)
            yield future
        finally:
            observer.execute("select pg_advisory_unlock(4711)")


@contextmanager
def session(dsn: str) -> Iterator[Session]:
    opened = Session(dsn)
    try:
        yield opened
    finally:
        opened.connection.cancel_safe()
        opened.close()


def until_blocked(observer: psycopg.Connection, waiting: Session) -> None:
    pid = waiting.connection.info.backend_pid
    until(observer, "select true where cardinality(pg_blocking_pids(%s)) > 0", pid)


@pytest.mark.parametrize("call", ["release", "preview", "explain"])
def test_a_call_that_waited_through_a_deployment_is_sent_again(
    rilascio_database: str, operator: str, release: ReleaseFolder, observer: psycopg.Connection, call: str
) -> None:
    with session(operator) as client:
        with deploying(rilascio_database, release, observer) as deployment:
            answer = client.send(CALLS[call], [])
            until_blocked(observer, client)
        assert deployment.result(60).replaced == ("routine erp_internal.assert_row_count(bigint,bigint)",)
        with pytest.raises(SerializationFailure, match="Another release was deployed while the call was on its way"):
            answer.result(30)
        client.connection.rollback()
        assert isinstance(client.send(CALLS[call], []).result(30), list)
        client.connection.rollback()


def test_a_grid_that_plans_and_waited_through_a_deployment_is_asked_again(
    rilascio_database: str, operator: str, release: ReleaseFolder, observer: psycopg.Connection
) -> None:
    with psycopg.connect(operator) as connection:
        connection.execute(CALLS["release"].encode())
    with session(operator) as client:
        query = "select blockers from erp_api.restore_grid"
        with deploying(rilascio_database, release, observer) as deployment:
            answer = client.send(query, [])
            until_blocked(observer, client)
        assert deployment.result(60).changed
        with pytest.raises(SerializationFailure):
            answer.result(30)
        client.connection.rollback()
        assert len(client.send(query, []).result(30)) == 1


def test_a_call_that_waited_for_a_deployment_that_failed_goes_on(
    rilascio_database: str, operator: str, release: ReleaseFolder, observer: psycopg.Connection
) -> None:
    with session(operator) as client:
        with deploying(rilascio_database, release, observer, end="select 1 / 0;") as deployment:
            answer = client.send(CALLS["preview"], [])
            until_blocked(observer, client)
        with pytest.raises(HarnessError, match=r"internal/guards/assert_row_count\.sql failed: division by zero"):
            deployment.result(60)
        assert len(answer.result(30)) == 1


def test_a_transaction_whose_snapshot_is_older_than_the_deployment_does_not_call(
    rilascio_database: str, operator: str, release: ReleaseFolder
) -> None:
    with psycopg.connect(operator) as client:
        client.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        client.execute("select count(*) from erp_api.my_companies")
        release.change("procedures/internal/guards/assert_row_count")
        assert deploy(rilascio_database, bundle=release.bundle).changed
        with pytest.raises(SerializationFailure):
            client.execute(CALLS["preview"].encode())
        client.rollback()
        assert client.execute(CALLS["preview"].encode()).fetchall()


def test_a_call_that_came_in_by_a_routine_of_another_deployment_does_not_go_on(
    rilascio_database: str, operator: str
) -> None:
    by_hand = "alter function erp_api.preview_release {} vacuum_failsafe_age".format
    for statement in (f"{by_hand('set')} = 999", by_hand("reset")):
        execute(rilascio_database, statement)
        assert status(rilascio_database).state == "drifted"
        with psycopg.connect(operator) as client, pytest.raises(SerializationFailure) as failure:
            client.execute(CALLS["preview"].encode())
        assert "rilascio status names it" in str(failure.value.diag.message_hint)
        assert len(deploy(rilascio_database).repaired) == 1
        with psycopg.connect(operator) as client:
            assert client.execute(CALLS["preview"].encode()).fetchall()


def test_a_transaction_that_read_a_grid_and_then_calls_is_not_held_up_by_a_change_of_the_grid(
    rilascio_database: str, operator: str, release: ReleaseFolder, observer: psycopg.Connection
) -> None:
    release.change("views/internal/order_base")
    with session(operator) as client, ThreadPoolExecutor(1) as pool:
        client.send("select count(*) from erp_api.release_grid", []).result(30)
        deployment = pool.submit(deploy, rilascio_database, bundle=release.bundle)
        until(observer, "select true from pg_locks where not granted and relation = 'erp_api.release_grid'::regclass")
        assert len(client.send(CALLS["release"], []).result(30)) == 1
        client.connection.commit()
        assert deployment.result(60).changed


def test_a_deployment_lets_others_go_on_and_tries_again_and_says_for_whom_it_waits(
    rilascio_database: str,
    operator: str,
    rilascio_login: Callable[..., str],
    release: ReleaseFolder,
    observer: psycopg.Connection,
) -> None:
    release.change("procedures/internal/guards/assert_row_count")
    said: list[str] = []
    with session(operator) as long, ThreadPoolExecutor(1) as pool:
        long.send(CALLS["release"], []).result(30)
        deployment = pool.submit(deploy, rilascio_database, bundle=release.bundle, progress=said.append)
        until(
            observer,
            "select true from pg_locks where not granted and relation = 'erp_internal.deployed_version'::regclass",
        )
        with psycopg.connect(rilascio_login()) as other:
            began = time.monotonic()
            assert other.execute(CALLS["explain"].encode()).fetchall() is not None
            assert time.monotonic() - began < 2
        deadline = time.monotonic() + 30
        while not said and time.monotonic() < deadline:
            time.sleep(0.01)
        pid, user = long.connection.info.backend_pid, long.connection.info.user
        sentence = f"The deployment waited too long for a lock held by process {pid} ({user}); trying again"
        assert said == [sentence]
        long.connection.commit()
        assert deployment.result(60).changed
    assert said[0] == sentence
    assert said[1:] == ["Routines, views and grants: 2 files"]


def test_a_deployment_gives_up_when_its_patience_is_at_its_end(
    rilascio_database: str, operator: str, release: ReleaseFolder
) -> None:
    release.change("procedures/internal/guards/assert_row_count")
    before = value(rilascio_database, "select deployment_id from erp_internal.deployed_version")
    with session(operator) as long:
        long.send(CALLS["release"], []).result(30)
        began = time.monotonic()
        with pytest.raises(
            HarnessError, match=r"^The deployment waited too long for a lock held by process \d+"
        ) as failure:
            deploy(rilascio_database, bundle=release.bundle, lock_timeout="1500ms")
        assert 0.5 < time.monotonic() - began < 20
        assert failure.value.hint
        long.connection.commit()
    assert value(rilascio_database, "select deployment_id from erp_internal.deployed_version") == before
    assert status(rilascio_database, bundle=release.bundle).state == "behind"


def test_every_function_of_the_interface_takes_hold_of_the_version_before_anything_else(
    rilascio: psycopg.Connection,
) -> None:
    bodies = {
        name: (opens(body), numbered)
        for name, body, numbered in rilascio.execute(
            """
            select
                p.oid::regproc::text,
                p.prosrc,
                coalesce('vacuum_failsafe_age=' || v.deployment_id = any(p.proconfig), false)
            from pg_proc as p
            inner join pg_namespace as n on n.oid = p.pronamespace
            cross join erp_internal.deployed_version as v
            where n.nspname in ('erp_api', 'erp_internal') and p.prosrc ~ '\\ybegin\\y'
            """
        ).fetchall()
    }
    version = "erp_internal.assert_version"

    def asks_first(name: str) -> str:
        return name if name == version else asks_first(bodies[name][0].split("(")[0].removeprefix("perform "))

    interface = {name: numbered for name, (_, numbered) in bodies.items() if name.startswith("erp_api.")}
    assert len(interface) > 10
    assert all(interface.values())
    assert [name for name in interface if asks_first(name) != version] == []


def opens(body: str) -> str:
    """Return the statements of a body."""
    return re.split(r"^begin$", body, maxsplit=1, flags=re.MULTILINE)[1].strip()


def test_this_release_fits_itself(rilascio_database: str, release: ReleaseFolder) -> None:
    with connected(rilascio_database) as connection:
        changes = plan_changes(connection, state_of(connection, release.bundle))
    assert (changes.sources, changes.dropped, changes.created, changes.replaced) == (frozenset(), (), (), ())


def test_all_statements_of_an_attempt_wait_no_longer_than_it_may(rilascio: psycopg.Connection) -> None:
    attempt, limits = Attempt(rilascio, 0.5), []
    for _ in range(2):
        attempt.set_timeout()
        limits += rilascio.execute("select setting::int from pg_settings where name = 'lock_timeout'").fetchall()
    assert [(500,), *limits, (1,)] == sorted([(500,), *limits, (1,)], reverse=True)
