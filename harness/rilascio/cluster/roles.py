"""The roles of a cluster: each is one and the same at the proxy and at every shard."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from psycopg import sql
from psycopg.rows import class_row

from rilascio.deployment.common import OWNER, ROLES, VIEW_OWNER, Connection
from rilascio.queries import read_query

PRODUCT_ROLES = [name for name in ROLES if name not in (OWNER, VIEW_OWNER)]


@dataclass(frozen=True)
class Role:
    """A role by which somebody works."""

    name: str
    may_log_in: bool
    inherits: bool
    member_of: list[str]


def roles_of(connection: Connection, company_members: Iterable[str] = ()) -> dict[str, Role]:
    """Return the roles by which people and programs work at a server, with what they are members of."""
    with connection.cursor(row_factory=class_row(Role)) as cursor:
        found = cursor.execute(
            read_query(__file__, "roles"),
            {"product_roles": PRODUCT_ROLES, "company_members": list(company_members)},
        ).fetchall()
    return {role.name: role for role in found}


def merged(servers: Iterable[Mapping[str, Role]]) -> dict[str, Role]:
    """Return the roles of all servers; one that several have is taken as the first has it."""
    roles: dict[str, Role] = {}
    for found in servers:
        roles = {**found, **roles}
    return roles


def make_missing(connection: Connection, wanted: Mapping[str, Role]) -> list[str]:
    """Make the roles that a server lacks, without passwords, and give them their memberships; return their names.

    A role that is there stays as it is.
    """
    rows = connection.execute("select rolname::text from pg_roles").fetchall()
    there = {name for (name,) in rows}
    missing = [role for role in wanted.values() if role.name not in there]
    for role in missing:
        connection.execute(
            sql.SQL("create role {} {} {}").format(
                sql.Identifier(role.name),
                sql.SQL("login" if role.may_log_in else "nologin"),
                sql.SQL("inherit" if role.inherits else "noinherit"),
            )
        )
    for role in missing:
        for group in role.member_of:
            connection.execute(sql.SQL("grant {} to {}").format(sql.Identifier(group), sql.Identifier(role.name)))
    return [role.name for role in missing]


def differences(here: Mapping[str, Role], proxy: Mapping[str, Role]) -> list[str]:
    """Return in what the roles of a shard differ from those of the proxy, a sentence each."""
    found = [f"role {name} is missing here" for name in proxy.keys() - here.keys()]
    found += [f"role {name} is missing at the proxy" for name in here.keys() - proxy.keys()]
    for name in here.keys() & proxy.keys():
        if here[name].member_of != proxy[name].member_of:
            groups = " and ".join(", ".join(role.member_of) or "nothing" for role in (here[name], proxy[name]))
            found.append(f"role {name} is a member of different roles here and at the proxy: {groups}")
        if here[name].may_log_in != proxy[name].may_log_in:
            found.append(f"role {name} may log in here or at the proxy, but not at both")
    return sorted(found)
