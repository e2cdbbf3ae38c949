"""The session of a deployment: its settings, its lock, and errors that say in one sentence what was at work."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import errors as pg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import scalar_row

from rilascio.deployment import catalog
from rilascio.deployment.common import (
    ADVISORY_LOCK,
    MINIMUM_SERVER_VERSION,
    OWNER,
    STATEMENT_TIMEOUT,
    Connection,
    Progress,
)
from rilascio.errors import USAGE, HarnessError, describe_error
from rilascio.queries import read_query

_STRAIGHT = "rilascio.straight"
"""A setting that nobody else makes: where it has not arrived, none has."""


NO_TRANSACTION_TIMEOUT = "select set_config(name, '0', false) from pg_settings where name = 'transaction_timeout'"
"""Lifts the limit that a role or database may set from PostgreSQL 17 on; servers before it refuse to hear its name."""


def session_settings(**more: str) -> dict[str, str]:
    """Return the settings of a session that deploys: those on which the catalog's texts depend, and no time limit."""
    timeouts = ("statement_timeout", "idle_session_timeout", "idle_in_transaction_session_timeout")
    return catalog.SETTINGS | dict.fromkeys(timeouts, "0") | more


def connection_parameters(dsn: str, **settings: str) -> dict[str, Any]:
    """Return connection parameters in which our settings win over those of the caller, the role and the server."""
    parameters = conninfo_to_dict(dsn)
    pinned = session_settings(**settings) | {_STRAIGHT: "on"}
    given = str(parameters.get("options") or os.environ.get("PGOPTIONS", ""))
    parameters["options"] = " ".join([given, *(f"-c {name}={value}" for name, value in pinned.items())]).strip()
    parameters.setdefault("application_name", "rilascio deploy")
    parameters["client_encoding"] = "utf8"  # the files' own, whatever PGCLIENTENCODING or the URL says
    return parameters


@contextmanager
def connected(dsn: str, lock_timeout: str = STATEMENT_TIMEOUT) -> Iterator[Connection]:
    """Connect, and turn database errors into a HarnessError."""
    if not re.fullmatch(r"\d+(us|ms|s|min|h|d)?", lock_timeout):
        raise HarnessError(
            f"{lock_timeout!r} is not a lock timeout.", "Write it like 5s, 500ms or 2min.", exit_code=USAGE
        )
    try:
        with psycopg.connect(**connection_parameters(dsn, lock_timeout=lock_timeout), autocommit=True) as connection:
            if connection.info.server_version < MINIMUM_SERVER_VERSION:
                raise HarnessError(
                    f"The server is PostgreSQL {connection.info.server_version // 10000}; rilascio needs 15 or newer.",
                    "Upgrade the server.",
                )
            _refuse_pooler(connection)
            connection.execute(NO_TRANSACTION_TIMEOUT)
            yield connection
    except psycopg.Error as error:
        if "unsupported startup parameter" in str(error):
            raise _behind_a_pooler() from error
        raise describe_error(error) from error


def _refuse_pooler(connection: Connection) -> None:
    """Refuse a session whose settings were dropped on the way: another transaction may be in another one."""
    if scalar(connection, f"select current_setting('{_STRAIGHT}', true)") != "on":
        raise _behind_a_pooler()


def _behind_a_pooler() -> HarnessError:
    return HarnessError(
        "Between here and the server stands a pooler, which does not pass on the settings of a session (options).",
        "Nothing was changed. A deployment needs a session of its own: name the server's own host and port, not the"
        " pooler's (PgBouncer's is 6432 as a rule, PostgreSQL's 5432).",
    )


def refuse_encoding(connection: Connection) -> None:
    """Refuse a database in which not every text can be kept, before anything is written to it."""
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise HarnessError(
            f"The encoding of the database {connection.info.dbname} is {encoding}; rilascio needs UTF8.",
            "Nothing was changed. Make one: create database NAME template template0 encoding 'UTF8'.",
        )


@contextmanager
def error_context(connection: Connection, what: str, *, text: str = "", relation: str | None = None) -> Iterator[None]:
    """Name the file at work (and the line of its `text`) in the sentence of a database error, and who is in the
    way of a lock (on the `relation`). What failed must be rolled back by then: the connection is asked."""
    try:
        yield
    except pg.LockNotAvailable as error:
        blockers = catalog.blocking_sessions(connection, relation)
        raise HarnessError(
            f"{what} waited too long for a lock" + (f" held by {blockers[0]}." if blockers else "."),
            "Nothing of it was changed. Let that session finish, or deploy at a quieter time or with a longer "
            "lock timeout.",
        ) from error
    except pg.DependentObjectsStillExist as error:
        in_the_way = ", ".join(catalog.foreign_dependents(connection)) or error.diag.message_detail
        raise HarnessError(
            f"{what} failed: {describe_error(error).message}",
            f"Nothing of it was changed. In the way, and not of rilascio: {in_the_way}. Have it dropped by its owner,"
            " or let it do without, and try again.",
        ) from error
    except psycopg.Error as error:
        failure, position = describe_error(error), error.diag.statement_position
        if text and position:
            what += f", line {text.count(chr(10), 0, int(position) - 1) + 1},"
        hint = error.diag.message_hint
        if not isinstance(error, psycopg.ProgrammingError) or isinstance(error, pg.InsufficientPrivilege):
            hint = failure.hint  # what is wrong in a file needs no advice on how to deploy
        raise HarnessError(f"{what} failed: {failure.message}", hint) from error


@contextmanager
def deployment_lock(connection: Connection, notify: Progress) -> Iterator[None]:
    """Hold the advisory lock. Waiting is by polling: a session that waits in a statement would stop others'
    `create index concurrently`."""
    with connection.cursor(row_factory=scalar_row) as cursor:
        waiting = False
        while not cursor.execute("select pg_try_advisory_lock(%s)", [ADVISORY_LOCK]).fetchone():
            if not waiting:
                holder = cursor.execute(
                    read_query(__file__, "deployment_lock_holder"), {"key": ADVISORY_LOCK}
                ).fetchone()
                notify("Waiting for another deployment" + (f" ({holder})" if holder else ""))
                waiting = True
            time.sleep(0.1)
    try:
        yield
    finally:
        if not connection.closed:
            connection.execute("select pg_advisory_unlock(%s)", [ADVISORY_LOCK])


def scalar(connection: Connection, query: str, *arguments: object) -> Any:
    """Return the first value that a query answers."""
    with connection.cursor(row_factory=scalar_row) as cursor:
        return cursor.execute(query.encode(), arguments or None).fetchone()


def act_as_owner(connection: Connection) -> None:
    """Become the owner where that is possible: reading `erp_meta` takes it."""
    known = scalar(connection, "select exists (select from pg_roles where rolname = %s)", OWNER)
    privilege = "set" if connection.info.server_version >= 160000 else "member"
    if known and scalar(connection, "select pg_has_role(session_user, %s, %s)", OWNER, privilege):
        connection.execute(sql.SQL("set role {}").format(sql.Identifier(OWNER)))
