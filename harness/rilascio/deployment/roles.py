"""The roles of the product: made where they are missing, and their default privileges taken back."""

from __future__ import annotations

import time
from contextlib import suppress

from psycopg import errors as pg
from psycopg import sql
from psycopg.rows import scalar_row

from rilascio.deployment.catalog import SCHEMAS
from rilascio.deployment.common import OWNER, ROLES, VIEW_OWNER, Connection
from rilascio.deployment.session import scalar
from rilascio.deployment.statements import Statement
from rilascio.errors import HarnessError
from rilascio.queries import read_query


def excessive_powers(connection: Connection) -> tuple[tuple[str, str, str], ...]:
    """Return the roles that own something and may more than that: role, what it may, the statement that takes it back.

    The owner writes past row level security, since it owns the tables; the views' owner must not read past it.
    """
    query = """
        select r.rolname, a.power, format('alter role %%I %%s', r.rolname, a.repair)
        from pg_roles as r
        cross join lateral (
            values
            (r.rolsuper, 'do everything', 'nosuperuser'),
            (r.rolcanlogin, 'log in', 'nologin'),
            (r.rolbypassrls and r.rolname = %(view_owner)s, 'read past row level security', 'nobypassrls')
        ) as a (given, power, repair)
        where r.rolname in (%(owner)s, %(view_owner)s) and a.given
        order by r.rolname, a.power
    """
    with connection.cursor() as cursor:
        return tuple(cursor.execute(query, {"owner": OWNER, "view_owner": VIEW_OWNER}).fetchall())


def ensure_roles(connection: Connection) -> tuple[str, ...]:
    """Create the roles that are missing, and let the deployer act as the owner. Writes nothing if all is there.

    Roles belong to the cluster, the advisory lock to a database: deployments of two databases may meet here.
    """
    refuse_powers(connection)
    missing = missing_roles(connection)
    user = connection.info.user
    advice = "".join(f"create role {name} nologin; " for name in missing)
    if VIEW_OWNER in missing:
        advice += f"grant {VIEW_OWNER} to {OWNER}; "
    for name in missing:
        try:
            connection.execute(_create_role(name))
        except pg.InsufficientPrivilege as error:
            raise HarnessError(
                f"The role {name} is missing, and {user} may not create roles.",
                f"Have a superuser run: {advice}grant {OWNER} to {user};",
            ) from error
    for role, member in _memberships(user):
        _ensure_membership(connection, role, member)
    _ensure_create(connection, user)
    return missing


def refuse_powers(connection: Connection) -> None:
    """Refuse roles that may more than own."""
    for role, power, repair in excessive_powers(connection):
        raise HarnessError(
            f"The role {role} exists and may {power}.", f"Nothing was changed. Take that from it: {repair}."
        )


def missing_roles(connection: Connection) -> tuple[str, ...]:
    with connection.cursor(row_factory=scalar_row) as cursor:
        found = cursor.execute("select rolname from pg_roles where rolname = any(%s)", [list(ROLES)]).fetchall()
    return tuple(name for name in ROLES if name not in found)


def role_statements(connection: Connection) -> list[Statement]:
    """Return what `ensure_roles` would run."""
    missing = missing_roles(connection)
    wanted: list[sql.Composed] = [_create_role(name) for name in missing]
    for role, member in _memberships(connection.info.user):
        if {role, member} & {*missing} or not _is_member(connection, role, member):
            wanted.append(_grant_role(role, member))
    if OWNER in missing or not _may_create(connection):
        wanted.append(_grant_create(connection))
    return [Statement(statement.as_bytes(connection)) for statement in wanted]


def _memberships(user: str) -> tuple[tuple[str, str], ...]:
    return (OWNER, user), (VIEW_OWNER, OWNER)


def _create_role(name: str) -> sql.Composed:
    return sql.SQL(
        "do $$ begin create role {role} nologin; comment on role {role} is {comment}; "
        "exception when duplicate_object or unique_violation then null; end $$"
    ).format(role=sql.Identifier(name), comment=ROLES[name])


def _grant_role(role: str, member: str) -> sql.Composed:
    return sql.SQL("grant {} to {}").format(sql.Identifier(role), sql.Identifier(member))


def _is_member(connection: Connection, role: str, member: str) -> bool:
    privilege = "set" if connection.info.server_version >= 160000 else "member"
    return bool(scalar(connection, "select pg_has_role(%s, %s, %s)", member, role, privilege))


def _ensure_membership(connection: Connection, role: str, member: str) -> None:
    for attempt in range(10):
        if _is_member(connection, role, member):
            return
        try:
            connection.execute(_grant_role(role, member))
        except pg.InsufficientPrivilege as error:
            raise HarnessError(
                f"{member} is not a member of {role} and may not become one.",
                f"Have a superuser run: grant {role} to {member};",
            ) from error
        except (pg.InternalError_, pg.UniqueViolation):
            # "tuple concurrently updated": a deployment of another database grants the same at this moment
            time.sleep(0.05 * (attempt + 1))


def _may_create(connection: Connection) -> bool:
    return bool(scalar(connection, "select has_database_privilege(%s, current_database(), 'create')", OWNER))


def _grant_create(connection: Connection) -> sql.Composed:
    return sql.SQL("grant create on database {} to {}").format(
        sql.Identifier(connection.info.dbname), sql.Identifier(OWNER)
    )


def _ensure_create(connection: Connection, user: str) -> None:
    if _may_create(connection):
        return
    grant = _grant_create(connection)
    with suppress(pg.InsufficientPrivilege):
        connection.execute(grant)
    if not _may_create(connection):
        raise HarnessError(
            f"{user} may not let {OWNER} create schemas in the database {connection.info.dbname}.",
            f"Have the database's owner run: {grant.as_string(connection)};",
        )


def default_privileges_to_revoke(connection: Connection) -> list[Statement]:
    """Take back what somebody has given beforehand on whatever the owner is going to make: `sql/grants.sql` alone says
    who may do what, and until it has run nobody may do anything."""
    with connection.cursor(row_factory=scalar_row) as cursor:
        statements = cursor.execute(
            read_query(__file__, "revoke_default_privileges"), {"owner": OWNER, "schemas": list(SCHEMAS)}
        ).fetchall()
    return [Statement(statement.encode()) for statement in statements]
