"""Sessions of their own, for tests of what happens when several act at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from time import monotonic, sleep
from typing import Any

import psycopg
import pytest
from psycopg.errors import SerializationFailure


class Session:
    """A session of its own, whose calls run while the test goes on."""

    def __init__(self, dsn: str) -> None:
        self.connection = psycopg.connect(dsn)
        self._thread = ThreadPoolExecutor(1)

    def send(self, query: Any, arguments: list[Any]) -> Future[list[Any]]:
        """Send a query and return what will be its rows."""
        return self._thread.submit(lambda: self.connection.execute(query, arguments).fetchall())

    def close(self) -> None:
        """End the session."""
        self._thread.shutdown()
        self.connection.close()


@contextmanager
def several(login: Callable[..., str], count: int) -> Iterator[list[Session]]:
    """Open sessions of operators."""
    sessions = [Session(login()) for _ in range(count)]
    try:
        yield sessions
    finally:
        for session in sessions:
            session.connection.cancel_safe()
        for session in sessions:
            session.close()


@contextmanager
def two(login: Callable[..., str]) -> Iterator[tuple[Session, Session]]:
    """Open two sessions of operators."""
    with several(login, 2) as (first, second):
        yield first, second


def no_session_remains(dsn: str) -> bool:
    """Say whether the sessions of the harness are gone, with what they count for the server's statistics; the server
    takes a moment to see that a client has left."""
    query = (
        "select count(*) from pg_stat_activity, pg_sleep(0.01)"
        " where application_name like 'rilascio%' and datname = current_database()"
    )
    deadline = monotonic() + 30
    with psycopg.connect(dsn, autocommit=True) as observer:
        while monotonic() < deadline:
            if observer.execute(query.encode()).fetchone() == (0,):
                return True
    return False


def wait_until_blocked(observer: psycopg.Connection, blocked: Session, by: Session | psycopg.Connection) -> None:
    """Return as soon as the server says that one session waits for the other."""
    blocking = by if isinstance(by, psycopg.Connection) else by.connection
    deadline = monotonic() + 30
    while monotonic() < deadline:
        row = observer.execute(
            "select %s = any(pg_blocking_pids(%s)) from pg_sleep(0.01)",
            [blocking.info.backend_pid, blocked.connection.info.backend_pid],
        ).fetchone()
        if row and row[0]:
            return
    pytest.fail("the second call never waited for the first")


def wait_for(dsn: str, condition: str) -> None:
    """Return as soon as a session of the database is as said of pg_stat_activity."""
    query = (
        f"select from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and {condition}"
    )
    with psycopg.connect(dsn, autocommit=True) as observer:
        for _ in range(6000):
            if observer.execute(query.encode()).fetchone() is not None:
                return
            sleep(0.01)
    pytest.fail(f"No session is there with {condition}.")


def wait_until_command_blocked(dsn: str) -> None:
    """Return as soon as a session of the harness waits for a lock."""
    wait_for(dsn, "wait_event_type = 'Lock' and application_name like 'rilascio%'")


def rows_after_waiting(
    sent: Future[list[Any]], isolation: str, session: Session, query: Any, arguments: list[Any]
) -> list[Any]:
    """Return the rows of a query that had to wait for a change; one that cannot see the change is sent again."""
    if isolation == "repeatable read":
        with pytest.raises(SerializationFailure):
            sent.result(30)
        session.connection.rollback()
        sent = session.send(query, arguments)
    return sent.result(30)


def hold_inserts(connection: psycopg.Connection, table: str) -> None:
    """Let whoever inserts into a table, even nothing, wait for the advisory lock 1 after the statement."""
    connection.execute(
        "create function erp_internal.hold() returns trigger language plpgsql security definer"
        " as $$ begin perform pg_advisory_xact_lock(1); return null; end $$"
    )
    connection.execute(
        f"create trigger hold after insert on {table} for each statement execute function erp_internal.hold()".encode()
    )
