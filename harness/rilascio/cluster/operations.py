"""Make a proxy, add shards, take in what is new at them, deploy them one by one, and tell how they are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TypeVar

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from rilascio import deployment
from rilascio.cluster import functions, roles, views
from rilascio.cluster.directory import (
    companies_at,
    is_proxy,
    keep_moves,
    moves_of,
    refuse_no_proxy,
    remarks_on_moves,
)
from rilascio.cluster.functions import Function
from rilascio.cluster.reports import RefreshReport, ShardStatus
from rilascio.cluster.roles import PRODUCT_ROLES
from rilascio.cluster.shards import Shard, address_of, at, shard_of, shards_of
from rilascio.cluster.views import View
from rilascio.deployment.common import DEPLOY_TIMEOUT, OWNER, Connection, Progress
from rilascio.deployment.roles import ensure_roles
from rilascio.deployment.session import connected, deployment_lock, scalar
from rilascio.errors import HarnessError, describe_error
from rilascio.queries import read_query

Made = TypeVar("Made", Function, View)

COMPANIES_OF_A_RANGE = 1000
"""How many companies a shard may number before it comes to those of the next."""


def init(dsn: str) -> bool:
    """Make a proxy of a database without rilascio; say whether it was not one yet. Takes a superuser."""
    with connected(dsn) as proxy, deployment_lock(proxy, _silent), _no_half_work(proxy):
        if is_proxy(proxy):
            return False
        found = scalar(proxy, "select string_agg(nspname, ', ') from pg_namespace where nspname like %s", r"erp\_%")
        if found:
            raise HarnessError(
                f"The database holds schemas of our names: {found}.", "A proxy has a database of its own."
            )
        if not scalar(proxy, "select rolsuper from pg_roles where rolname = current_user"):
            raise HarnessError(
                "A proxy is made by a superuser.", "PL/Proxy is a language that PostgreSQL does not trust."
            )
        if not scalar(proxy, "select exists (select from pg_available_extensions where name = %s)", "plproxy"):
            raise HarnessError(
                "The server of the proxy has no PL/Proxy.", "Debian has it as postgresql-15-plproxy, for instance."
            )
        proxy.execute("create extension if not exists plproxy; create extension if not exists postgres_fdw")
        # Shards read a page in the order of an index; the proxy, which knows nothing of their rows, would rather sort.
        proxy.execute(sql.SQL("alter database {} set enable_sort = off").format(sql.Identifier(proxy.info.dbname)))
        ensure_roles(proxy)
        proxy.execute(sql.SQL("set local role {}").format(sql.Identifier(OWNER)))
        proxy.execute(read_query(__file__, "create_directory"))
        proxy.execute(read_query(__file__, "keep_moves"))
        for schema in ("erp_api", "erp_cluster", "erp_data", "erp_shard", "plproxy"):
            proxy.execute(
                sql.SQL("grant usage on schema {} to {}").format(
                    sql.Identifier(schema), sql.SQL(", ").join(map(sql.Identifier, PRODUCT_ROLES))
                )
            )
        return True


def add(dsn: str, name: str, shard_dsn: str) -> RefreshReport:
    """Add a deployed database as a shard, and take in its companies and roles; adding it again refreshes."""
    shard = shard_of(dsn, name, address_of(shard_dsn))
    with _proxy(dsn) as proxy:
        known = scalar(proxy, "select connection from erp_cluster.shard where shard_name = %s", name)
        if known is not None and conninfo_to_dict(known) != conninfo_to_dict(shard.address):
            raise HarnessError(f"Shard {name} is another database: {known}.", "Give this one another name.")
        with at(shard) as connection:
            _refuse_undeployed(connection, shard)
            if known is None:
                _register(proxy, shard)
            report = _refresh(proxy, shards_of(proxy, dsn))
            _reserve_company_numbers(proxy, connection, shard)
        return report


def refresh(dsn: str) -> RefreshReport:
    """Take in the companies, roles and functions that are new at the shards."""
    with _proxy(dsn) as proxy:
        return _refresh(proxy, shards_of(proxy, dsn))


def deploy(dsn: str, *, lock_timeout: str = DEPLOY_TIMEOUT, progress: Progress | None = None) -> RefreshReport:
    """Deploy this release shard by shard, then let the proxy follow. What fails stops there; run it again."""
    notify = progress or _silent
    with connected(dsn) as proxy:
        refuse_no_proxy(proxy)
        shards = shards_of(proxy, dsn)
    for number, shard in enumerate(shards):
        notify(f"Shard {shard.name}")
        try:
            deployment.deploy(shard.dsn, lock_timeout=lock_timeout, progress=notify)
        except HarnessError as error:
            left = ", ".join(one.name for one in shards[number:])
            raise HarnessError(
                f"Shard {shard.name}: {error.message}",
                f"{error.hint or ''} Still to be deployed: {left}. Run it again.".strip(),
            ) from error
    return refresh(dsn)


def status(dsn: str) -> list[ShardStatus]:
    """Say of each shard how it is. Writes nothing."""
    with connected(dsn) as proxy:
        refuse_no_proxy(proxy)
        return [_status_of(proxy, shard) for shard in shards_of(proxy, dsn)]


def _status_of(proxy: Connection, shard: Shard) -> ShardStatus:
    directed = companies_at(proxy, shard.name)
    try:
        state = deployment.status(shard.dsn).state
        with at(shard) as connection:
            remarks = remarks_on_moves(proxy, shard)
            there = set(_companies(connection))
            if new := there - directed:
                remarks.append(f"companies that the directory does not have: {_listed(new)}")
            if lost := directed - there:
                remarks.append(f"companies of the directory that are not there: {_listed(lost)}")
            for what, read in (("functions", functions.functions_of), ("views", views.views_of)):
                if _signatures(read(connection)) != _signatures(read(proxy)):
                    remarks.append(f"its {what} are not those of the proxy")
            remarks += roles.differences(
                roles.roles_of(connection, _company_members(connection)), roles.roles_of(proxy)
            )
    except HarnessError as error:
        return ShardStatus(shard.name, "unreachable", len(directed), (error.message,))
    return ShardStatus(shard.name, state, len(directed), tuple(remarks))


@contextmanager
def _proxy(dsn: str) -> Iterator[Connection]:
    """Connect to a proxy; one operation at a time works on it, and all it does there is one transaction."""
    with connected(dsn) as proxy, deployment_lock(proxy, _silent):
        refuse_no_proxy(proxy)
        with _no_half_work(proxy):
            yield proxy


@contextmanager
def _no_half_work(proxy: Connection) -> Iterator[None]:
    try:
        with proxy.transaction():
            yield
    except psycopg.Error as error:
        raise describe_error(error) from error


def _refuse_undeployed(connection: Connection, shard: Shard) -> None:
    if not scalar(connection, "select to_regclass('erp.company') is not null"):
        raise HarnessError(f"Shard {shard.name} holds no rilascio.", "Deploy it first: rilascio deploy.")


def _register(proxy: Connection, shard: Shard) -> None:
    proxy.execute(
        "insert into erp_cluster.shard (shard_name, connection, company_range)"
        " select %s, %s, coalesce(max(company_range) + 1, 0) from erp_cluster.shard",
        [shard.name, shard.address],
    )


def _reserve_company_numbers(proxy: Connection, connection: Connection, shard: Shard) -> None:
    """Let a shard number its next companies in a range of its own, so that no two shards make the same."""
    first = COMPANIES_OF_A_RANGE * int(
        scalar(proxy, "select company_range from erp_cluster.shard where shard_name = %s", shard.name)
    )
    connection.execute(
        "select setval(s.name, %s::bigint) from pg_get_serial_sequence('erp.company', 'company_id') as s (name)"
        " where coalesce(pg_sequence_last_value(s.name::regclass), 0) < %s",
        [first, first],
    )


def _refresh(proxy: Connection, shards: list[Shard]) -> RefreshReport:
    report = RefreshReport()
    keep_moves(proxy)
    with ExitStack() as stack:
        connections = {shard.name: stack.enter_context(at(shard)) for shard in shards}
        wanted = roles.merged(
            [
                roles.roles_of(proxy),
                *(roles.roles_of(shard, _company_members(shard)) for shard in connections.values()),
            ]
        )
        for name, server in {"the proxy": proxy, **connections}.items():
            report.roles += [f"{role} at {name}" for role in roles.make_missing(server, wanted)]
        for shard in shards:
            known = companies_at(proxy, shard.name) | {move.company_id for move in moves_of(proxy)}
            if new := sorted(set(_companies(connections[shard.name])) - known):
                _direct(proxy, shard, new)
                report.companies[shard.name] = new
            views.reach_as_themselves(proxy, shard, wanted)
        made = _common(connections, "functions", functions.functions_of)
        functions.make_functions(proxy, made)
        shown = _common(connections, "views", views.views_of)
        views.make_views(proxy, shown, {shard.name: sorted(companies_at(proxy, shard.name)) for shard in shards})
        report.functions, report.views = len(made), len(shown)
    return report


def _common(connections: dict[str, Connection], what: str, read: Callable[[Connection], list[Made]]) -> list[Made]:
    """Return the functions or views, which are the same at all shards."""
    first: list[Made] = []
    for name, connection in connections.items():
        found = read(connection)
        if first and _signatures(found) != _signatures(first):
            raise HarnessError(
                f"Shard {name} has other {what} than {next(iter(connections))}.",
                "Bring all to one release: rilascio cluster deploy.",
            )
        first = first or found
    return first


def _signatures(found: Iterable[Function | View]) -> list[tuple[object, ...]]:
    return [one.signature for one in found]


def _direct(proxy: Connection, shard: Shard, companies: list[int]) -> None:
    taken = proxy.execute(
        "select company_id, shard_name from erp_cluster.company where company_id = any(%s)", [companies]
    ).fetchall()
    if taken:
        company, other = taken[0]
        raise HarnessError(
            f"Shard {shard.name} and shard {other} both have a company {company}.",
            "A company is told by its number: add a database whose companies bear numbers that are free, or none yet.",
        )
    proxy.execute(
        "insert into erp_cluster.company (company_id, shard_name) select unnest(%s::integer[]), %s",
        [companies, shard.name],
    )


def _companies(connection: Connection) -> list[int]:
    """Return the companies that are in force at a shard. One of an earlier release knows no others."""
    rows = connection.execute(
        "select company_id from erp.company as c where coalesce((to_jsonb(c) ->> 'active')::boolean, true)"
    ).fetchall()
    return [company for (company,) in rows]


def _company_members(connection: Connection) -> list[str]:
    return [role for (role,) in connection.execute("select distinct member_role from erp.company_member").fetchall()]


def _listed(companies: set[int]) -> str:
    return ", ".join(map(str, sorted(companies)))


def _silent(_: str) -> None:
    pass
