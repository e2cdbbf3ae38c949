"""Databases with a company: loaded once, copied for each test that changes it, or shared by those that only look."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from psycopg.sql import SQL, Identifier

from rilascio.folders import demo_folder
from rilascio.loading import load
from rilascio.testing import fixtures, make_role


@pytest.fixture(scope="session")
def loaded_template(
    rilascio_server: Any, rilascio_template: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., Any]]:
    """Give a function that returns the template with the company of some files, which a role is a member of.

    Files of one name are loaded once; they are a folder, or their texts.
    """
    made: dict[str, Any] = {}
    with ExitStack() as stack:

        def template(name: str, files: Path | Mapping[str, str], member: str = "erp_operator") -> Any:
            if name not in made:
                dsn = stack.enter_context(fixtures._database(rilascio_server, rilascio_template))
                folder = files if isinstance(files, Path) else tmp_path_factory.mktemp(name)
                for file, text in () if isinstance(files, Path) else files.items():
                    (folder / f"{file}.csv").write_text(text, encoding="utf-8")
                load(dsn, folder, members=[member])
                dbname = conninfo_to_dict(dsn)["dbname"]
                made[name] = SimpleNamespace(dbname=rilascio_template.dbname, template_dbname=dbname)
            return made[name]

        yield template


@pytest.fixture
def rilascio_database(
    request: pytest.FixtureRequest, rilascio_server: Any, rilascio_template: Any, loaded_template: Callable[..., Any]
) -> Iterator[str]:
    """Give the URL, as superuser, of a fresh database, with the company of the name and files that a module says in
    `LOADED`."""
    loaded = getattr(request.module, "LOADED", None)
    with fixtures._database(rilascio_server, loaded_template(*loaded) if loaded else rilascio_template) as dsn:
        yield dsn


@pytest.fixture(scope="session")
def shared_database(rilascio_server: Any) -> Callable[..., AbstractContextManager[tuple[str, str]]]:
    """Give a context with a copy of a template for several tests: the URLs of a superuser and of a role's member."""

    @contextmanager
    def shared(template: Any, member_of: str = "erp_operator") -> Iterator[tuple[str, str]]:
        with fixtures._database(rilascio_server, template) as dsn:
            password = secrets.token_hex(8)
            with psycopg.connect(dsn, autocommit=True) as connection:
                role = make_role(connection, member_of, password=password)
            yield dsn, rilascio_server.dsn(conninfo_to_dict(dsn)["dbname"], role, password)
            with psycopg.connect(dsn, autocommit=True) as connection:
                connection.execute(SQL("drop owned by {0}; drop role {0}").format(Identifier(role)))

    return shared


@pytest.fixture(scope="module")
def demo_urls(loaded_template: Callable[..., Any], shared_database: Callable[..., Any]) -> Iterator[tuple[str, str]]:
    """Give the URLs, of a superuser and of an operator, of a database with the demo factory."""
    with shared_database(loaded_template("demo", demo_folder())) as urls:
        yield urls
