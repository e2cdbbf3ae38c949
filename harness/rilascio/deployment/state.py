"""What a database holds of the product, and whether it may be touched."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from psycopg.rows import dict_row, scalar_row

from rilascio.deployment import catalog, tables
from rilascio.deployment.bundle import Bundle, Migration, Source
from rilascio.deployment.common import OWNER, Connection
from rilascio.deployment.repairs import Difference, compare_objects
from rilascio.deployment.session import act_as_owner, error_context
from rilascio.errors import HarnessError


@dataclass(frozen=True)
class State:
    """What a database holds, compared with the files of this release."""

    migrations: list[Migration]
    sources: list[Source]
    installed: bool = False
    recorded: dict[str, str] = field(default_factory=dict)
    marked: frozenset[str] = frozenset()
    last: dict[str, Any] | None = None
    texts_kept: frozenset[str] = frozenset()
    """The checksums of the sources whose texts the database keeps."""
    objects: dict[str, str] = field(default_factory=dict)
    tables_expected: dict[str, str] = field(default_factory=dict)
    """What the migrations made (rilascio.deployment.tables)."""
    tables_found: dict[str, str] = field(default_factory=dict)
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
    def table_differences(self) -> tuple[Difference, ...]:
        return compare_objects(self.tables_expected, self.tables_found)

    @property
    def strays(self) -> tuple[str, ...]:
        return code_only(self.drift.stray) if self.last else ()

    @property
    def up_to_date(self) -> bool:
        return (
            self.same_server
            and not (self.pending or self.unmarked or self.sources_changed)
            and not self.drift.repairable
            and not any(one.may_come_with_grants for one in self.table_differences)
        )


def code_only(identities: Iterable[str]) -> tuple[str, ...]:
    return tuple(i for i in identities if i.startswith(("routine ", "view ", "trigger ")))


def foreign_schemas(connection: Connection) -> tuple[str, ...]:
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


def state_of(connection: Connection, bundle: Bundle) -> State:
    migrations, sources = bundle.migrations(), bundle.sources()
    if not _installed(connection):
        return State(migrations, sources)
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
        kept = cursor.execute("select checksum from erp_meta.source").fetchall()
    tables_expected, tables_found = tables.expected_and_found(connection)
    return State(
        migrations,
        sources,
        installed=True,
        recorded={row["migration_id"]: row["checksum"] for row in recorded},
        marked=frozenset(row["migration_id"] for row in marked),
        last=last,
        texts_kept=frozenset(row["checksum"] for row in kept),
        objects=_fingerprint(connection),
        tables_expected=tables_expected,
        tables_found=tables_found,
        server=connection.info.server_version // 10000,
    )


def _fingerprint(connection: Connection) -> dict[str, str]:
    # the text of a view takes a lock on its tables
    with error_context(connection, "Reading the catalog"):
        return catalog.fingerprint(connection)


def consistent_state(connection: Connection, bundle: Bundle) -> State:
    """Return what a database holds, as the owner where that is possible; refuse one that is not to be touched."""
    refuse_foreign(connection)
    act_as_owner(connection)
    state = state_of(connection, bundle)
    refuse_inconsistent(state)
    return state


def deployable_state(connection: Connection, bundle: Bundle) -> State:
    """Return what a database holds that is to be brought to this release; refuse one to which that cannot be done."""
    state = consistent_state(connection, bundle)
    if not state.up_to_date:
        refuse_foreign_owned(connection)
    return state


def refuse_foreign(connection: Connection) -> None:
    if foreign := foreign_schemas(connection):
        plural = "schemas" if len(foreign) > 1 else "schema"
        raise HarnessError(
            f"The database {connection.info.dbname} already holds the {plural} {', '.join(foreign)}, which rilascio did"
            " not make.",
            "Nothing was changed. Its schemas have fixed names, so make a database for it beside that one (create"
            " database NAME template template0 encoding 'UTF8') and deploy there; or rename what is there (alter schema"
            f" {foreign[0]} rename to NAME).",
        )


def refuse_foreign_owned(connection: Connection) -> None:
    """Refuse what lies in our schemas and belongs to others: neither it nor what hangs on it can be changed."""
    if owned := catalog.foreign_owned(connection):
        shown = "; ".join(f"the {one.object} {one.problem}" for one in owned[:3])
        more = f"; and {len(owned) - 3} more" if len(owned) > 3 else ""
        raise HarnessError(
            f"Not everything in the schemas of rilascio belongs to {OWNER}: {shown}{more}.",
            f"Nothing was changed. What rilascio made is given back by a superuser (alter {owned[0].object} owner to"
            f" {OWNER};), and what it did not make goes to a schema of its own (alter … set schema …).",
        )


def refuse_inconsistent(state: State) -> None:
    if state.edited:
        files = ", ".join(f"{name}.sql" for name in state.edited)
        raise HarnessError(
            f"Edited after it was applied: {files}.",
            "Nothing was changed. Put the file back as it was, and write what is new as a new migration. If nobody"
            " edited it, the database was deployed from another state of rilascio: deploy that one, or make a new"
            " database.",
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
