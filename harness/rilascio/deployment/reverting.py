"""The way back: migrations undone, with what the sources made; and what would be lost, said beforehand."""

from __future__ import annotations

from functools import partial

from psycopg import errors as pg

from rilascio.deployment import tables
from rilascio.deployment.bundle import Bundle
from rilascio.deployment.common import STATEMENT_TIMEOUT, VERSION_VIEW, Connection, Progress, silent
from rilascio.deployment.deployment_log import log_deployment, next_deployment
from rilascio.deployment.migrations import add_steps_back, forget_checksum, open_yoyo, read_bundle
from rilascio.deployment.removal import drop_log, drop_roles, lost_with
from rilascio.deployment.reports import RevertPlan, RevertReport
from rilascio.deployment.session import connected, deployment_lock, error_context
from rilascio.deployment.sources import policy_drops, run
from rilascio.deployment.state import State, code_only, consistent_state
from rilascio.errors import USAGE, HarnessError
from rilascio.sessions import place_of


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
    notify = progress or silent
    bundle = bundle or Bundle.shipped()
    with connected(dsn, lock_timeout) as connection, deployment_lock(connection, notify):
        state = consistent_state(connection, bundle)
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
        state = consistent_state(connection, bundle)
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
