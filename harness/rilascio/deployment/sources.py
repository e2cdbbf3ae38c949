"""Routines, triggers, views and grants, applied in one transaction."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from psycopg import errors as pg
from psycopg import sql
from psycopg.rows import scalar_row

from rilascio.deployment import catalog, tables
from rilascio.deployment.bundle import Source
from rilascio.deployment.changes import Changes, doomed
from rilascio.deployment.common import VERSION_VIEW, Connection
from rilascio.deployment.definitions import View
from rilascio.deployment.owner import log_deployment, scalar
from rilascio.deployment.session import told
from rilascio.deployment.state import State, code_only
from rilascio.deployment.version_lock import Attempt, mark_entries
from rilascio.errors import HarnessError
from rilascio.queries import read_query


@dataclass(frozen=True)
class Applied:
    """What the sources did. Identities, sorted."""

    recorded: dict[str, str]
    """The fingerprint that was written down."""
    strays: tuple[str, ...]
    dropped: tuple[str, ...]
    created: tuple[str, ...]
    replaced: tuple[str, ...]


def apply_sources(
    connection: Connection, state: State, changes: Changes, attempt: Attempt, number: int, migrations: Iterable[str]
) -> Applied:
    """Apply what has changed, check, and log. Runs in the caller's transaction, which holds the version lock."""
    before = _versions(connection)
    lock_views(connection, changes.views, attempt)
    emptied = {i.split(" on ", 1)[1] for i in changes.dropped if i.startswith("trigger ")}
    for table in changes.tables:
        mode = "access exclusive" if table in emptied else "share row exclusive"
        attempt.lock(f"The change of triggers on {table}", table, f"lock table {table} in {mode} mode")
    dropped = list(changes.dropped)
    drop_policies(connection, dropped)
    for identity in dropped:
        with told(connection, f"Dropping {identity}"), connection.transaction():
            connection.execute(f"drop {identity}".encode())
    attempt.limit()
    applied: set[str] = set()
    again: set[str] = set()
    for source in state.sources[:-1]:
        if source.name not in changes.sources | again:
            continue
        try:
            _apply(connection, source)
        except HarnessError as error:
            if not isinstance(error.__cause__, pg.InvalidTableDefinition):
                raise
            # a view whose columns could not be told before: see rilascio.deployment.changes
            gone = _make_way(connection, source, changes, state)
            dropped.extend(gone)
            again |= {changes.identities[i].source for i in gone if i in changes.identities} - {source.name}
            _apply(connection, source)
        applied.add(source.name)
    for source in state.sources[:-1]:
        if source.name in again & applied:
            _apply(connection, source)
    after = _versions(connection)
    _compare(changes, before, after)
    _apply(connection, state.sources[-1])
    mark_entries(connection, number)
    for name, value in catalog.SETTINGS.items():
        scalar(connection, "select set_config(%s, %s, true)", name, value)
    if offences := catalog.unsafe(connection):
        shown = "; ".join(f"{o.object} {o.problem}" for o in offences[:3])
        more = f"; and {len(offences) - 3} more" if len(offences) > 3 else ""
        raise HarnessError(
            f"The deployment would be unsafe and was undone: {shown}{more}.",
            "Correct the sources: see the privileges in sql/grants.sql.",
        )
    tables.Changes(state.tables_found).end(connection)
    strays = tuple(sorted(after.keys() - changes.identities.keys()))
    recorded = {i: md5 for i, md5 in catalog.fingerprint(connection).items() if i not in strays}
    log_deployment(connection, "deploy", migrations, state.checksums, recorded, number)
    return Applied(
        recorded,
        strays,
        dropped=tuple(sorted(dropped)),
        created=tuple(sorted(i for i in after if i not in before or i in dropped)),
        replaced=tuple(sorted(i for i in after if before.get(i, after[i]) != after[i] and i not in dropped)),
    )


def _versions(connection: Connection) -> dict[str, str]:
    versions = catalog.code_versions(connection)
    versions.pop(VERSION_VIEW, None)
    return versions


def lock_views(connection: Connection, views: Iterable[str], attempt: Attempt) -> None:
    """Lock views, and nothing else: `lock table` would lock what they read too. Giving one to its owner does not change
    it."""
    for view in views:
        name = view.removeprefix("view ")
        owner = scalar(
            connection, "select pg_get_userbyid(c.relowner) from pg_class as c where c.oid = %s::regclass", name
        )
        role = sql.Identifier(owner).as_string(connection)
        attempt.lock(f"The change of {view}", name, f"alter view {name} owner to {role}")


def drop_policies(connection: Connection, identities: Iterable[str]) -> None:
    """Drop the policies that hang on routines; the grants make them again."""
    with connection.cursor(row_factory=scalar_row) as cursor:
        statements = cursor.execute(
            read_query(__file__, "drop_policies"), {"routines": [i for i in identities if i.startswith("routine ")]}
        ).fetchall()
    for statement in statements:
        with told(connection, f"The statement {statement}"), connection.transaction():
            connection.execute(statement.encode())


def _apply(connection: Connection, source: Source) -> None:
    with told(connection, f"{source.name}.sql", text=source.text), connection.transaction():
        connection.execute(source.text.encode())


def _make_way(connection: Connection, source: Source, changes: Changes, state: State) -> tuple[str, ...]:
    """Drop the views of a source, with what of ours hangs on them."""
    existing = set(_versions(connection))
    ours = existing & (changes.identities.keys() | set(code_only(state.last["catalog"] if state.last else {})))
    views = [i for i, d in changes.identities.items() if d.source == source.name and isinstance(d, View)]
    gone = doomed(connection, [i for i in views if i in existing], ours)
    for identity in gone:
        with told(connection, f"Dropping {identity}"), connection.transaction():
            connection.execute(f"drop {identity}".encode())
    return gone


def _compare(changes: Changes, before: dict[str, str], after: dict[str, str]) -> None:
    """Make sure that the sources have made what was read of them: only that is found again, and retired some day."""
    touched = {i for i, version in after.items() if before.get(i) != version}
    if unread := sorted(touched - changes.identities.keys()):
        raise HarnessError(
            f"The sources make {unread[0]}, but not by a statement that a deployment can read.",
            "Write it plainly: create or replace function, view or trigger schema.name ....",
        )
    if unmade := sorted(changes.identities.keys() - after.keys()):
        raise HarnessError(
            f"{changes.identities[unmade[0]].source}.sql was read as making {unmade[0]}, but did not make it.",
            "Write the definition plainly, and no statement that drops it again.",
        )
