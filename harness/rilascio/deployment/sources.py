"""Routines, triggers, views and grants, applied in one transaction."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from psycopg import errors as pg
from psycopg import sql
from psycopg.rows import scalar_row

from rilascio.deployment import catalog
from rilascio.deployment.bundle import Source
from rilascio.deployment.changes import SourceChanges, dependents_to_drop
from rilascio.deployment.common import VERSION_VIEW, Connection
from rilascio.deployment.definitions import View
from rilascio.deployment.deployment_log import keep_texts, log_deployment
from rilascio.deployment.session import error_context, scalar
from rilascio.deployment.state import State, code_only
from rilascio.deployment.statements import Statement
from rilascio.deployment.tables import record_tables
from rilascio.deployment.version_lock import STAMP_ENTRY_POINTS, Attempt
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


@dataclass(frozen=True)
class Step:
    """A statement of a deployment; `what` is the subject of the sentence if it fails."""

    what: str
    statement: Statement
    relation: str | None = None
    """The relation that it locks, where that is all it does."""


def preparing_steps(connection: Connection, changes: SourceChanges) -> list[Step]:
    """Return what comes before the sources, while the version is locked: the locks of what changes, and what is dropped
    for good or to be made anew."""
    emptied = {i.split(" on ", 1)[1] for i in changes.dropped if i.startswith("trigger ")}
    steps = view_locks(connection, changes.views)
    for table in changes.tables:
        mode = "access exclusive" if table in emptied else "share row exclusive"
        lock = Statement(f"lock table {table} in {mode} mode".encode())
        steps.append(Step(f"The change of triggers on {table}", lock, table))
    steps += policy_drops(connection, changes.dropped)
    steps += [Step(f"Dropping {i}", Statement(f"drop {i}".encode())) for i in changes.dropped]
    return steps


def view_locks(connection: Connection, views: Iterable[str]) -> list[Step]:
    """Lock views, and nothing else: `lock table` would lock what they read too. Giving one to its owner does not change
    it."""
    steps = []
    for view in views:
        name = view.removeprefix("view ")
        owner = scalar(
            connection, "select pg_get_userbyid(c.relowner) from pg_class as c where c.oid = %s::regclass", name
        )
        role = sql.Identifier(owner).as_string(connection)
        steps.append(Step(f"The change of {view}", Statement(f"alter view {name} owner to {role}".encode()), name))
    return steps


def policy_drops(connection: Connection, identities: Iterable[str]) -> list[Step]:
    """Drop the policies that hang on routines; the grants make them again."""
    routines = [i for i in identities if i.startswith("routine ")]
    with connection.cursor(row_factory=scalar_row) as cursor:
        found = cursor.execute(read_query(__file__, "drop_policies"), {"routines": routines}).fetchall()
    return [Step(f"The statement {statement}", Statement(statement.encode())) for statement in found]


def run(connection: Connection, steps: Iterable[Step], attempt: Attempt | None = None) -> None:
    """Run steps, each to be undone alone; locks within the time of the attempt."""
    for step in steps:
        if step.relation and attempt:
            attempt.lock(step.what, step.relation, step.statement)
        else:
            with error_context(connection, step.what), connection.transaction():
                step.statement.run(connection)


def concluding_statements(state: State, migrations: Iterable[str], strays: Iterable[str]) -> tuple[Statement, ...]:
    """Return what comes after the sources: the number on the routines, and what is written down. The last one answers
    with the fingerprint."""
    return (
        STAMP_ENTRY_POINTS,
        record_tables(state.table_differences),
        keep_texts(s for s in state.sources if s.checksum not in state.texts_kept),
        log_deployment("deploy", migrations, state.checksums, strays),
    )


def apply_sources(
    connection: Connection, state: State, changes: SourceChanges, attempt: Attempt, migrations: Iterable[str]
) -> Applied:
    """Apply what has changed, check, and log. Runs in the caller's transaction, which holds the version lock."""
    before = _code_versions(connection)
    run(connection, preparing_steps(connection, changes), attempt)
    dropped = list(changes.dropped)
    attempt.set_timeout()
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
            # a view whose columns could not be known before: see rilascio.deployment.changes
            gone = _drop_views(connection, source, changes, state)
            dropped.extend(gone)
            again |= {changes.identities[i].source for i in gone if i in changes.identities} - {source.name}
            _apply(connection, source)
        applied.add(source.name)
    for source in state.sources[:-1]:
        if source.name in again & applied:
            _apply(connection, source)
    after = _code_versions(connection)
    _verify(changes, before, after)
    _apply(connection, state.sources[-1])
    for name, value in catalog.SETTINGS.items():
        scalar(connection, "select set_config(%s, %s, true)", name, value)
    if violations := catalog.unsafe(connection):
        shown = "; ".join(f"{o.object} {o.problem}" for o in violations[:3])
        more = f"; and {len(violations) - 3} more" if len(violations) > 3 else ""
        raise HarnessError(
            f"The deployment would be unsafe and was undone: {shown}{more}.",
            "Correct the sources: see the privileges in sql/grants.sql.",
        )
    strays = tuple(sorted(after.keys() - changes.identities.keys()))
    ((recorded,),) = [statement.run(connection) for statement in concluding_statements(state, migrations, strays)][-1]
    return Applied(
        recorded,
        strays,
        dropped=tuple(sorted(dropped)),
        created=tuple(sorted(i for i in after if i not in before or i in dropped)),
        replaced=tuple(sorted(i for i in after if before.get(i, after[i]) != after[i] and i not in dropped)),
    )


def _code_versions(connection: Connection) -> dict[str, str]:
    versions = catalog.code_versions(connection)
    versions.pop(VERSION_VIEW, None)
    return versions


def _apply(connection: Connection, source: Source) -> None:
    with error_context(connection, f"{source.name}.sql", text=source.text), connection.transaction():
        connection.execute(source.text.encode())


def _drop_views(connection: Connection, source: Source, changes: SourceChanges, state: State) -> tuple[str, ...]:
    """Drop the views of a source, with what of ours hangs on them."""
    existing = set(_code_versions(connection))
    ours = existing & (changes.identities.keys() | set(code_only(state.last["catalog"] if state.last else {})))
    views = [i for i, d in changes.identities.items() if d.source == source.name and isinstance(d, View)]
    gone = dependents_to_drop(connection, [i for i in views if i in existing], ours)
    run(connection, [Step(f"Dropping {i}", Statement(f"drop {i}".encode())) for i in gone])
    return gone


def _verify(changes: SourceChanges, before: dict[str, str], after: dict[str, str]) -> None:
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
