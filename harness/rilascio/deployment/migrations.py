"""Migrations, applied by yoyo."""

from __future__ import annotations

import getpass
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy
from functools import lru_cache
from glob import escape
from pathlib import Path
from typing import Any

from psycopg import errors as pg
from yoyo import read_migrations
from yoyo.backends.core.postgresql import PostgresqlPsycopgBackend
from yoyo.connections import DatabaseURI
from yoyo.exceptions import BadMigration
from yoyo.migrations import Migration as YoyoMigration
from yoyo.migrations import MigrationStep, Transactionless, TransactionWrapper

from rilascio.deployment import tables
from rilascio.deployment.bundle import Bundle, Migration
from rilascio.deployment.common import OWNER, Connection, Progress
from rilascio.deployment.session import connection_parameters, error_context
from rilascio.deployment.state import State
from rilascio.errors import HarnessError, describe_error


class _Backend(PostgresqlPsycopgBackend):  # type: ignore[misc]
    """yoyo's backend, for an account that the machine has no name for (a container's bare user id)."""

    def get_log_data(self, migration: Any = None, operation: str = "apply") -> dict[str, Any]:
        try:
            getpass.getuser()
        except (KeyError, OSError):
            os.environ["LOGNAME"] = str(os.getuid())
        data: dict[str, Any] = super().get_log_data(migration, operation)
        return data


@contextmanager
def open_yoyo(dsn: str, lock_timeout: str) -> Iterator[Any]:
    """Open yoyo on its tables in `erp_meta`, as the owner. Only inside the advisory lock: a lock row that is there
    is then the remnant of a killed process."""
    parameters = connection_parameters(dsn, role=OWNER, lock_timeout=lock_timeout)
    database = parameters.pop("dbname", None)
    uri = DatabaseURI("postgresql+psycopg", None, None, None, None, database, {**parameters, "schema": "erp_meta"})
    with _Backend(uri, "_yoyo_migration") as backend:
        backend.init_database()
        backend.break_lock()
        backend.ensure_internal_schema_updated()
        with backend.lock():
            yield backend


def read_bundle(bundle: Bundle) -> dict[str, Any]:
    """Return yoyo's migrations by their ids, for the caller to add steps to."""
    found = {}
    for listed in read_migrations(escape(str(bundle.migrations_folder))):
        path = Path(listed.path)
        try:
            loaded = _load(path, path.read_bytes(), path.with_suffix(".rollback.sql").read_bytes())
        except BadMigration as error:
            raise HarnessError(f"Migration {listed.id} cannot be read: {error}.") from error
        migration = copy(loaded)
        migration.steps = list(loaded.steps)
        found[migration.id] = migration
    return found


@lru_cache(maxsize=100)
def _load(path: Path, content: bytes, way_back: bytes) -> Any:
    """Let yoyo read a migration: splitting it into statements takes longer than much of a deployment, and one reads it
    more than once."""
    migration = YoyoMigration(path.stem, str(path), str(path.parent))
    migration.load()
    return migration


def add_step(
    migration: Any,
    apply: Callable[[Connection], None] | None,
    revert: Callable[[Connection], None] | None,
) -> None:
    """Append a step to a migration: it runs last on the way there and first on the way back, in the migration's
    transaction if that has one."""
    wrapper = TransactionWrapper if migration.use_transactions else Transactionless
    migration.steps.append(wrapper(MigrationStep(len(migration.steps), apply, revert)))


def record_tables(migration: Any) -> None:
    """Let a migration, on its way there and on its way back, write down what it changes of tables."""
    changes = tables.TableRecord()
    wrapper = TransactionWrapper if migration.use_transactions else Transactionless
    migration.steps.insert(0, wrapper(MigrationStep(-1, changes.begin, changes.end)))
    add_step(migration, changes.end, changes.begin)


def remember_checksum(migration: Migration) -> Callable[[Connection], None]:
    def remember(connection: Connection) -> None:
        connection.execute(
            "insert into erp_meta.migration (migration_id, checksum) values (%s, %s)",
            [migration.id, migration.checksum],
        )

    return remember


def forget_checksum(migration: Migration) -> Callable[[Connection], None]:
    def forget(connection: Connection) -> None:
        connection.execute("delete from erp_meta.migration where migration_id = %s", [migration.id])

    return forget


def migrations_beside_calls(bundle: Bundle, pending: tuple[str, ...]) -> tuple[str, ...]:
    """Return the pending migrations that calls cannot be kept away from: one that runs without a transaction may wait
    for every transaction of the database (`create index concurrently`), so nothing may wait for it; and those before
    it."""
    known = read_bundle(bundle) if pending else {}
    last = max((i for i, name in enumerate(pending) if not known[name].use_transactions), default=-1)
    return pending[: last + 1]


def migrate(
    connection: Connection,
    dsn: str,
    bundle: Bundle,
    state: State,
    pending: tuple[str, ...],
    lock_timeout: str,
    notify: Progress,
) -> None:
    """Apply the pending, each in its own transaction, and complete the marks of interrupted ones."""
    if not (pending or state.unmarked):
        return
    known = read_bundle(bundle)
    files = {m.id: m for m in state.migrations}
    with open_yoyo(dsn, lock_timeout) as backend:
        for name in state.unmarked:
            notify(f"Mark {name}, which an interrupted deployment had applied")
            backend.mark_migrations([known[name]])
        for name in pending:
            notify(f"Migration {name}")
            record_tables(known[name])
            add_step(known[name], remember_checksum(files[name]), None)
            with error_context(connection, f"Migration {name}"):
                try:
                    backend.apply_one(known[name])
                except (
                    pg.DuplicateTable,
                    pg.DuplicateSchema,
                    pg.DuplicateObject,
                    pg.DuplicateColumn,
                ) as error:
                    explained = describe_error(error)
                    raise HarnessError(
                        f"Migration {name} failed: {explained.message}",
                        "Drop or rename what is in the way. If the migration was already applied in full, run "
                        f"rilascio mark {name}.",
                    ) from error
