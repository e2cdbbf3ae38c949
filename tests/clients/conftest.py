"""The demo factory, for commands that only look at it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from psycopg.sql import SQL, Identifier

from rilascio import testing
from rilascio.folders import demo_folder
from rilascio.loading import load


@pytest.fixture(scope="module")
def demo_urls(rilascio_server: Any, rilascio_template: Any) -> Iterator[tuple[str, str]]:
    """Give the URLs, of a superuser and of an operator, of a database with the demo factory."""
    with testing._database(rilascio_server, rilascio_template) as dsn:
        load(dsn, demo_folder(), members=["erp_operator"])
        password = secrets.token_hex(8)
        with psycopg.connect(dsn, autocommit=True) as connection:
            role = testing.make_role(connection, "erp_operator", password=password)
        yield dsn, rilascio_server.dsn(conninfo_to_dict(dsn)["dbname"], role, password)
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute(SQL("drop owned by {0}; drop role {0}").format(Identifier(role)))
