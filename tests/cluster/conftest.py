"""Three servers of Debian's PostgreSQL 15: a proxy, and two shards with a company each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest

from harness.dev import clusters
from rilascio import cluster
from rilascio.postgres import Server
from rilascio.testing import World, build_world

MEMBERS = ("anna", "erp_writer")


@dataclass
class Shard:
    """A shard with a company, of which anna is a member."""

    server: Server
    connection: psycopg.Connection[Any]
    world: World

    @property
    def company_id(self) -> int:
        """The company's."""
        return self.world.company_id


@dataclass
class Cluster:
    """A proxy before two shards."""

    proxy: Server
    north: Shard
    south: Shard

    def session(self, role: str = "anna") -> psycopg.Connection[Any]:
        """Log in at the proxy."""
        return psycopg.connect(self.proxy.dsn(user=role), autocommit=True)


@pytest.fixture(scope="session")
def servers() -> Iterator[list[Server]]:
    """Give three servers; the second and the third are deployed."""
    if not clusters.can_start():
        pytest.skip(f"not tried: {clusters.MISSING}")
    with clusters.servers() as running:
        yield running


@pytest.fixture(scope="session")
def factories(servers: list[Server]) -> Iterator[Cluster]:
    """Give the cluster that all tests share."""
    proxy, *shards = servers
    with ExitStack() as stack:
        north, south = (stack.enter_context(psycopg.connect(server.dsn(), autocommit=True)) for server in shards)
        north.execute("create role anna login in role erp_operator")
        cluster.init(proxy.dsn())
        worlds = []
        for name, server, connection in zip(("north", "south"), shards, (north, south), strict=True):
            cluster.add(proxy.dsn(), name, server.dsn())
            worlds.append(build_world(connection, name.upper(), members=MEMBERS))
            worlds[-1].stock("SCREW", 10_000)
        cluster.refresh(proxy.dsn())
        yield Cluster(proxy, *(Shard(*parts) for parts in zip(shards, (north, south), worlds, strict=True)))
