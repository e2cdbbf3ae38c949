"""A bundle to change at will, the real one, and an empty database to deploy them to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from harness.dev.soak.world import build
from rilascio import postgres
from rilascio.deployment import deploy
from rilascio.deployment.bundle import Bundle
from rilascio.testing import DatabaseServer
from tests.deploy.folder import Folder
from tests.deploy.release import ReleaseFolder


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "bundle")


@pytest.fixture
def dsn(rilascio_server: DatabaseServer) -> Iterator[str]:
    """An empty database, gone afterwards."""
    name = f"deploy_{uuid4().hex[:12]}"
    with psycopg.connect(rilascio_server.dsn("postgres"), autocommit=True) as admin:
        admin.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        yield rilascio_server.dsn(name)
        admin.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


@pytest.fixture
def real() -> Bundle:
    bundle = Bundle.shipped()
    if not (bundle.sql_folder / "grants.sql").exists():
        pytest.skip("the SQL sources are not complete")
    return bundle


@pytest.fixture
def release(tmp_path: Path) -> ReleaseFolder:
    return ReleaseFolder(tmp_path / "bundle")


@pytest.fixture
def operator(rilascio_database: str, rilascio_login: Callable[..., str]) -> str:
    """Give the URL of an operator of the companies of the soak, who calls and commits statement by statement."""
    with psycopg.connect(rilascio_database) as connection:
        connection.execute("set role erp_owner")
        build(connection, 12)
    return rilascio_login()


@pytest.fixture(scope="module")
def publisher() -> Iterator[postgres.Server]:
    """Give a server, of the module's own, whose changes can be followed, with rilascio in its database postgres."""
    # a slot shows what has been flushed
    with postgres.throwaway(settings={"wal_level": "logical", "synchronous_commit": "on"}) as server:
        deploy(server.dsn())
        yield server
