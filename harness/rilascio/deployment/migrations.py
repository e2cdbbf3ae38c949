"""Migrations, applied by yoyo."""

from __future__ import annotations

import getpass
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy
from functools import lru_cache
from glob import escape
from pathlib import Path
from textwrap import dedent
from typing import Any

from psycopg import errors as pg
from yoyo import read_migrations
from yoyo.backends.core.postgresql import PostgresqlPsycopgBackend
from yoyo.connections import DatabaseURI
from yoyo.exceptions import BadMigration
from yoyo.internalmigrations import schema_versions, v2
from yoyo.migrations import Migration as YoyoMigration
from yoyo.migrations import MigrationStep, Transactionless, TransactionWrapper, read_sql_migration

from rilascio.deployment import tables
from rilascio.deployment.bundle import Bundle, Migration
from rilascio.deployment.common import OWNER, Connection, Progress
from rilascio.deployment.session import NO_TRANSACTION_TIMEOUT, connection_parameters, error_context, scalar
from rilascio.deployment.state import State
from rilascio.deployment.statements import Statement
from rilascio.errors import HarnessError, describe_error

_YOYO_TABLE = "_yoyo_migration"


class _Backend(PostgresqlPsycopgBackend):  # type: ignore[misc]
    """yoyo's backend, for an account that the machine has no name for (a container's bare user id), and without a time
    limit on any of its connections."""

    def init_connection(self, connection: Any) -> None:
        super().init_connection(connection)
        connection.execute(NO_TRANSACTION_TIMEOUT)

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
    with _Backend(uri, _YOYO_TABLE) as backend:
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


def add_step(migration: Any, *, on_the_way_there: Statement) -> None:
    """Let a statement follow those of a migration, in its transaction if it has one."""
    migration.steps.append(_step(migration, len(migration.steps), on_the_way_there.run, None))


def add_steps_back(migration: Any, first: Callable[[Connection], object], last: Statement) -> None:
    """Let something come before the statements of a migration's way back, and a statement follow them."""
    migration.steps.append(_step(migration, len(migration.steps), None, first))
    migration.steps.insert(0, _step(migration, -1, None, last.run))


def _step(
    migration: Any,
    number: int,
    apply: Callable[[Connection], object] | None,
    revert: Callable[[Connection], object] | None,
) -> Any:
    wrapper = TransactionWrapper if migration.use_transactions else Transactionless
    return wrapper(MigrationStep(number, apply, revert))


class _YoyoStatements(PostgresqlPsycopgBackend):  # type: ignore[misc]
    """yoyo without a connection: what it would execute is kept."""

    def __init__(self) -> None:
        self.migration_table = _YOYO_TABLE
        self.made: list[str] = []

    def execute(self, sql: str, params: Any = None) -> None:
        self.made.append(sql)


def yoyo_tables(connection: Connection) -> list[Statement]:
    """Return what makes those of yoyo's tables that are missing, in the schema that comes first in the search path."""
    yoyo = _YoyoStatements()
    yoyo.execute(yoyo.format_sql(yoyo.create_lock_table_sql))
    for create in (v2.create_log_table, v2.create_version_table, v2.create_migration_table):
        create(yoyo)
    newest = max(schema_versions)
    version = f"insert into {yoyo.version_table_quoted} values ({newest}, now() at time zone 'UTC')"
    missing: list[str] = []
    tables_made = (yoyo.lock_table, yoyo.log_table, yoyo.version_table, yoyo.migration_table)
    for table, statement in zip(tables_made, yoyo.made, strict=True):
        if scalar(connection, "select to_regclass(%s) is null", f"erp_meta.{table}"):
            missing += [statement, version] if table == yoyo.version_table else [statement]
    return [Statement(dedent(statement).strip().encode()) for statement in missing]


def yoyo_mark(migration: Any) -> list[Statement]:
    """Return what marks a migration as applied in yoyo's tables, as yoyo itself does."""
    yoyo = _YoyoStatements()
    values = {
        ":migration_hash": "%(hash)s",
        ":migration_id": "%(id)s",
        ":operation": "'apply'",
        ":username": "session_user",
        ":hostname": "coalesce(host(inet_client_addr()), 'local')",
        ":created_at_utc": "now() at time zone 'UTC'",
        ":when": "now() at time zone 'UTC'",
        ":id": "gen_random_uuid()",
    }
    statements = []
    for text in (yoyo.format_sql(yoyo.log_migration_sql), yoyo.format_sql(yoyo.mark_migration_sql)):
        filled = re.sub(r":\w+", lambda found: values[found[0]], text)
        statements.append(Statement(filled.encode(), {"hash": migration.hash, "id": migration.id}))
    return statements


def statements_of(migration: Any) -> list[Statement]:
    """Return the statements of a migration, as yoyo splits them."""
    _, _, statements = read_sql_migration(migration.path)
    return [Statement(statement.strip().removesuffix(";").encode()) for statement in statements]


def migration_records(state: State, migration: Migration) -> tuple[Statement, ...]:
    """Return what writes down that a migration was applied, and what it made."""
    return tables.record_tables(state.table_differences), remember_checksum(migration)


def remember_checksum(migration: Migration) -> Statement:
    return Statement(
        b"insert into erp_meta.migration (migration_id, checksum) values (%(id)s, %(checksum)s)",
        {"id": migration.id, "checksum": migration.checksum},
    )


def forget_checksum(migration: Migration) -> Statement:
    return Statement(b"delete from erp_meta.migration where migration_id = %(id)s", {"id": migration.id})


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
            for statement in migration_records(state, files[name]):
                add_step(known[name], on_the_way_there=statement)
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
