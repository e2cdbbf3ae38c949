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

import getpass
import hashlib
import heapq
import json
import os
import re
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from glob import escape
from graphlib import CycleError, TopologicalSorter
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import psycopg
from psycopg import errors as pg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import dict_row, scalar_row
from yoyo import read_migrations
from yoyo.backends.core.postgresql import PostgresqlPsycopgBackend
from yoyo.connections import DatabaseURI
from yoyo.exceptions import BadMigration
from yoyo.migrations import MigrationStep, Transactionless, TransactionWrapper

from harness import bundle as shipped
from harness import catalog
from harness.errors import USAGE, HarnessError, explain

ADVISORY_LOCK = int.from_bytes(b"rilascio")
"""Key of the session advisory lock (8244239758681925999): the ASCII bytes of the product's name."""

MINIMUM_SERVER_VERSION = 150000

LOCK_TIMEOUT = "5s"
"""How long a statement waits for a lock, if nothing else is said."""

OWNER = "erp_owner"

ROLES = {
    OWNER: "rilascio: owns every object of the product; nobody logs in as this role.",
    "erp_operator": "rilascio: releases and restores through erp_api, and reads its views.",
    "erp_reader": "rilascio: reads the views of erp_api.",
}

PLACES = {"procedures/internal": "internal", "triggers": "triggers", "views": "views", "procedures": "procedures"}
"""The folders of `sql/` in the order in which their files are applied, and how `-- requires:` calls them."""

Progress = Callable[[str], None]
Connection = psycopg.Connection[Any]


# --- the files -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Migration:
    """A file `NNNN_verb_noun.sql` with its way back. `id` is the name without suffix, as yoyo knows it."""

    id: str
    path: Path
    checksum: str


@dataclass(frozen=True)
class Source:
    """A file under `sql/`, with the names of the files that it wants applied before it."""

    name: str
    path: Path
    text: str
    requires: tuple[str, ...]

    @cached_property
    def checksum(self) -> str:
        """SHA-256 of the content, line ends aside."""
        return _checksum(self.text)


@dataclass(frozen=True)
class Bundle:
    """The two folders a deployment reads."""

    migrations_folder: Path
    sql_folder: Path

    @classmethod
    def shipped(cls) -> Bundle:
        """Return the bundle of this release: the checkout's folders, or those inside the installed package."""
        return cls(shipped.migrations_folder(), shipped.sql_folder())

    def migrations(self) -> list[Migration]:
        """Return the migrations in order; a missing folder or way back, or a misnamed file, is an error."""
        folder = _existing(self.migrations_folder)
        found: dict[str, Migration] = {}
        files = sorted(folder.iterdir())
        names = {file.name for file in files}
        for file in files:
            if file.name.endswith(".rollback.sql"):
                if file.name.replace(".rollback.sql", ".sql") not in names:
                    raise HarnessError(
                        f"{file} leads back from a migration that does not exist.",
                        "Name it after its migration, or delete it.",
                    )
            elif file.suffix in (".sql", ".py"):
                if not re.fullmatch(r"\d{4}_[a-z0-9_]+\.sql", file.name):
                    raise HarnessError(f"{file} is not named like a migration.", "Name it NNNN_verb_noun.sql.")
                number = file.name[:4]
                if number in found:
                    raise HarnessError(
                        f"Two migrations bear the number {number}: {found[number].id} and {file.stem}.",
                        "Give the newer one the next free number.",
                    )
                if f"{file.stem}.rollback.sql" not in names:
                    raise HarnessError(
                        f"Migration {file.stem} has no way back.",
                        f"Write {file.stem}.rollback.sql beside it.",
                    )
                found[number] = Migration(file.stem, file, _checksum(_read(file)))
        return list(found.values())

    def sources(self) -> list[Source]:
        """Return the files of `sql/` in the order in which they are applied.

        First `retired.sql`, last `grants.sql`; between them helpers, triggers, views and routines by name, except
        that a file comes after those it names in lines like `-- requires: internal/plan`.
        """
        folder = _existing(self.sql_folder)
        named: dict[str, Source] = {}
        for file in sorted(folder.rglob("*.sql")):
            path = file.relative_to(folder).with_suffix("").as_posix()
            place = next((p for p in PLACES if path.startswith(f"{p}/")), "")
            nested = "/" in path.removeprefix(f"{place}/")
            if (not place and path not in ("retired", "grants")) or (nested and PLACES[place] != "internal"):
                raise HarnessError(
                    f"{file} lies where no deployment looks.",
                    f"Move it to one of {', '.join(PLACES)} under {folder}.",
                )
            name = PLACES[place] + path.removeprefix(place) if place else path
            text = _read(file)
            wanted = re.findall(r"^--\s*requires:\s*(.+?)\s*$", text, re.MULTILINE)
            named[name] = Source(name, file, text, tuple(re.findall(r"[^,\s]+", " ".join(wanted))))
        for name in ("retired", "grants"):
            if name not in named:
                raise HarnessError(f"{folder / name}.sql is missing.", "Reinstall rilascio, or restore the file.")
        first, last = named.pop("retired"), named.pop("grants")
        order = list(PLACES.values())
        default = sorted(named.values(), key=lambda s: (order.index(s.name.split("/")[0]), s.name))
        return [first, *_sorted(default), last]


def _sorted(sources: list[Source]) -> Iterator[Source]:
    """Yield sources after what they require, otherwise in the order given."""
    place = {source.name: index for index, source in enumerate(sources)}
    for source in sources:
        if unknown := [name for name in source.requires if name not in place]:
            raise HarnessError(
                f"{source.path} requires {unknown[0]}, which does not exist.",
                "Name a file as internal/…, triggers/…, views/… or procedures/…, without .sql.",
            )
    sorter = TopologicalSorter({source.name: source.requires for source in sources})
    try:
        sorter.prepare()
    except CycleError as cycle:
        raise HarnessError(
            f"These sources require each other: {' → '.join(cycle.args[1])}.",
            "Take one of the -- requires lines out.",
        ) from None
    ready: list[int] = []
    while sorter.is_active():
        for name in sorter.get_ready():
            heapq.heappush(ready, place[name])
        source = sources[heapq.heappop(ready)]
        yield source
        sorter.done(source.name)


def _existing(folder: Path) -> Path:
    if not folder.is_dir():
        raise HarnessError(f"The folder {folder} is missing.", "Reinstall rilascio, or restore the folder.")
    return folder


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise HarnessError(f"{file} is not UTF-8 text.", "Save the file as UTF-8.") from None


def _checksum(text: str) -> str:
    return hashlib.sha256(text.replace("\r\n", "\n").encode()).hexdigest()


# --- reports ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class DeployReport:
    """What a deployment did, or with `dry_run` would do. All names are strings; `changed` is false if nothing."""

    release: str
    dry_run: bool = False
    changed: bool = False
    roles: tuple[str, ...] = ()
    """Roles created."""
    migrations: tuple[str, ...] = ()
    """Migrations applied."""
    marked: tuple[str, ...] = ()
    """Migrations that an interrupted deployment had applied without yoyo's mark: the mark is there now."""
    sources: tuple[str, ...] = ()
    """Source files that are new, changed or gone since the last deployment."""
    repaired: tuple[str, ...] = ()
    """Objects that somebody had changed or dropped by hand, put right."""
    unrepaired: tuple[str, ...] = ()
    """Objects that differ from the last deployment although the sources do not: taken as they are now."""
    strays: tuple[str, ...] = ()
    """Routines, views and triggers in our schemas that no source makes; left alone."""


@dataclass(frozen=True)
class LastDeployment:
    """One row of `erp_meta.deployment`; `deployed_at` in ISO 8601."""

    deployed_at: str
    deployed_by: str
    release: str
    kind: str


@dataclass(frozen=True)
class StatusReport:
    """What a database holds against what this release brings. `state` sums it up in one word:

    `empty`, `foreign` (schemas of our names that we did not make), `edited` (an applied migration's file changed),
    `newer` (the database knows migrations that this release does not), `behind` (something to deploy), `drifted`
    (somebody changed something by hand) or `current`.
    """

    state: str
    release: str
    foreign_schemas: tuple[str, ...] = ()
    applied: tuple[str, ...] = ()
    pending: tuple[str, ...] = ()
    edited: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    unmarked: tuple[str, ...] = ()
    """Applied, but an interrupted deployment left yoyo's mark out: the next one writes it."""
    unrecorded: tuple[str, ...] = ()
    """Marked as applied by hand, without a checksum: see `mark`."""
    sources_changed: tuple[str, ...] = ()
    changed_in_database: tuple[str, ...] = ()
    missing_in_database: tuple[str, ...] = ()
    strays: tuple[str, ...] = ()
    last: LastDeployment | None = None


@dataclass(frozen=True)
class RollbackReport:
    """What a way back undid, newest first, and what remains applied."""

    rolled_back: tuple[str, ...]
    remaining: tuple[str, ...]
    dropped: tuple[str, ...]
    """Routines, views and triggers taken out; the next deployment brings those of its release."""


# --- what the database holds -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _State:
    """The database compared with the files."""

    migrations: list[Migration]
    sources: list[Source]
    installed: bool = False
    recorded: dict[str, str] = field(default_factory=dict)
    marked: frozenset[str] = frozenset()
    last: dict[str, Any] | None = None
    objects: dict[str, str] = field(default_factory=dict)
    server: int = 0
    """Major version: another one writes the same definitions differently, so fingerprints do not compare."""

    @property
    def applied(self) -> tuple[str, ...]:
        return tuple(sorted(self.marked | self.recorded.keys()))

    @property
    def pending(self) -> tuple[str, ...]:
        return tuple(m.id for m in self.migrations if m.id not in self.applied)

    @property
    def edited(self) -> tuple[str, ...]:
        return tuple(m.id for m in self.migrations if self.recorded.get(m.id, m.checksum) != m.checksum)

    @property
    def unknown(self) -> tuple[str, ...]:
        return tuple(sorted(set(self.applied) - {m.id for m in self.migrations}))

    @property
    def unmarked(self) -> tuple[str, ...]:
        return tuple(sorted(self.recorded.keys() - self.marked))

    @property
    def unrecorded(self) -> tuple[str, ...]:
        return tuple(sorted(self.marked - self.recorded.keys()))

    @property
    def checksums(self) -> dict[str, str]:
        return {source.name: source.checksum for source in self.sources}

    @property
    def sources_changed(self) -> tuple[str, ...]:
        then, now = (self.last["sources"] if self.last else {}), self.checksums
        return tuple(sorted(n for n in then.keys() | now.keys() if then.get(n) != now.get(n)))

    @property
    def same_server(self) -> bool:
        return self.last is not None and int(self.last["server_version"]) == self.server

    @property
    def drift(self) -> catalog.Drift:
        found = catalog.drift(self.last["catalog"] if self.last else {}, self.objects)
        return found if self.same_server else replace(found, changed=())

    @property
    def strays(self) -> tuple[str, ...]:
        return _code_only(self.drift.stray) if self.last else ()

    @property
    def up_to_date(self) -> bool:
        return (
            self.same_server
            and not (self.pending or self.unmarked or self.sources_changed)
            and not self.drift.repairable
        )


def _code_only(identities: Iterable[str]) -> tuple[str, ...]:
    return tuple(i for i in identities if i.startswith(("routine ", "view ", "trigger ")))


def _foreign_schemas(connection: Connection) -> tuple[str, ...]:
    """Return the schemas of our names that no deployment made: not the owner's, or without the deployment log."""
    existing = catalog.existing_schemas(connection)
    if not _installed(connection):
        return tuple(existing)
    return tuple(name for name, owner in existing.items() if owner != OWNER)


def _installed(connection: Connection) -> bool:
    with connection.cursor(row_factory=scalar_row) as cursor:
        found = cursor.execute(
            """
            select count(*) from pg_tables
            where schemaname = 'erp_meta' and tablename in ('migration', 'deployment') and tableowner = %s
            """,
            [OWNER],
        ).fetchone()
    return bool(found == 2)


def _state(connection: Connection, bundle: Bundle) -> _State:
    migrations, sources = bundle.migrations(), bundle.sources()
    if not _installed(connection):
        return _State(migrations, sources)
    with connection.cursor(row_factory=dict_row) as cursor:
        recorded = cursor.execute("select migration_id, checksum from erp_meta.migration").fetchall()
        yoyo_table = cursor.execute("select to_regclass('erp_meta._yoyo_migration') as name").fetchone()
        marked: list[dict[str, Any]] = []
        if yoyo_table and yoyo_table["name"]:
            marked = cursor.execute("select migration_id from erp_meta._yoyo_migration").fetchall()
        last = cursor.execute(
            """
            select deployed_at, deployed_by, release, kind, server_version, sources, catalog
            from erp_meta.deployment order by deployment_id desc limit 1
            """
        ).fetchone()
    return _State(
        migrations,
        sources,
        installed=True,
        recorded={row["migration_id"]: row["checksum"] for row in recorded},
        marked=frozenset(row["migration_id"] for row in marked),
        last=last,
        objects=_fingerprint(connection),
        server=connection.info.server_version // 10000,
    )


def _fingerprint(connection: Connection) -> dict[str, str]:
    # the text of a view takes a lock on its tables
    with _told(connection, "Reading the catalog"):
        return catalog.fingerprint(connection)


def _refuse_foreign(connection: Connection) -> None:
    if foreign := _foreign_schemas(connection):
        plural = "schemas" if len(foreign) > 1 else "schema"
        raise HarnessError(
            f"The database already holds the {plural} {', '.join(foreign)}, which rilascio did not make.",
            "Nothing was changed. Deploy to another database, or rename what is there.",
        )


def _refuse_inconsistent(state: _State) -> None:
    if state.edited:
        files = ", ".join(f"{name}.sql" for name in state.edited)
        raise HarnessError(
            f"Edited after it was applied: {files}.",
            "Put the file back as it was, and write what is new as a new migration.",
        )
    if state.unknown:
        raise HarnessError(
            f"The database has migrations that this release does not know: {', '.join(state.unknown)}.",
            "Deploy the newer release they came with, or go back with that release's rilascio revert.",
        )
    if state.unrecorded:
        raise HarnessError(
            f"Marked as applied, but never by a deployment: {', '.join(state.unrecorded)}.",
            f"If the database really holds it, run rilascio mark {state.unrecorded[0]}.",
        )


# --- connections -----------------------------------------------------------------------------------------------------


def _parameters(dsn: str, **settings: str) -> dict[str, Any]:
    """Return connection parameters in which our settings win over those of the caller, the role and the server."""
    parameters = conninfo_to_dict(dsn)
    timeouts = ("statement_timeout", "idle_session_timeout", "idle_in_transaction_session_timeout")
    pinned = catalog.SETTINGS | dict.fromkeys(timeouts, "0") | settings
    given = str(parameters.get("options") or os.environ.get("PGOPTIONS", ""))
    parameters["options"] = " ".join([given, *(f"-c {name}={value}" for name, value in pinned.items())]).strip()
    parameters.setdefault("application_name", "rilascio deploy")
    return parameters


@contextmanager
def _connection(dsn: str, lock_timeout: str = LOCK_TIMEOUT) -> Iterator[Connection]:
    """Connect, and tell every database error that is not told yet in one sentence."""
    if not re.fullmatch(r"\d+(us|ms|s|min|h|d)?", lock_timeout):
        raise HarnessError(
            f"{lock_timeout!r} is not a lock timeout.", "Write it like 5s, 500ms or 2min.", exit_code=USAGE
        )
    try:
        with psycopg.connect(**_parameters(dsn, lock_timeout=lock_timeout), autocommit=True) as connection:
            if connection.info.server_version < MINIMUM_SERVER_VERSION:
                raise HarnessError(
                    f"The server is PostgreSQL {connection.info.server_version // 10000}; rilascio needs 15 or newer.",
                    "Upgrade the server.",
                )
            yield connection
    except psycopg.Error as error:
        raise explain(error) from error


@contextmanager
def _told(connection: Connection, what: str, *, text: str = "") -> Iterator[None]:
    """Name the file at work (and the line of its `text`) in the sentence of a database error, and who is in the
    way of a lock. What failed must be rolled back by then: the connection is asked."""
    try:
        yield
    except pg.LockNotAvailable as error:
        blockers = catalog.sessions_in_our_way(connection)
        raise HarnessError(
            f"{what} waited too long for a lock" + (f" held by {blockers[0]}." if blockers else "."),
            "Nothing of it was changed. Let that session finish, or deploy at a quieter time or with a longer "
            "lock timeout.",
        ) from error
    except psycopg.Error as error:
        told, position = explain(error), error.diag.statement_position
        if text and position:
            what += f", line {text.count(chr(10), 0, int(position) - 1) + 1},"
        hint = error.diag.message_hint
        if isinstance(error, pg.InvalidTableDefinition):
            hint = (
                "If the view was changed by hand, drop it and deploy again; if its source took a column away, "
                "drop the old view in sql/retired.sql."
            )
        elif not isinstance(error, psycopg.ProgrammingError) or isinstance(error, pg.InsufficientPrivilege):
            hint = told.hint  # what is wrong in a file needs no advice on how to deploy
        raise HarnessError(f"{what} failed: {told.message}", hint) from error


@contextmanager
def _alone(connection: Connection, say: Progress) -> Iterator[None]:
    """Hold the advisory lock. Waiting is by polling: a session that waits in a statement would stop others'
    `create index concurrently`."""
    with connection.cursor(row_factory=scalar_row) as cursor:
        waiting = False
        while not cursor.execute("select pg_try_advisory_lock(%s)", [ADVISORY_LOCK]).fetchone():
            if not waiting:
                holder = cursor.execute(
                    """
                    select format('process %%s, %%s', a.pid, a.usename)
                    from pg_locks as l inner join pg_stat_activity as a on a.pid = l.pid
                    where l.locktype = 'advisory' and l.granted and l.objsubid = 1
                    and (l.classid::bigint << 32) + l.objid::bigint = %s
                    and a.datname = current_database()
                    """,
                    [ADVISORY_LOCK],
                ).fetchone()
                say("Waiting for another deployment" + (f" ({holder})" if holder else ""))
                waiting = True
            time.sleep(0.1)
    try:
        yield
    finally:
        if not connection.closed:
            connection.execute("select pg_advisory_unlock(%s)", [ADVISORY_LOCK])


# --- roles and our own schema ----------------------------------------------------------------------------------------


def _ensure_roles(connection: Connection) -> tuple[str, ...]:
    """Create the roles that are missing, and let the deployer act as the owner. Writes nothing if all is there.

    Roles belong to the cluster, the advisory lock to a database: deployments of two databases may meet here.
    """
    with connection.cursor(row_factory=dict_row) as cursor:
        found = {
            row["rolname"]: row
            for row in cursor.execute(
                "select rolname, rolsuper, rolcanlogin from pg_roles where rolname = any(%s)", [list(ROLES)]
            )
        }
    owner = found.get(OWNER)
    if owner and (owner["rolsuper"] or owner["rolcanlogin"]):
        raise HarnessError(
            f"The role {OWNER} exists and may {'do everything' if owner['rolsuper'] else 'log in'}.",
            f"Nothing was changed. Take that from it: alter role {OWNER} nologin nosuperuser.",
        )
    missing = tuple(name for name in ROLES if name not in found)
    user = connection.info.user
    advice = "".join(f"create role {name} nologin; " for name in missing)
    for name in missing:
        statement = sql.SQL(
            "do $$ begin create role {role} nologin; comment on role {role} is {comment}; "
            "exception when duplicate_object or unique_violation then null; end $$"
        ).format(role=sql.Identifier(name), comment=ROLES[name])
        try:
            connection.execute(statement)
        except pg.InsufficientPrivilege as error:
            raise HarnessError(
                f"The role {name} is missing, and {user} may not create roles.",
                f"Have a superuser run: {advice}grant {OWNER} to {user};",
            ) from error
    _ensure_membership(connection, user)
    _ensure_create(connection, user)
    return missing


def _ensure_membership(connection: Connection, user: str) -> None:
    privilege = "set" if connection.info.server_version >= 160000 else "member"
    for attempt in range(10):
        if _scalar(connection, "select pg_has_role(session_user, %s, %s)", OWNER, privilege):
            return
        try:
            connection.execute(sql.SQL("grant {} to {}").format(sql.Identifier(OWNER), sql.Identifier(user)))
        except pg.InsufficientPrivilege as error:
            raise HarnessError(
                f"{user} is not a member of {OWNER} and may not become one.",
                f"Have a superuser run: grant {OWNER} to {user};",
            ) from error
        except (pg.InternalError_, pg.UniqueViolation):
            # "tuple concurrently updated": a deployment of another database grants the same at this moment
            time.sleep(0.05 * (attempt + 1))


def _ensure_create(connection: Connection, user: str) -> None:
    question = "select has_database_privilege(%s, current_database(), 'create')"
    if _scalar(connection, question, OWNER):
        return
    database = connection.info.dbname
    grant = sql.SQL("grant create on database {} to {}").format(sql.Identifier(database), sql.Identifier(OWNER))
    with suppress(pg.InsufficientPrivilege):
        connection.execute(grant)
    if not _scalar(connection, question, OWNER):
        raise HarnessError(
            f"{user} may not let {OWNER} create schemas in the database {database}.",
            f"Have the database's owner run: {grant.as_string(connection)};",
        )


_META = (
    "create schema erp_meta",
    "comment on schema erp_meta is 'The harness''s memory: migrations and deployments.'",
    """
    create table erp_meta.migration (
        migration_id text not null,
        checksum text not null,
        applied_at timestamptz not null default now(),
        applied_by text not null default session_user,
        constraint migration_pkey primary key (migration_id)
    )
    """,
    """
    comment on table erp_meta.migration is
    'The applied migrations with the SHA-256 of their content, written in the migration''s own transaction.'
    """,
    """
    create table erp_meta.deployment (
        deployment_id bigint generated always as identity,
        deployed_at timestamptz not null default now(),
        deployed_by text not null default session_user,
        kind text not null,
        release text not null,
        server_version integer not null default current_setting('server_version_num')::integer / 10000,
        migrations text[] not null,
        sources jsonb not null,
        source_checksum text not null,
        catalog jsonb not null,
        catalog_checksum text not null,
        constraint deployment_pkey primary key (deployment_id),
        constraint deployment_kind_known check (kind in ('deploy', 'rollback'))
    )
    """,
    """
    comment on table erp_meta.deployment is
    'The deployments: who, when, which release, the checksum of each source and of each object that came of them.'
    """,
)


def _create_meta(connection: Connection) -> None:
    with connection.transaction():
        for statement in _META:
            connection.execute(statement.encode())


def _log(
    connection: Connection,
    kind: str,
    migrations: Iterable[str],
    sources: dict[str, str],
    fingerprint: dict[str, str],
) -> None:
    connection.execute(
        """
        insert into erp_meta.deployment
        (kind, release, migrations, sources, source_checksum, catalog, catalog_checksum)
        values (%s, %s, %s, %s, %s, %s, %s)
        """,
        [kind, _release(), list(migrations), *_summed(sources), *_summed(fingerprint)],
    )


def _summed(checksums: dict[str, str]) -> tuple[str, str]:
    text = json.dumps(checksums, sort_keys=True)
    return text, _checksum(text)


def _release() -> str:
    try:
        return version("rilascio")
    except PackageNotFoundError:
        return "unknown"


def _scalar(connection: Connection, query: str, *arguments: object) -> Any:
    with connection.cursor(row_factory=scalar_row) as cursor:
        return cursor.execute(query.encode(), arguments or None).fetchone()


# --- yoyo ------------------------------------------------------------------------------------------------------------


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
def _yoyo(dsn: str, lock_timeout: str) -> Iterator[Any]:
    """Open yoyo on its tables in `erp_meta`, as the owner. Only inside the advisory lock: a lock row that is there
    is then the remnant of a killed process."""
    parameters = _parameters(dsn, role=OWNER, lock_timeout=lock_timeout)
    database = parameters.pop("dbname", None)
    uri = DatabaseURI("postgresql+psycopg", None, None, None, None, database, {**parameters, "schema": "erp_meta"})
    with _Backend(uri, "_yoyo_migration") as backend:
        backend.init_database()
        backend.break_lock()
        backend.ensure_internal_schema_updated()
        with backend.lock():
            yield backend


def _yoyo_migrations(bundle: Bundle) -> dict[str, Any]:
    found = {m.id: m for m in read_migrations(escape(str(bundle.migrations_folder)))}
    for migration in found.values():
        try:
            migration.load()
        except BadMigration as error:
            raise HarnessError(f"Migration {migration.id} cannot be read: {error}.") from error
    return found


def _add_step(
    migration: Any,
    apply: Callable[[Connection], None] | None,
    rollback: Callable[[Connection], None] | None,
) -> None:
    """Append a step to a migration: it runs last on the way there and first on the way back, in the migration's
    transaction if that has one."""
    wrapper = TransactionWrapper if migration.use_transactions else Transactionless
    migration.steps.append(wrapper(MigrationStep(len(migration.steps), apply, rollback)))


def _remember(migration: Migration) -> Callable[[Connection], None]:
    def remember(connection: Connection) -> None:
        connection.execute(
            "insert into erp_meta.migration (migration_id, checksum) values (%s, %s)",
            [migration.id, migration.checksum],
        )

    return remember


def _forget(migration: Migration) -> Callable[[Connection], None]:
    def forget(connection: Connection) -> None:
        connection.execute("delete from erp_meta.migration where migration_id = %s", [migration.id])

    return forget


def _migrate(connection: Connection, dsn: str, bundle: Bundle, state: _State, lock_timeout: str, say: Progress) -> None:
    """Apply what is pending, each migration in its own transaction, and complete the marks of interrupted ones."""
    if not (state.pending or state.unmarked):
        return
    known = _yoyo_migrations(bundle)
    files = {m.id: m for m in state.migrations}
    with _yoyo(dsn, lock_timeout) as backend:
        for name in state.unmarked:
            say(f"Mark {name}, which an interrupted deployment had applied")
            backend.mark_migrations([known[name]])
        for name in state.pending:
            say(f"Migration {name}")
            _add_step(known[name], _remember(files[name]), None)
            with _told(connection, f"Migration {name}"):
                try:
                    backend.apply_one(known[name])
                except (
                    pg.DuplicateTable,
                    pg.DuplicateSchema,
                    pg.DuplicateObject,
                    pg.DuplicateColumn,
                ) as error:
                    told = explain(error)
                    raise HarnessError(
                        f"Migration {name} failed: {told.message}",
                        "Drop or rename what is in the way. If the migration was already applied in full, run "
                        f"rilascio mark {name}.",
                    ) from error


# --- routines, views, grants -----------------------------------------------------------------------------------------


def _apply_sources(connection: Connection, state: _State, say: Progress) -> tuple[dict[str, str], tuple[str, ...]]:
    """Apply every source, check, and log, in one transaction. Return the fingerprint recorded, and the strays."""
    say(f"Routines, views and grants: {len(state.sources)} files")
    with connection.transaction():
        before = after = catalog.code_versions(connection)
        for source in state.sources:
            if source.name == "grants":  # which touches the rows of strays too
                after = catalog.code_versions(connection)
            with _told(connection, f"{source.name}.sql", text=source.text), connection.transaction():
                connection.execute(source.text.encode())
        for name, value in catalog.SETTINGS.items():
            _scalar(connection, "select set_config(%s, %s, true)", name, value)
        if offences := catalog.unsafe(connection):
            shown = "; ".join(f"{o.object} {o.problem}" for o in offences[:3])
            more = f"; and {len(offences) - 3} more" if len(offences) > 3 else ""
            raise HarnessError(
                f"The deployment would be unsafe and was undone: {shown}{more}.",
                "Correct the sources: see the privileges in sql/grants.sql.",
            )
        strays = tuple(sorted(i for i, row in after.items() if before.get(i) == row))
        made = {i: md5 for i, md5 in catalog.fingerprint(connection).items() if i not in strays}
        _log(connection, "deploy", state.pending, state.checksums, made)
    return made, strays


# --- the five commands -----------------------------------------------------------------------------------------------


def deploy(
    dsn: str,
    *,
    lock_timeout: str = LOCK_TIMEOUT,
    progress: Progress | None = None,
    dry_run: bool = False,
    bundle: Bundle | None = None,
) -> DeployReport:
    """Bring a database to this release, and say what was done; nothing is written if nothing is to do.

    `lock_timeout` bounds how long each statement waits for a lock (`5s`, `500ms`). `progress` is called with a
    sentence per step. With `dry_run` nothing is written or locked. Every failure is a `HarnessError`.
    """
    say = progress or _silent
    bundle = bundle or Bundle.shipped()
    with _connection(dsn, lock_timeout) as connection:
        if dry_run:
            _refuse_foreign(connection)
            _act_as_owner(connection)
            state = _state(connection, bundle)
            _refuse_inconsistent(state)
            return _report(state, dry_run=True)
        with _alone(connection, say):
            _refuse_foreign(connection)
            roles = _ensure_roles(connection)
            _act_as_owner(connection)
            state = _state(connection, bundle)
            _refuse_inconsistent(state)
            if state.up_to_date:
                return _report(state, roles=roles)
            if not state.installed:
                _create_meta(connection)
            _migrate(connection, dsn, bundle, state, lock_timeout, say)
            recorded, strays = _apply_sources(connection, state, say)
            unrepaired: tuple[str, ...] = ()
            if state.last and state.same_server and not state.sources_changed and not state.pending:
                unrepaired = catalog.drift(state.last["catalog"], recorded).repairable
            return _report(state, roles=roles, strays=strays, unrepaired=unrepaired)


def _report(
    state: _State,
    *,
    dry_run: bool = False,
    roles: tuple[str, ...] = (),
    strays: tuple[str, ...] | None = None,
    unrepaired: tuple[str, ...] = (),
) -> DeployReport:
    drifted = state.drift.repairable if not state.sources_changed else _code_only(state.drift.repairable)
    return DeployReport(
        release=_release(),
        dry_run=dry_run,
        changed=bool(roles) or not state.up_to_date,
        roles=roles,
        migrations=state.pending,
        marked=state.unmarked,
        sources=state.sources_changed,
        repaired=tuple(i for i in drifted if i not in unrepaired),
        unrepaired=unrepaired,
        strays=state.strays if strays is None else strays,
    )


def _silent(_: str) -> None:
    pass


def _act_as_owner(connection: Connection) -> None:
    """Become the owner where that is possible: reading `erp_meta` takes it."""
    known = _scalar(connection, "select exists (select from pg_roles where rolname = %s)", OWNER)
    privilege = "set" if connection.info.server_version >= 160000 else "member"
    if known and _scalar(connection, "select pg_has_role(session_user, %s, %s)", OWNER, privilege):
        connection.execute(sql.SQL("set role {}").format(sql.Identifier(OWNER)))


def status(dsn: str, *, bundle: Bundle | None = None) -> StatusReport:
    """Say what a database holds against what this release brings. Writes and locks nothing."""
    bundle = bundle or Bundle.shipped()
    with _connection(dsn) as connection:
        if foreign := _foreign_schemas(connection):
            return StatusReport("foreign", _release(), foreign_schemas=foreign)
        _act_as_owner(connection)
        state = _state(connection, bundle)
        return StatusReport(
            state=_state_word(state),
            release=_release(),
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
            last=_last(state),
        )


def _state_word(state: _State) -> str:
    if not state.installed:
        return "empty"
    if state.edited:
        return "edited"
    if state.unknown:
        return "newer"
    if not state.same_server or state.pending or state.unmarked or state.unrecorded or state.sources_changed:
        return "behind"
    return "drifted" if state.drift.repairable or state.strays else "current"


def _last(state: _State) -> LastDeployment | None:
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
    with _connection(dsn, lock_timeout) as connection, _alone(connection, say):
        _refuse_foreign(connection)
        _act_as_owner(connection)
        state = _state(connection, bundle)
        _refuse_inconsistent(state)
        undone = _chosen(state, steps, to)
        dropped: list[str] = []
        if undone:
            known = _yoyo_migrations(bundle)
            files = {m.id: m for m in state.migrations}

            def drop_code(connection: Connection) -> None:
                dropped.extend(_drop_code(connection, state))
                _log(connection, "rollback", undone, {}, {})

            with _yoyo(dsn, lock_timeout) as backend:
                for name in undone:
                    say(f"Back from {name}")
                    _add_step(known[name], None, _forget(files[name]))
                    if name == undone[0]:
                        _add_step(known[name], None, drop_code)
                    with _told(connection, f"The way back from {name}"):
                        backend.rollback_one(known[name])
        remaining = tuple(name for name in state.applied if name not in undone)
        return RollbackReport(tuple(undone), remaining, tuple(dropped))


def _chosen(state: _State, steps: int | None, to: str | None) -> list[str]:
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


def _drop_code(connection: Connection, state: _State) -> tuple[str, ...]:
    """Drop what the last deployment's sources made, without cascade: whatever else hangs on it stops us."""
    made = _code_only(state.last["catalog"] if state.last else {})
    left, error = list(made), None
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
    with _connection(dsn, lock_timeout) as connection, _alone(connection, progress or _silent):
        _refuse_foreign(connection)
        _act_as_owner(connection)
        state = _state(connection, bundle)
        file = next((m for m in state.migrations if m.id == migration.removesuffix(".sql")), None)
        if file is None:
            raise HarnessError(f"There is no migration {migration}.", "rilascio status lists them.", exit_code=USAGE)
        if not state.installed:
            raise HarnessError("The database holds no rilascio.", "Run rilascio deploy.")
        if file.id in state.edited:
            _refuse_inconsistent(state)
        if file.id in state.recorded and file.id in state.marked:
            return False
        with _yoyo(dsn, lock_timeout) as backend:
            if file.id not in state.marked:
                backend.mark_migrations([_yoyo_migrations(bundle)[file.id]])
            if file.id not in state.recorded:
                _remember(file)(connection)
        return True
