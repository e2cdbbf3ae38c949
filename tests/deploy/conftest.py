"""A bundle to change at will, the real one, and an empty database to deploy them to."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

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
    with rilascio_server.database(f"deploy_{uuid4().hex[:12]}") as dsn:
        yield dsn


@pytest.fixture(scope="session")
def deployed_template(request: pytest.FixtureRequest, rilascio_server: DatabaseServer) -> Iterator[str]:
    """Give the name of a database to which this release is deployed, not partitioned; to be copied."""
    if "RILASCIO_PARTITIONED" not in os.environ:
        yield request.getfixturevalue("rilascio_template").template_dbname
        return
    name = f"deploy_{uuid4().hex[:12]}"
    with rilascio_server.database(name) as dsn:
        deploy(dsn)
        yield name


@pytest.fixture
def deployed(rilascio_server: DatabaseServer, deployed_template: str) -> Iterator[str]:
    """A database to which this release is deployed, not partitioned, for tests of what comes next; gone afterwards."""
    with rilascio_server.database(f"deploy_{uuid4().hex[:12]}", deployed_template) as dsn:
        yield dsn


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
