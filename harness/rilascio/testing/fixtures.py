"""The fixtures, which pytest finds by its entry point. What each is for, the package says."""

import importlib.util
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import asdict
from datetime import date
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from rilascio import postgres
from rilascio.extras import install_command
from rilascio.folders import demo_folder
from rilascio.testing.company_day import DEMO_DAY, freeze_day
from rilascio.testing.server import DATABASES, DatabaseServer, make_role
from rilascio.testing.world import MEMBERS, World, build_world

FIRST_PARTITION = date(2026, 1, 1)
PARTITION_MONTHS = 3
"""With RILASCIO_PARTITIONED the tables of stock are partitioned by the month, from before the days of the stories."""

_SHARED = pytest.StashKey[dict[str, Any]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add our line to the configuration of pytest."""
    parser.addini(
        "rilascio_shared_server", "one throwaway server for all workers of pytest-xdist", type="bool", default=False
    )


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Start the server once, in the process that controls the workers, and tell each worker where it is."""
    config: pytest.Config = node.config
    if "RILASCIO_DSN" in os.environ or not config.getini("rilascio_shared_server"):
        return
    if _SHARED not in config.stash:
        stack = ExitStack()
        config.add_cleanup(stack.close)
        config.stash[_SHARED] = asdict(_address_of(stack.enter_context(postgres.throwaway())))
    node.workerinput["rilascio_server"] = config.stash[_SHARED]


@pytest.fixture(scope="session")
def rilascio_server(pytestconfig: pytest.Config) -> Iterator[DatabaseServer]:
    """Give the server of this run."""
    shared = getattr(pytestconfig, "workerinput", {}).get("rilascio_server")
    if "RILASCIO_DSN" in os.environ:
        yield _external(os.environ["RILASCIO_DSN"])
    elif shared:
        yield DatabaseServer(**shared)
    else:
        with postgres.throwaway() as running:
            yield _address_of(running)


def _address_of(running: postgres.Server) -> DatabaseServer:
    return DatabaseServer(running.host, running.port, running.user, running.password)


def _external(dsn: str) -> DatabaseServer:
    with psycopg.connect(dsn) as connection:
        info = connection.info
        return DatabaseServer(info.host, info.port, info.user, info.password or None, info.dbname)


def _deploy(*, host: str, port: int, user: str, dbname: str, password: str | None, **_: object) -> None:
    from rilascio.deployment import deploy, partition

    dsn = postgres.url(host, port, dbname, user, password)
    deploy(dsn)
    if os.environ.get("RILASCIO_PARTITIONED"):
        partition(dsn, months=PARTITION_MONTHS, first_month=FIRST_PARTITION, progress=lambda _: None)


def _template_fixture() -> Any:
    # Pytest loads this file wherever rilascio is installed, also where its extra `test` is not.
    if importlib.util.find_spec("pytest_postgresql") is None:

        @pytest.fixture(scope="session")
        def missing() -> None:
            pytest.fail(f"The fixtures of rilascio need more: {install_command('test')}")

        return missing
    from pytest_postgresql.factories import postgresql_noproc

    # A name of its own for each run: on a server that others use too nothing of theirs is dropped.
    name = f"{DATABASES}{secrets.token_hex(4)}"
    return postgresql_noproc(depends_on="rilascio_server", dbname=name, load=[_deploy])


rilascio_template = _template_fixture()


def _database(base: DatabaseServer, template: Any) -> AbstractContextManager[str]:
    return base.database(f"{template.dbname}_{secrets.token_hex(4)}", template.template_dbname)


@pytest.fixture
def rilascio_database(rilascio_server: DatabaseServer, rilascio_template: Any) -> Iterator[str]:
    """Give the URL, as superuser, of a fresh deployed database; it is dropped afterwards."""
    with _database(rilascio_server, rilascio_template) as dsn:
        yield dsn


@pytest.fixture
def rilascio_login(rilascio_server: DatabaseServer, rilascio_database: str) -> Iterator[Callable[..., str]]:
    """Give a function that makes a login for `rilascio_database`, member of the role named, and returns its URL."""
    dbname = str(conninfo_to_dict(rilascio_database)["dbname"])
    made = []

    def make(member_of: str = "erp_operator") -> str:
        password = secrets.token_hex(16)
        with psycopg.connect(rilascio_database) as connection:
            name = make_role(connection, member_of, password=password)
        made.append(name)
        return rilascio_server.dsn(dbname, name, password)

    yield make
    with psycopg.connect(rilascio_database) as connection:
        for name in made:
            connection.execute(sql.SQL("drop owned by {0}; drop role {0}").format(sql.Identifier(name)))


@contextmanager
def _one_connection(dsn: str) -> Iterator[Callable[[], psycopg.Connection]]:
    """Give a function that returns a run's one connection: what its backend has cached serves every test."""
    held = [psycopg.connect(dsn)]

    def connection() -> psycopg.Connection:
        if held[0].closed:
            held[0] = psycopg.connect(dsn)
        return held[0]

    yield connection
    held[0].close()


@pytest.fixture(scope="session")
def _rilascio_connection(
    rilascio_server: DatabaseServer, rilascio_template: Any
) -> Iterator[Callable[[], psycopg.Connection]]:
    with _database(rilascio_server, rilascio_template) as dsn, _one_connection(dsn) as connection:
        yield connection


@pytest.fixture
def rilascio(_rilascio_connection: Callable[[], psycopg.Connection]) -> Iterator[psycopg.Connection]:
    """Give a connection, as superuser and within a transaction that is rolled back after the test."""
    connection = _rilascio_connection()
    with connection.transaction(force_rollback=True):
        yield connection


@pytest.fixture
def rilascio_world(rilascio: psycopg.Connection) -> World:
    """Give a company with a warehouse and rules, to be filled by the test of `rilascio`."""
    return build_world(rilascio)


@pytest.fixture(scope="session")
def _rilascio_demo(
    rilascio_server: DatabaseServer, rilascio_template: Any
) -> Iterator[tuple[Callable[[], psycopg.Connection], int]]:
    from rilascio.loading import load

    with _database(rilascio_server, rilascio_template) as dsn:
        loaded = load(dsn, demo_folder(), members=MEMBERS)
        with _one_connection(dsn) as connection:
            yield connection, loaded.company_id


@pytest.fixture
def rilascio_demo(_rilascio_demo: tuple[Callable[[], psycopg.Connection], int]) -> Iterator[World]:
    """Give the demo factory with its 310 orders, on the day DEMO_DAY; what the test does is rolled back."""
    connect, company_id = _rilascio_demo
    connection = connect()
    with connection.transaction(force_rollback=True):
        freeze_day(connection, DEMO_DAY)
        yield World(connection, company_id)


@pytest.fixture(scope="session")
def _rilascio_role(rilascio_server: DatabaseServer, rilascio_template: Any) -> Iterator[Callable[[str], str]]:
    """Give a function that returns this run's one role of a kind.

    It is there for all tests: since PostgreSQL 16 a transaction that makes a member of a role locks that role until it
    ends, so tests that made one each would wait for those of every other worker.
    """
    made: dict[str, str] = {}

    def role(member_of: str) -> str:
        if member_of not in made:
            with psycopg.connect(rilascio_server.dsn()) as connection:
                made[member_of] = make_role(connection, member_of)
        return made[member_of]

    yield role
    with psycopg.connect(rilascio_server.dsn()) as connection:
        for name in made.values():
            connection.execute(sql.SQL("drop role {}").format(sql.Identifier(name)))


@pytest.fixture
def rilascio_operator(rilascio: psycopg.Connection, _rilascio_role: Callable[[str], str]) -> str:
    """Give a role for the test of `rilascio`, member of `erp_operator`; what the test grants it is rolled back."""
    return _rilascio_role("erp_operator")


@pytest.fixture
def rilascio_reader(rilascio: psycopg.Connection, _rilascio_role: Callable[[str], str]) -> str:
    """Give a role for the test of `rilascio`, member of `erp_reader`; what the test grants it is rolled back."""
    return _rilascio_role("erp_reader")
