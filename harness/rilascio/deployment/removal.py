"""What a way back takes with it: the rows of the tables that go, and in the end the log of deployments and roles."""

from __future__ import annotations

import re
from collections.abc import Iterable

from psycopg import errors as pg
from psycopg import sql
from psycopg.rows import scalar_row

from rilascio.deployment.bundle import Migration
from rilascio.deployment.common import OWNER, ROLES, VIEW_OWNER, Connection
from rilascio.deployment.reports import Lost
from rilascio.deployment.session import error_context, scalar
from rilascio.errors import HarnessError
from rilascio.queries import read_query

_COUNTED_BYTES = 64 * 1024 * 1024
"""Up to this size rows are counted; of a larger table the estimate of its statistics is told."""

_DROPPED_TABLE = re.compile(r"^\s*drop table (?:if exists )?([\w.]+)", re.MULTILINE | re.IGNORECASE)
_DROPPED_COLUMN = re.compile(
    r"^\s*alter table (?:if exists )?([\w.]+)\s+drop column (?:if exists )?(\w+)", re.MULTILINE | re.IGNORECASE
)

_LOG_TABLES = (
    "deployment",
    "expected_object",
    "migration",
    "source",
    "_yoyo_log",
    "_yoyo_migration",
    "_yoyo_version",
    "yoyo_lock",
)


def lost_with(connection: Connection, migrations: Iterable[Migration]) -> tuple[Lost, ...]:
    """Return the tables that go with these migrations, and those that lose columns, with their rows."""
    texts = [migration.way_back for migration in migrations]
    tables = {table for text in texts for table in _DROPPED_TABLE.findall(text)}
    columns = {found for text in texts for found in _DROPPED_COLUMN.findall(text) if found[0] not in tables}
    going = [(table, "") for table in tables] + list(columns)
    return tuple(
        Lost(table, column, *_rows(connection, table))
        for table, column in sorted(going)
        if scalar(connection, "select to_regclass(%s)", table)
    )


def _rows(connection: Connection, table: str) -> tuple[int, bool]:
    """Return how many rows a table has, and whether they were counted."""
    size, estimate = connection.execute(
        "select pg_table_size(c.oid), c.reltuples::bigint from pg_class as c where c.oid = to_regclass(%s)", [table]
    ).fetchone() or (0, 0)
    if size > _COUNTED_BYTES and estimate >= 0:
        return estimate, False
    with error_context(connection, f"Counting the rows of {table}"):
        return scalar(connection, f"select count(*) from {table}"), True


def drop_log(connection: Connection) -> None:
    """Drop the log of deployments, once nothing is left that was deployed. What others have put beside it stops us."""
    with error_context(connection, "The way back from erp_meta"), connection.transaction():
        for table in _LOG_TABLES:
            connection.execute(f"drop table if exists erp_meta.{table}".encode())
        connection.execute("drop schema if exists erp_meta")


def drop_roles(connection: Connection) -> tuple[tuple[str, ...], dict[str, str]]:
    """Drop the roles that nothing else uses; return these, and of the others what does.

    A role that may only what a deployment gave it in this database is used by nothing else, though people are members.
    """
    connection.execute("reset role")
    with connection.cursor(row_factory=scalar_row) as cursor:
        there = cursor.execute("select rolname from pg_roles where rolname = any(%s)", [list(ROLES)]).fetchall()
    dropped, kept = [], {}
    # the owners go last: the one is a member of the other
    for role in sorted(there, key=lambda name: (name == OWNER, name == VIEW_OWNER)):
        uses = connection.execute(read_query(__file__, "uses_of_role"), {"role": role}).fetchall()
        if uses:
            kept[role] = ", ".join(use for (use,) in uses)
            # what the deployments of this database gave it
            database = sql.Identifier(connection.info.dbname)
            connection.execute(sql.SQL("revoke create on database {} from {}").format(database, sql.Identifier(role)))
            continue
        name = sql.Identifier(role)
        try:
            with connection.transaction():
                # takes back what it may in this database; it owns nothing here
                connection.execute(sql.SQL("drop owned by {}").format(name))
                connection.execute(sql.SQL("drop role {}").format(name))
        except pg.InsufficientPrivilege as error:
            raise HarnessError(
                f"{connection.info.user} may not drop the role {role}; all else is gone.",
                f"Have a superuser run, in this database: drop owned by {role}; drop role {role};",
            ) from error
        dropped.append(role)
    return tuple(dropped), kept
