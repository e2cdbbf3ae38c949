"""The servers of a cluster, for tests and benchmarks: a proxy and two shards, of Debian's PostgreSQL 15."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

from rilascio import postgres
from rilascio.deployment import deploy
from rilascio.postgres import Server

BINDIR = Path("/usr/lib/postgresql/15/bin")
PLPROXY = Path("/usr/share/postgresql/15/extension/plproxy.control")

MISSING = "PL/Proxy needs Debian's postgresql-15 and postgresql-15-plproxy, which are not here"


def can_start() -> bool:
    """Say whether this machine has what a proxy needs; `MISSING` says what that is."""
    return (BINDIR / "postgres").exists() and PLPROXY.exists()


@contextmanager
def servers(settings: Mapping[str, str] | None = None) -> Iterator[list[Server]]:
    """Give three servers for a while; the second and the third, the shards, are deployed."""
    with ExitStack() as stack, ThreadPoolExecutor(2) as threads:
        running = [stack.enter_context(postgres.throwaway(settings=settings, bindir=BINDIR)) for _ in range(3)]
        list(threads.map(lambda server: deploy(server.dsn()), running[1:]))
        yield running
