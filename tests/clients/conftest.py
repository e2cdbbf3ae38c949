"""The demo factory, for commands that only look at it, and databases with a company from files."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from types import SimpleNamespace
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


@pytest.fixture(scope="session")
def loaded_template(
    rilascio_server: Any, rilascio_template: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str, Mapping[str, str]], Any]]:
    """Give a function that returns the template with the company of some files, which erp_operator is a member of.

    Files of one name are loaded once.
    """
    made: dict[str, Any] = {}
    with ExitStack() as stack:

        def template(name: str, files: Mapping[str, str]) -> Any:
            if name not in made:
                dsn = stack.enter_context(testing._database(rilascio_server, rilascio_template))
                folder = tmp_path_factory.mktemp(name)
                for file, text in files.items():
                    (folder / f"{file}.csv").write_text(text, encoding="utf-8")
                load(dsn, folder, members=["erp_operator"])
                dbname = conninfo_to_dict(dsn)["dbname"]
                made[name] = SimpleNamespace(dbname=rilascio_template.dbname, template_dbname=dbname)
            return made[name]

        yield template
