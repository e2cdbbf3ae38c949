"""The server of the tests, and the roles that are made on it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from rilascio import postgres

DATABASES = "rilascio_test_"
"""What the names of all databases of tests begin with."""


@dataclass(frozen=True)
class DatabaseServer:
    """Where the server of the tests is, in the words of pytest-postgresql; `user` is a superuser."""

    host: str
    port: int
    user: str
    password: str | None
    maintenance_dbname: str = "postgres"
    options: str = ""
    template_dbname: str | None = None

    def dsn(self, dbname: str | None = None, user: str | None = None, password: str | None = None) -> str:
        """Return the URL of a database; without `user` as superuser."""
        if user is None:
            user, password = self.user, self.password
        return postgres.url(self.host, self.port, dbname or self.maintenance_dbname, user, password)

    @contextmanager
    def database(self, name: str, template: str = "template1", options: str = "") -> Iterator[str]:
        """Make a database, with what `create database` is told besides, and give its URL; it is dropped afterwards."""
        made = sql.Identifier(name)
        with psycopg.connect(self.dsn(), autocommit=True) as maintenance:
            # Pages that are logged one by one take five times as long as files that are copied between two
            # checkpoints, which cost nothing where no disk has to confirm them.
            unsafe = maintenance.execute("show fsync").fetchone() == ("off",)
            maintenance.execute(
                sql.SQL("create database {} template {} strategy {} {}").format(
                    made, sql.Identifier(template), sql.SQL("file_copy" if unsafe else "wal_log"), sql.SQL(options)
                )
            )
        try:
            yield self.dsn(name)
        finally:
            with psycopg.connect(self.dsn(), autocommit=True) as maintenance:
                maintenance.execute(sql.SQL("drop database if exists {} with (force)").format(made))


def make_role(connection: psycopg.Connection[Any], member_of: str, *, password: str | None = None) -> str:
    """Make a role with a new name, a login if it has a password, and return the name."""
    name = f"{member_of}_{secrets.token_hex(4)}"
    kind = sql.SQL("login password {}").format(password) if password else sql.SQL("nologin")
    connection.execute(
        sql.SQL("create role {} {} in role {}").format(sql.Identifier(name), kind, sql.Identifier(member_of))
    )
    return name
