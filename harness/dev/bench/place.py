"""Where a case measures: a server with the settings of a real one, and databases of its own on it."""

from __future__ import annotations

import os
import secrets
import statistics
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from rilascio import postgres
from rilascio.deployment import deploy

#: As a real server has them; only vacuum runs when the benchmark says so, not in the middle of a measure.
SETTINGS = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "shared_buffers": "512MB",
    "max_wal_size": "8GB",
    "checkpoint_timeout": "1h",
    "autovacuum": "off",
}


@dataclass(frozen=True)
class Place:
    """A server on which cases measure, with a deployed database to copy.

    `rounds`: how often each thing is measured, in turns with what it is held against; medians count. `done` hears of
    each step.
    """

    base: str
    template: str
    rounds: int
    done: Callable[[str], None]
    peer: str | None = None

    @contextmanager
    def database(self) -> Iterator[tuple[psycopg.Connection[Any], str]]:
        """Give a superuser's connection to a fresh deployed database, and a role that may release and write."""
        name = f"rilascio_bench_{secrets.token_hex(4)}"
        role = sql.Identifier(name)
        with psycopg.connect(self.base, autocommit=True) as maintenance:
            maintenance.execute(
                sql.SQL("create role {} nologin in role erp_operator, erp_writer, erp_archivist").format(role)
            )
            try:
                with (
                    _database(maintenance, name, self.template),
                    psycopg.connect(make_conninfo(self.base, dbname=name), autocommit=True) as connection,
                ):
                    yield connection, name
            finally:
                maintenance.execute(sql.SQL("drop role {}").format(role))

    @contextmanager
    def empty_database(self) -> Iterator[str]:
        """Give the URL of a database in which nothing is."""
        name = f"rilascio_bench_{secrets.token_hex(4)}"
        with psycopg.connect(self.base, autocommit=True) as maintenance, _database(maintenance, name, "template1"):
            at = maintenance.info
            yield postgres.url(at.host, at.port, name, at.user, at.password)


@contextmanager
def place_on(dsn: str | None, rounds: int, done: Callable[[str], None]) -> Iterator[tuple[Place, dict[str, Any]]]:
    """Give a place on the server of `dsn`, else on one that is started for it, and what its figures stand under."""
    with _server(dsn) as (base, location), psycopg.connect(base, autocommit=True) as maintenance:
        environment = {
            name: maintenance.execute("select current_setting(%s)", [name]).fetchone()[0]  # type: ignore[index]
            for name in ("server_version", *SETTINGS)
        }
        template = f"rilascio_bench_{secrets.token_hex(4)}"
        with _database(maintenance, template, "template1"):
            done("deployment")
            deploy(make_conninfo(base, dbname=template))
            yield (
                Place(base, template, rounds, done),
                {**environment, "processors": os.cpu_count(), "data": location, "rounds": rounds},
            )


def medians(taken: Sequence[dict[str, float]]) -> dict[str, float]:
    """Return the median of each thing over the rounds."""
    return {name: statistics.median(one[name] for one in taken) for name in taken[0]}


@contextmanager
def _server(dsn: str | None) -> Iterator[tuple[str, str]]:
    """Give the URL of a maintenance database and a word on where the data is."""
    if dsn:
        yield dsn, "external server"
        return
    with postgres.throwaway(settings=SETTINGS) as running:
        in_memory = Path("/dev/shm") in running.folder.parents
        yield running.dsn(), "in memory (fsync costs nothing)" if in_memory else "on disk"


@contextmanager
def _database(maintenance: psycopg.Connection[Any], name: str, template: str) -> Iterator[None]:
    identifier = sql.Identifier(name)
    maintenance.execute(sql.SQL("create database {} template {}").format(identifier, sql.Identifier(template)))
    try:
        yield
    finally:
        maintenance.execute(sql.SQL("drop database {} with (force)").format(identifier))
