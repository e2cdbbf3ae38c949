"""How shards are reached: by the stored address, as the role that the operator of the proxy connects as."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from rilascio.deployment.common import Connection
from rilascio.deployment.session import connected
from rilascio.errors import USAGE, HarnessError

CONNECT_SECONDS = 5
"""How long a call waits for a shard that does not answer, unless the address says otherwise."""

_OF_A_CLIENT = ("user", "password", "passfile", "application_name", "options", "client_encoding")


@dataclass(frozen=True)
class Shard:
    """A shard by its name, and how the operator reaches it."""

    name: str
    address: str
    dsn: str


def address_of(dsn: str) -> str:
    """Return where a database is, without who asks."""
    try:
        parameters = conninfo_to_dict(dsn)
    except psycopg.ProgrammingError as error:
        raise HarnessError(
            f"The address of the shard is not understood: {str(error).strip()}.",
            "Write it like postgresql://host:5432/database.",
            exit_code=USAGE,
        ) from error
    where = {name: value for name, value in parameters.items() if name not in _OF_A_CLIENT}
    missing = [name for name in ("host", "dbname") if not where.get(name)]
    if missing:
        raise HarnessError(
            f"The address of the shard names no {' and no '.join(missing)}.",
            "The proxy's server has to find it: write it like postgresql://host:5432/database.",
            exit_code=USAGE,
        )
    return make_conninfo(**{"connect_timeout": CONNECT_SECONDS, **where})  # type: ignore[arg-type]


def shard_of(proxy_dsn: str, name: str, address: str) -> Shard:
    """Return a shard as the operator of the proxy reaches it: with the same user and password."""
    who = {key: value for key, value in conninfo_to_dict(proxy_dsn).items() if key in ("user", "password", "passfile")}
    return Shard(name, address, make_conninfo(address, **who))


def shards_of(proxy: Connection, proxy_dsn: str) -> list[Shard]:
    """Return the shards of a proxy, in the order in which they were added."""
    rows = proxy.execute("select shard_name, connection from erp_cluster.shard order by company_range").fetchall()
    return [shard_of(proxy_dsn, name, address) for name, address in rows]


@contextmanager
def at(shard: Shard) -> Iterator[Connection]:
    """Connect to a shard; if that fails it is named."""
    with ExitStack() as stack:
        try:
            connection = stack.enter_context(connected(shard.dsn))
        except HarnessError as error:
            raise HarnessError(f"Shard {shard.name}: {error.message}", error.hint) from error
        yield connection
