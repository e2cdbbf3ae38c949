"""Deployment: migrations by yoyo, then routines, triggers, views and grants in one transaction.

One deployment at a time works on a database: each holds the session advisory lock `ADVISORY_LOCK` from before it
looks until after it has finished. What a deployment did is written in `erp_meta`:

* `erp_meta.migration`: the content checksum of each applied migration, written in the migration's own transaction;
* `erp_meta.deployment`: who deployed which release when, the checksum of every source file, and the fingerprint of
  every routine, view, trigger and privilege that came of it;
* yoyo's own tables.

Everything belongs to the role `erp_owner`, under which migrations and sources run.
"""

from __future__ import annotations

from psycopg import errors as pg
from psycopg import sql

from rilascio.deployment import catalog, tables
from rilascio.deployment.bundle import Bundle
from rilascio.deployment.changes import Changes, foresee
from rilascio.deployment.common import LOCK_TIMEOUT, OWNER, PATIENCE, VERSION_VIEW, Connection, Progress
from rilascio.deployment.migrations import (
    add_step,
    forget_checksum,
    migrate,
    open_yoyo,
    read_bundle,
    remember_checksum,
    unprotected,
    write_down,
)
from rilascio.deployment.owner import (
    create_meta,
    ensure_roles,
    forget_default_privileges,
    installed_release,
    log_deployment,
    next_deployment,
    scalar,
)
from rilascio.deployment.repairs import Difference, differences
from rilascio.deployment.reports import DeployReport, LastDeployment, RollbackReport, StatusReport
from rilascio.deployment.session import alone, connected, refuse_encoding, told
from rilascio.deployment.sources import Applied, apply_sources, drop_policies, lock_views
from rilascio.deployment.state import State, code_only, foreign_schemas, refuse_foreign, refuse_inconsistent, state_of
from rilascio.deployment.version_lock import Attempt, repeated, take_version
from rilascio.errors import USAGE, HarnessError


def deploy(
    dsn: str,
    *,
    lock_timeout: str = PATIENCE,
    progress: Progress | None = None,
    dry_run: bool = False,
    bundle: Bundle | None = None,
) -> DeployReport:
    """Bring a database to this release, and say what was done; nothing is written if nothing is to do.

    `lock_timeout` bounds how long it tries to get the locks that others hold (`60s`, `5min`); it waits for less than
    a second at a time. `progress` is called with a sentence per step. With `dry_run` nothing is written or locked.
    Every failure is a `HarnessError`.
    """
    say = progress or _silent
    bundle = bundle or Bundle.shipped()
    with connected(dsn, lock_timeout) as connection:
        refuse_encoding(connection)
        if dry_run:
            refuse_foreign(connection)
            _act_as_owner(connection)
            state = state_of(connection, bundle)
            refuse_inconsistent(state)
            return _report(state, dry_run=True, changes=None if state.up_to_date else foresee(connection, state))
        with alone(connection, say):
            refuse_foreign(connection)
            roles = ensure_roles(connection)
            _act_as_owner(connection)
            state = state_of(connection, bundle)
            refuse_inconsistent(state)
            if state.up_to_date:
                return _report(state, roles=roles)
            forget_default_privileges(connection)
            if not state.installed:
                create_meta(connection)
            elif state.tables_wanted is None:
                tables.take_as_they_are(connection)

            def before(attempt: Attempt) -> None:
                _migrate(connection, dsn, bundle, attempt, say)

            def beside_nobody(attempt: Attempt) -> Applied:
                return _apply(connection, dsn, bundle, state.pending, attempt, say)

            if unprotected(bundle, state.pending):
                repeated(connection, lock_timeout, say, before)
            applied = repeated(connection, lock_timeout, say, beside_nobody)
            unrepaired: tuple[str, ...] = ()
            if state.last and state.same_server and not state.sources_changed and not state.pending:
                unrepaired = catalog.drift(state.last["catalog"], applied.recorded).repairable
            wanted, found = tables.expected(connection) or {}, tables.described(connection)
            left = differences(wanted, found)
            return _report(state, roles=roles, changes=applied, unrepaired=unrepaired, left=left)


def _migrate(connection: Connection, dsn: str, bundle: Bundle, attempt: Attempt, say: Progress) -> None:
    """Apply the pending migrations beside which calls go on."""
    state = state_of(connection, bundle)
    migrate(connection, dsn, bundle, state, unprotected(bundle, state.pending), attempt.longest_text, say)


def _apply(
    connection: Connection, dsn: str, bundle: Bundle, migrations: tuple[str, ...], attempt: Attempt, say: Progress
) -> Applied:
    """Apply the pending migrations and then the sources, while calls wait. `migrations` are those of the whole
    deployment, for its log."""
    state = state_of(connection, bundle)
    changes = None if state.pending else foresee(connection, state)
    number = next_deployment(connection)
    with connection.transaction():
        # Many a transaction reads a grid and then calls, so grids come first.
        lock_views(connection, changes.grids if changes else (), attempt)
        take_version(connection, attempt, number)
        if changes is None or state.unmarked:
            migrate(connection, dsn, bundle, state, state.pending, attempt.longest_text, say)
            state = state_of(connection, bundle)
            take_version(connection, attempt, number)
            changes = foresee(connection, state)
            lock_views(connection, changes.grids, attempt)
        say(f"Routines, views and grants: {len(changes.sources) + 1} files")
        return apply_sources(connection, state, changes, attempt, number, migrations)


def _report(
    state: State,
    *,
    dry_run: bool = False,
    roles: tuple[str, ...] = (),
    changes: Applied | Changes | None = None,
    unrepaired: tuple[str, ...] = (),
    left: tuple[Difference, ...] | None = None,
) -> DeployReport:
    drifted = state.drift.repairable if not state.sources_changed else code_only(state.drift.repairable)
    return DeployReport(
        release=installed_release(),
        dry_run=dry_run,
        changed=bool(roles) or not state.up_to_date,
        roles=roles,
        migrations=state.pending,
        marked=state.unmarked,
        sources=state.sources_changed,
        repaired=tuple(i for i in drifted if i not in unrepaired),
        unrepaired=unrepaired,
        strays=changes.strays if isinstance(changes, Applied) else state.strays,
        dropped=tuple(sorted(changes.dropped)) if changes else (),
        created=tuple(sorted(changes.created)) if changes else (),
        replaced=tuple(sorted(changes.replaced)) if changes else (),
        tables=tuple(one.object for one in (state.table_differences if left is None else left)),
    )


def _silent(_: str) -> None:
    pass


def _act_as_owner(connection: Connection) -> None:
    """Become the owner where that is possible: reading `erp_meta` takes it."""
    known = scalar(connection, "select exists (select from pg_roles where rolname = %s)", OWNER)
    privilege = "set" if connection.info.server_version >= 160000 else "member"
    if known and scalar(connection, "select pg_has_role(session_user, %s, %s)", OWNER, privilege):
        connection.execute(sql.SQL("set role {}").format(sql.Identifier(OWNER)))


def status(dsn: str, *, bundle: Bundle | None = None) -> StatusReport:
    """Say what a database holds against what this release brings. Writes and locks nothing."""
    bundle = bundle or Bundle.shipped()
    with connected(dsn) as connection:
        if foreign := foreign_schemas(connection):
            return StatusReport("foreign", installed_release(), foreign_schemas=foreign)
        _act_as_owner(connection)
        state = state_of(connection, bundle)
        return StatusReport(
            state=_state_word(state),
            release=installed_release(),
            applied=state.applied,
            pending=state.pending,
            edited=state.edited,
            unknown=state.unknown,
            unmarked=state.unmarked,
            unrecorded=state.unrecorded,
            sources_changed=state.sources_changed,
            changed_in_database=state.drift.changed if state.last else (),
            missing_in_database=state.drift.missing if state.last else (),
            strays=state.strays,
            tables=() if state.pending else state.table_differences,
            last=_last(state),
        )


def _state_word(state: State) -> str:
    if not state.installed:
        return "empty"
    if state.edited:
        return "edited"
    if state.unknown:
        return "newer"
    if not state.same_server or state.pending or state.unmarked or state.unrecorded or state.sources_changed:
        return "behind"
    if state.tables_wanted is None:
        return "behind"
    return "drifted" if state.drift.repairable or state.strays or state.table_differences else "current"


def _last(state: State) -> LastDeployment | None:
    if state.last is None:
        return None
    return LastDeployment(
        deployed_at=state.last["deployed_at"].isoformat(),
        deployed_by=state.last["deployed_by"],
        release=state.last["release"],
        kind=state.last["kind"],
    )


def rollback(
    dsn: str,
    *,
    steps: int | None = None,
    to: str | None = None,
    lock_timeout: str = LOCK_TIMEOUT,
    progress: Progress | None = None,
    bundle: Bundle | None = None,
) -> RollbackReport:
    """Go back: undo the newest `steps` migrations, or all after `to` (a migration's name or number; `0000`: all).

    Their tables and data go. Routines, views and triggers go too, in the transaction of the first step back: deploy
    the release that fits what remains. `erp_meta` and the roles stay.
    """
    say = progress or _silent
    bundle = bundle or Bundle.shipped()
    with connected(dsn, lock_timeout) as connection, alone(connection, say):
        refuse_foreign(connection)
        _act_as_owner(connection)
        state = state_of(connection, bundle)
        refuse_inconsistent(state)
        undone = _chosen(state, steps, to)
        dropped: list[str] = []
        if undone:
            known = read_bundle(bundle)
            files = {m.id: m for m in state.migrations}

            def drop_code(connection: Connection) -> None:
                dropped.extend(_drop_code(connection, state))
                log_deployment(connection, "rollback", undone, {}, {})

            with open_yoyo(dsn, lock_timeout) as backend:
                for name in undone:
                    say(f"Back from {name}")
                    write_down(known[name])
                    add_step(known[name], None, forget_checksum(files[name]))
                    if name == undone[0]:
                        add_step(known[name], None, drop_code)
                    with told(connection, f"The way back from {name}"):
                        backend.rollback_one(known[name])
        remaining = tuple(name for name in state.applied if name not in undone)
        return RollbackReport(tuple(undone), remaining, tuple(dropped))


def _chosen(state: State, steps: int | None, to: str | None) -> list[str]:
    newest_first = list(reversed(state.applied))
    if (steps is None) == (to is None) or (steps is not None and steps < 1):
        raise HarnessError(
            "How far to go back is not said.",
            "Give a number of steps, or the migration to go back to (0000: all).",
            exit_code=USAGE,
        )
    if to is None:
        return newest_first[:steps]
    if to == "0000":
        return newest_first
    for index, name in enumerate(newest_first):
        if to in (name, name[:4]):
            return newest_first[:index]
    raise HarnessError(f"No applied migration is called {to}.", f"Applied are: {', '.join(state.applied) or 'none'}.")


def _drop_code(connection: Connection, state: State) -> tuple[str, ...]:
    """Drop what the last deployment's sources made, without cascade: whatever else hangs on it stops us."""
    made = code_only(state.last["catalog"] if state.last else {})
    # the version lock comes first: calls end before anything is taken from them
    left, error = sorted(made, key=lambda identity: identity != VERSION_VIEW), None
    while left:
        failed: list[str] = []
        for identity in left:
            kind, name = identity.split(" ", 1)
            try:
                with connection.transaction():
                    connection.execute(f"drop {kind} if exists {name}".encode())
            except pg.DependentObjectsStillExist as still:
                failed.append(identity)
                error = still
        drop_policies(connection, failed)
        if error is not None and len(failed) == len(left):
            raise error
        left = failed
    return made


def mark(
    dsn: str,
    migration: str,
    *,
    lock_timeout: str = LOCK_TIMEOUT,
    progress: Progress | None = None,
    bundle: Bundle | None = None,
) -> bool:
    """Write down that the database holds a migration, without running it; say whether anything was written.

    For the case that a migration without a transaction was cut off between its last statement and its record, or
    that it was applied by hand. Deployments complete the marks of all other interrupted migrations themselves.
    """
    bundle = bundle or Bundle.shipped()
    with connected(dsn, lock_timeout) as connection, alone(connection, progress or _silent):
        refuse_foreign(connection)
        _act_as_owner(connection)
        state = state_of(connection, bundle)
        file = next((m for m in state.migrations if m.id == migration.removesuffix(".sql")), None)
        if file is None:
            raise HarnessError(f"There is no migration {migration}.", "rilascio status lists them.", exit_code=USAGE)
        if not state.installed:
            raise HarnessError("The database holds no rilascio.", "Run rilascio deploy.")
        if file.id in state.edited:
            refuse_inconsistent(state)
        if file.id in state.recorded and file.id in state.marked:
            return False
        with open_yoyo(dsn, lock_timeout) as backend:
            if file.id not in state.marked:
                backend.mark_migrations([read_bundle(bundle)[file.id]])
            if file.id not in state.recorded:
                tables.take_as_they_are(connection)
                remember_checksum(file)(connection)
        return True
