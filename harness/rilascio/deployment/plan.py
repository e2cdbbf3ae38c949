"""What a deployment is going to do, statement by statement, each with its locks: computed from the catalog, not done.

The statements are those that a deployment runs, and a script of them does what it does (`rilascio.deployment.script`).
One thing alone is decided later by a deployment: whether a view fits onto the one that is there, where that hangs on a
pending migration. The plan takes it for one that fits; if it does not, a script ends at that view and changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import unified_diff

from psycopg.rows import scalar_row

from rilascio.deployment import catalog, tables
from rilascio.deployment.bundle import Bundle, Source
from rilascio.deployment.changes import SourceChanges, plan_changes
from rilascio.deployment.common import OWNER, VERSION_VIEW, Connection
from rilascio.deployment.definitions import Routine, Trigger, View
from rilascio.deployment.deployment_log import CREATE_LOG, DRAW_NUMBER
from rilascio.deployment.locks import Lock, statement_locks
from rilascio.deployment.migrations import (
    migration_records,
    migrations_beside_calls,
    read_bundle,
    statements_of,
    yoyo_mark,
    yoyo_tables,
)
from rilascio.deployment.reports import DeployReport, report_of
from rilascio.deployment.roles import default_privileges_to_revoke, role_statements
from rilascio.deployment.session import scalar
from rilascio.deployment.sources import Step, concluding_statements, preparing_steps, view_locks
from rilascio.deployment.state import State, code_only
from rilascio.deployment.statements import Statement, raise_unless
from rilascio.deployment.version_lock import DESCRIBE_VERSION, SHOW_VERSION, attempt_seconds
from rilascio.queries import read_query, with_found
from rilascio.version import installed_release

_EVERYTHING = b"%b\nunion all\nselect identity, md5(definition) from (\n%b\n) as objects" % (
    catalog.FINGERPRINT,
    tables.OBJECTS,
)


@dataclass(frozen=True)
class PlannedStep:
    """One statement, or the text of one source."""

    what: str
    """What it belongs to: `migration 0009_…`, `procedures/release_production_orders`, `lock`, `drop`, `log`, …"""
    statement: str
    locks: tuple[Lock, ...] | None
    """Locks on relations that are there already; None: not known, as of a `do` block."""
    makes_statements: bool = False
    """It answers with statements, which are run."""


@dataclass(frozen=True)
class PlannedTransaction:
    """Steps that take effect at once, and hold their locks until then; or, where `atomic` is false, one by one."""

    title: str
    steps: tuple[PlannedStep, ...]
    atomic: bool = True
    calls_wait: bool = True
    """Whether calls of `erp_api` wait until it has ended."""


@dataclass(frozen=True)
class Change:
    """How a source differs from the one that was deployed, or an object from what its source makes of it."""

    name: str
    difference: str
    """A unified diff; empty where the text of before is not known."""


@dataclass(frozen=True)
class DeploymentPlan:
    """What a deployment of this release would do to a database as it is now."""

    release: str
    user: str
    database: str
    attempt_seconds: float
    """How long it waits at most for the locks of a transaction, before it gives all back and tries again."""
    lock_timeout: str
    """How long it tries in all."""
    transactions: tuple[PlannedTransaction, ...]
    """Empty if nothing is to do."""
    changes: tuple[Change, ...]
    digest_query: str
    digest: str
    """Of what the database holds of the product now."""
    report: DeployReport


def plan_deployment(connection: Connection, bundle: Bundle, state: State, lock_timeout: str) -> DeploymentPlan:
    """Plan a deployment. The connection acts as the owner where that role exists. Only reads."""
    changes = None if state.up_to_date else plan_changes(connection, state)
    digest_query = digest_of(state).text(connection)
    digest = str(scalar(connection, digest_query))
    return DeploymentPlan(
        release=installed_release(),
        user=connection.info.user,
        database=connection.info.dbname,
        attempt_seconds=attempt_seconds(connection, lock_timeout),
        lock_timeout=lock_timeout,
        transactions=_transactions(connection, bundle, state, changes) if changes else (),
        changes=_changes(connection, state, changes) if changes else (),
        digest_query=digest_query,
        digest=digest,
        report=report_of(state, dry_run=True, changes=changes),
    )


def _transactions(
    connection: Connection, bundle: Bundle, state: State, changes: SourceChanges
) -> tuple[PlannedTransaction, ...]:
    beside = migrations_beside_calls(bundle, state.pending)
    known, files = read_bundle(bundle), {m.id: m for m in state.migrations}
    existing, view = _relations(connection), VERSION_VIEW.removeprefix("view ")

    def steps(what: str, statements: Iterable[Statement]) -> Iterator[PlannedStep]:
        for statement in statements:
            text = statement.text(connection)
            locks = () if statement.makes_statements else _known(statement_locks(text), existing)
            yield PlannedStep(what, text, locks, statement.makes_statements)

    def named(those: Iterable[Step]) -> Iterator[PlannedStep]:
        for step in those:
            yield from steps("lock" if step.relation else "drop", [step.statement])

    def begin() -> Iterator[PlannedStep]:
        yield from steps("roles", role_statements(connection))
        yield from steps("roles", [Statement(f"set role {OWNER}".encode())])
        yield from steps("privileges given beforehand", default_privileges_to_revoke(connection))
        if not state.installed:
            yield from steps("log", [CREATE_LOG])
        yield from steps("log", _in_meta(yoyo_tables(connection)))

    def migration(name: str) -> Iterator[PlannedStep]:
        yield from steps(f"migration {name}", _in_meta(statements_of(known[name])))
        yield from records(name)

    def records(name: str) -> Iterator[PlannedStep]:
        yield from steps("log", migration_records(state, files[name]))
        yield from steps("log", _in_meta(yoyo_mark(known[name])))

    def rest() -> Iterator[PlannedStep]:
        yield from named(view_locks(connection, changes.grids))
        yield from steps("log", [DRAW_NUMBER])
        if view in existing:
            yield PlannedStep(
                "lock", SHOW_VERSION.text(connection), (Lock(view, "access exclusive"),), makes_statements=True
            )
        for name in state.unmarked:
            yield from steps("log", _in_meta(yoyo_mark(known[name])))
        for name in state.pending[len(beside) :]:
            yield from migration(name)
        if view not in existing:
            yield from steps("log", [SHOW_VERSION, DESCRIBE_VERSION])
        yield from named(preparing_steps(connection, changes))
        for source in state.sources:
            if source.name in changes.sources or source is state.sources[-1]:
                yield PlannedStep(source.name, source.text.strip(), _source_locks(source, changes, existing))
        check = f"not exists (\n{catalog.UNSAFE.text(connection)}\n)"
        yield PlannedStep("check", raise_unless(check, "The deployment would be unsafe and was undone."), ())
        strays = set(code_only(state.objects)) - changes.identities.keys() - {*changes.dropped, VERSION_VIEW}
        yield from steps("log", concluding_statements(state, state.pending, strays))

    planned = []
    if beside:
        planned.append(PlannedTransaction("Preparations", tuple(begin()), calls_wait=False))
        for name in beside:
            if known[name].use_transactions:
                planned.append(PlannedTransaction(f"Migration {name}", tuple(migration(name)), calls_wait=False))
            else:
                alone = tuple(steps(f"migration {name}", statements_of(known[name])))
                planned.append(PlannedTransaction(f"Migration {name}", alone, atomic=False, calls_wait=False))
                planned.append(PlannedTransaction(f"Record of {name}", tuple(records(name)), calls_wait=False))
        planned.append(PlannedTransaction("What has changed", tuple(rest())))
    else:
        planned.append(PlannedTransaction("What has changed", (*begin(), *rest())))
    return tuple(planned)


def _in_meta(statements: Sequence[Statement]) -> list[Statement]:
    """Let statements have the search path under which yoyo runs them."""
    path = catalog.SETTINGS["search_path"].replace(",", ", ")
    here, back = b"set search_path = erp_meta", f"set search_path = {path}".encode()
    return [Statement(here), *statements, Statement(back)] if statements else []


def _relations(connection: Connection) -> frozenset[str]:
    """Return the relations that are there, and that somebody may be using."""
    query = """
        select c.oid::regclass::text from pg_class as c
        inner join pg_namespace as n on n.oid = c.relnamespace
        where n.nspname <> 'pg_catalog' and n.nspname not like 'pg\\_toast%'
    """
    with connection.cursor(row_factory=scalar_row) as cursor:
        return frozenset(cursor.execute(query).fetchall())


def _known(locks: tuple[Lock, ...] | None, existing: frozenset[str]) -> tuple[Lock, ...] | None:
    return locks and tuple(lock for lock in locks if lock.relation in existing)


def _source_locks(source: Source, changes: SourceChanges, existing: frozenset[str]) -> tuple[Lock, ...] | None:
    defined = [(i, d) for i, d in changes.identities.items() if d.source == source.name]
    if not defined:
        return None
    locks = set()
    for identity, definition in defined:
        if isinstance(definition, View):
            locks.add(Lock(identity.removeprefix("view "), "access exclusive"))
        elif isinstance(definition, Trigger):
            locks.add(Lock(identity.split(" on ", 1)[1], "share row exclusive"))
    return _known(tuple(sorted(locks)), existing)


def _changes(connection: Connection, state: State, changes: SourceChanges) -> tuple[Change, ...]:
    """Compare the sources with those that were deployed last, and what was changed by hand with its source."""
    deployed = state.last["sources"] if state.last else {}
    now = {source.name: source for source in state.sources}
    texts = dict(
        connection.execute(
            "select checksum, text from erp_meta.source where checksum = any(%s)", [list(deployed.values())]
        ).fetchall()
        if deployed
        else []
    )
    found = []
    for name in state.sources_changed:
        before = texts.get(deployed.get(name, ""), "")
        found.append(Change(name, _difference(before, now[name].text if name in now else "", name)))
    for identity in state.drift.changed:
        definition = changes.identities.get(identity)
        if isinstance(definition, Routine) and definition.source in now:
            body = scalar(
                connection, "select prosrc from pg_proc where oid = %s::regprocedure", identity.removeprefix("routine ")
            )
            wanted = now[definition.source].text
            found.append(Change(identity, "" if body in wanted else _difference(body, body_in(wanted), identity)))
        else:
            found.append(Change(identity, ""))
    return tuple(found)


def _difference(before: str, after: str, name: str) -> str:
    old, new = before.splitlines(), after.splitlines()
    return "\n".join(unified_diff(old, new, f"{name} (deployed)", f"{name} (this release)", lineterm=""))


def body_in(text: str) -> str:
    """Return the first body between dollar signs of a text, or all of it."""
    found = re.search(r"\$(\w*)\$(.*?)\$\1\$", text, re.DOTALL)
    return found[2] if found else text


def digest_of(state: State) -> Statement:
    """Ask for a digest of what the database holds of the product. A script compares it with that of its plan."""
    if not state.installed:
        return Statement(
            b"select coalesce(string_agg(nspname, ' ' order by nspname), '') "
            b"from pg_namespace where nspname = any(%(schemas)s)",
            {"schemas": list(catalog.SCHEMAS)},
        )
    return Statement(
        with_found(read_query(__file__, "digest"), _EVERYTHING), catalog.FINGERPRINT_SCHEMAS | tables.OBJECTS_OF
    )
