"""The server of the tests, and the roles that are made on it."""

from __future__ import annotations

import secrets
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


def make_role(connection: psycopg.Connection[Any], member_of: str, *, password: str | None = None) -> str:
    """Make a role with a new name, a login if it has a password, and return the name."""
    name = f"{member_of}_{secrets.token_hex(4)}"
    kind = sql.SQL("login password {}").format(password) if password else sql.SQL("nologin")
    connection.execute(
        sql.SQL("create role {} {} in role {}").format(sql.Identifier(name), kind, sql.Identifier(member_of))
    )
    return name
