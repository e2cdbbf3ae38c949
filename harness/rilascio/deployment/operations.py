"""Deploy, revert, mark and status: migrations by yoyo, then routines, triggers, views and grants in one transaction.

One deployment at a time works on a database: each holds the session advisory lock `ADVISORY_LOCK` from before it
looks until after it has finished. What a deployment did is written in `erp_meta`:

* `erp_meta.migration`: the content checksum of each applied migration, written in the migration's own transaction;
* `erp_meta.deployment`: who deployed which release when, the checksum of every source file, and the fingerprint of
  every routine, view, trigger and privilege that came of it;
* yoyo's own tables.

Everything belongs to the role `erp_owner`, under which migrations and sources run.
"""

from __future__ import annotations

from functools import partial

from psycopg import errors as pg
from psycopg import sql

from rilascio.deployment import catalog, tables
from rilascio.deployment.bundle import Bundle
from rilascio.deployment.changes import plan_changes
from rilascio.deployment.common import DEPLOY_TIMEOUT, OWNER, STATEMENT_TIMEOUT, VERSION_VIEW, Connection, Progress
from rilascio.deployment.deployment_log import CREATE_LOG, log_deployment, next_deployment
from rilascio.deployment.migrations import (
    add_steps_back,
    forget_checksum,
    migrate,
    migrations_beside_calls,
    open_yoyo,
    read_bundle,
    remember_checksum,
)
from rilascio.deployment.plan import DeploymentPlan, plan_deployment
from rilascio.deployment.removal import drop_log, drop_roles, lost_with
from rilascio.deployment.repairs import compare_objects
from rilascio.deployment.reports import DeployReport, LastDeployment, RevertPlan, RevertReport, StatusReport, report_of
from rilascio.deployment.roles import default_privileges_to_revoke, ensure_roles, excessive_powers
from rilascio.deployment.session import connected, deployment_lock, error_context, refuse_encoding, scalar
from rilascio.deployment.sources import Applied, apply_sources, policy_drops, run, view_locks
from rilascio.deployment.state import (
    State,
    code_only,
    foreign_schemas,
    refuse_foreign,
    refuse_foreign_owned,
    refuse_inconsistent,
    state_of,
)
from rilascio.deployment.version_lock import Attempt, lock_version, retry
from rilascio.errors import USAGE, HarnessError
from rilascio.sessions import place_of
from rilascio.version import installed_release


def deploy(
    dsn: str,
    *,
    lock_timeout: str = DEPLOY_TIMEOUT,
    progress: Progress | None = None,
    dry_run: bool = False,
    bundle: Bundle | None = None,
) -> DeployReport:
    """Bring a database to this release, and say what was done; nothing is written if nothing is to do.

    `lock_timeout` bounds how long it tries to get the locks that others hold (`60s`, `5min`); it waits for less than
    a second at a time. `progress` is called with a sentence per step. With `dry_run` nothing is written or locked.
    Every failure is a `HarnessError`.
    """
    notify = progress or _silent
    bundle = bundle or Bundle.shipped()
    with connected(dsn, lock_timeout) as connection:
        refuse_encoding(connection)
        if dry_run:
            refuse_foreign(connection)
            _act_as_owner(connection)
            state = state_of(connection, bundle)
            refuse_inconsistent(state)
            return report_of(state, dry_run=True, changes=None if state.up_to_date else plan_changes(connection, state))
        with deployment_lock(connection, notify):
            refuse_foreign(connection)
            roles = ensure_roles(connection)
            _act_as_owner(connection)
            state = state_of(connection, bundle)
            refuse_inconsistent(state)
            if state.up_to_date:
                return report_of(state, roles=roles)
            refuse_foreign_owned(connection)
            for statement in default_privileges_to_revoke(connection):
                statement.run(connection)
            if not state.installed:
                CREATE_LOG.run(connection)

            def migrate_beside_calls(attempt: Attempt) -> None:
                _migrate(connection, dsn, bundle, attempt, notify)

            def migrate_and_apply(attempt: Attempt) -> Applied:
                return _apply(connection, dsn, bundle, state.pending, attempt, notify)

            if migrations_beside_calls(bundle, state.pending):
                retry(connection, lock_timeout, notify, migrate_beside_calls)
            applied = retry(connection, lock_timeout, notify, migrate_and_apply)
            unrepaired: tuple[str, ...] = ()
            if state.last and state.same_server and not state.sources_changed and not state.pending:
                unrepaired = catalog.drift(state.last["catalog"], applied.recorded).repairable
            wanted, found = tables.expected_objects(connection), tables.describe_objects(connection)
            remaining = compare_objects(wanted, found)
            return report_of(state, roles=roles, changes=applied, unrepaired=unrepaired, remaining=remaining)


def plan(dsn: str, *, lock_timeout: str = DEPLOY_TIMEOUT, bundle: Bundle | None = None) -> DeploymentPlan:
    """Say what `deploy` would do, statement by statement. Writes and locks nothing."""
    bundle = bundle or Bundle.shipped()
    with connected(dsn, lock_timeout) as connection:
        refuse_encoding(connection)
        refuse_foreign(connection)
        _act_as_owner(connection)
        state = state_of(connection, bundle)
        refuse_inconsistent(state)
        return plan_deployment(connection, bundle, state, lock_timeout)


def _migrate(connection: Connection, dsn: str, bundle: Bundle, attempt: Attempt, notify: Progress) -> None:
    """Apply the pending migrations beside which calls go on."""
    state = state_of(connection, bundle)
    migrate(
        connection, dsn, bundle, state, migrations_beside_calls(bundle, state.pending), attempt.timeout_text, notify
    )


def _apply(
    connection: Connection, dsn: str, bundle: Bundle, migrations: tuple[str, ...], attempt: Attempt, notify: Progress
) -> Applied:
    """Apply the pending migrations and then the sources, while calls wait. `migrations` are those of the whole
    deployment, for its log."""
    state = state_of(connection, bundle)
    changes = None if state.pending else plan_changes(connection, state)
    next_deployment(connection)
    with connection.transaction():
        # Many a transaction reads a grid and then calls, so grids come first.
        run(connection, view_locks(connection, changes.grids if changes else ()), attempt)
        lock_version(connection, attempt)
        if changes is None or state.unmarked:
            migrate(connection, dsn, bundle, state, state.pending, attempt.timeout_text, notify)
            state = state_of(connection, bundle)
            lock_version(connection, attempt)
            changes = plan_changes(connection, state)
            run(connection, view_locks(connection, changes.grids), attempt)
        notify(f"Routines, views and grants: {len(changes.sources) + 1} files")
        return apply_sources(connection, state, changes, attempt, migrations)


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
        powers = excessive_powers(connection) if state.installed else ()
        return StatusReport(
            state="drifted" if powers and _state_name(state) == "current" else _state_name(state),
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
            roles=tuple(f"{role} may {power}: {repair}" for role, power, repair in powers),
            last=_last(state),
        )


def _state_name(state: State) -> str:
    if not state.installed:
        return "empty"
    if state.edited:
        return "edited"
    if state.unknown:
        return "newer"
    if not state.same_server or state.pending or state.unmarked or state.unrecorded or state.sources_changed:
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


def revert(
    dsn: str,
    *,
    steps: int | None = None,
    to: str | None = None,
    lock_timeout: str = STATEMENT_TIMEOUT,
    progress: Progress | None = None,
    bundle: Bundle | None = None,
    roles_too: bool = False,
) -> RevertReport:
    """Go back: undo the newest `steps` migrations, or all after `to` (a migration's name or number; `0000`: all).

    Their tables and data go. Routines, views and triggers go too, in the transaction of the first step back: deploy
    the release that fits what remains. Where none remains, `erp_meta` goes too, and with `roles_too` the roles that
    nothing else uses.
    """
    notify = progress or _silent
    bundle = bundle or Bundle.shipped()
    with connected(dsn, lock_timeout) as connection, deployment_lock(connection, notify):
        refuse_foreign(connection)
        _act_as_owner(connection)
        state = state_of(connection, bundle)
        refuse_inconsistent(state)
        reverted = _migrations_to_revert(state, steps, to)
        _refuse_dropping_roles(roles_too, state, reverted)
        dropped: list[str] = []
        if reverted:
            known = read_bundle(bundle)
            files = {m.id: m for m in state.migrations}

            def begin(name: str, connection: Connection) -> None:
                if name == reverted[0]:
                    dropped.extend(_drop_code(connection, state))
                    next_deployment(connection)
                    log_deployment("revert", reverted, {}).run(connection)
                forget_checksum(files[name]).run(connection)

            with open_yoyo(dsn, lock_timeout) as backend:
                for name in reverted:
                    notify(f"Back from {name}")
                    add_steps_back(known[name], partial(begin, name), tables.record_tables(state.table_differences))
                    with error_context(connection, f"The way back from {name}"):
                        backend.rollback_one(known[name])
        remaining = _remaining(state, reverted)
        dropped_roles: tuple[str, ...] = ()
        kept_roles: dict[str, str] = {}
        if not remaining:
            notify("Back from erp_meta")
            drop_log(connection)
            if roles_too:
                dropped_roles, kept_roles = drop_roles(connection)
        return RevertReport(tuple(reverted), remaining, tuple(dropped), dropped_roles, kept_roles)


def plan_revert(
    dsn: str, *, steps: int | None = None, to: str | None = None, bundle: Bundle | None = None, roles_too: bool = False
) -> RevertPlan:
    """Say what `revert` would undo, and which tables and rows would be lost. Changes and locks nothing."""
    bundle = bundle or Bundle.shipped()
    with connected(dsn) as connection:
        refuse_foreign(connection)
        _act_as_owner(connection)
        state = state_of(connection, bundle)
        refuse_inconsistent(state)
        reverted = _migrations_to_revert(state, steps, to)
        _refuse_dropping_roles(roles_too, state, reverted)
        return RevertPlan(
            connection.info.dbname,
            place_of(connection.info),
            tuple(reverted),
            _remaining(state, reverted),
            lost_with(connection, (migration for migration in state.migrations if migration.id in reverted)),
        )


def _remaining(state: State, reverted: list[str]) -> tuple[str, ...]:
    return tuple(name for name in state.applied if name not in reverted)


def _refuse_dropping_roles(roles_too: bool, state: State, reverted: list[str]) -> None:
    if roles_too and (remaining := _remaining(state, reverted)):
        raise HarnessError(
            f"The roles cannot go: {len(remaining)} migrations remain, whose objects need them.",
            "Drop them with the last migration: --to 0000 --drop-roles.",
            exit_code=USAGE,
        )


def _migrations_to_revert(state: State, steps: int | None, to: str | None) -> list[str]:
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
        run(connection, policy_drops(connection, failed))
        if error is not None and len(failed) == len(left):
            raise error
        left = failed
    return made


def mark(
    dsn: str,
    migration: str,
    *,
    lock_timeout: str = STATEMENT_TIMEOUT,
    progress: Progress | None = None,
    bundle: Bundle | None = None,
) -> bool:
    """Write down that the database holds a migration, without running it; say whether anything was written.

    For the case that a migration without a transaction was cut off between its last statement and its record, or
    that it was applied by hand. Deployments complete the marks of all other interrupted migrations themselves.
    """
    bundle = bundle or Bundle.shipped()
    with connected(dsn, lock_timeout) as connection, deployment_lock(connection, progress or _silent):
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
                tables.record_tables().run(connection)
                remember_checksum(file).run(connection)
        return True
