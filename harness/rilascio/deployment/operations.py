"""Deploy, plan, mark and status: migrations by yoyo, then routines, triggers, views and grants in one transaction.

One deployment at a time works on a database: each holds the session advisory lock `ADVISORY_LOCK` from before it
looks until after it has finished. What a deployment did is written in `erp_meta`:

* `erp_meta.migration`: the content checksum of each applied migration, written in the migration's own transaction;
* `erp_meta.deployment`: who deployed which release when, the checksum of every source file, and the fingerprint of
  every routine, view, trigger and privilege that came of it;
* yoyo's own tables.

Everything belongs to the role `erp_owner`, under which migrations and sources run.
"""

from __future__ import annotations

from rilascio.deployment import catalog, tables
from rilascio.deployment.bundle import Bundle
from rilascio.deployment.changes import plan_changes
from rilascio.deployment.common import DEPLOY_TIMEOUT, STATEMENT_TIMEOUT, Connection, Progress, silent
from rilascio.deployment.deployment_log import CREATE_LOG, next_deployment
from rilascio.deployment.migrations import migrate, migrations_beside_calls, open_yoyo, read_bundle, remember_checksum
from rilascio.deployment.plan import DeploymentPlan, plan_deployment
from rilascio.deployment.reports import DeployReport, LastDeployment, StatusReport, report_of
from rilascio.deployment.roles import default_privileges_to_revoke, ensure_roles, excessive_powers, refuse_powers
from rilascio.deployment.session import act_as_owner, connected, deployment_lock, refuse_encoding
from rilascio.deployment.sources import Applied, apply_sources, run, view_locks
from rilascio.deployment.state import (
    State,
    deployable_state,
    foreign_schemas,
    refuse_foreign,
    refuse_inconsistent,
    state_of,
)
from rilascio.deployment.version_lock import Attempt, lock_version, retry
from rilascio.errors import USAGE, HarnessError
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
    notify = progress or silent
    bundle = bundle or Bundle.shipped()
    with connected(dsn, lock_timeout) as connection:
        refuse_encoding(connection)
        if dry_run:
            refuse_powers(connection)
            state = deployable_state(connection, bundle)
            return report_of(state, dry_run=True, changes=None if state.up_to_date else plan_changes(connection, state))
        with deployment_lock(connection, notify):
            refuse_foreign(connection)
            roles = ensure_roles(connection)
            state = deployable_state(connection, bundle)
            if state.up_to_date:
                return report_of(state, roles=roles)
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
            remaining = tables.table_differences(connection)
            return report_of(state, roles=roles, changes=applied, unrepaired=unrepaired, remaining=remaining)


def plan(dsn: str, *, lock_timeout: str = DEPLOY_TIMEOUT, bundle: Bundle | None = None) -> DeploymentPlan:
    """Say what `deploy` would do, statement by statement. Writes and locks nothing."""
    bundle = bundle or Bundle.shipped()
    with connected(dsn, lock_timeout) as connection:
        refuse_encoding(connection)
        refuse_powers(connection)
        return plan_deployment(connection, bundle, deployable_state(connection, bundle), lock_timeout)


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


def status(dsn: str, *, bundle: Bundle | None = None) -> StatusReport:
    """Say what a database holds against what this release brings. Writes and locks nothing."""
    bundle = bundle or Bundle.shipped()
    with connected(dsn) as connection:
        if foreign := foreign_schemas(connection):
            return StatusReport("foreign", installed_release(), foreign_schemas=foreign)
        act_as_owner(connection)
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
    with connected(dsn, lock_timeout) as connection, deployment_lock(connection, progress or silent):
        refuse_foreign(connection)
        act_as_owner(connection)
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
