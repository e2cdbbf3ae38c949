"""What the database's catalog says about our schemas: fingerprints, drift, and lint.

Every function takes a connection and only reads. Identities are readable: `routine erp_api.preview_release(…)`,
`view erp_api.release_grid`, `trigger … on erp.stock_movement`, `privileges on table erp.item`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.rows import class_row, scalar_row

from rilascio.deployment.statements import Statement
from rilascio.queries import read_query

SCHEMAS = ("erp", "erp_api", "erp_data", "erp_internal", "erp_meta")
"""Every schema of the product; `erp_meta` is the harness's own."""

PRODUCT_SCHEMAS = ("erp", "erp_api", "erp_data", "erp_internal")

SETTINGS = {
    "search_path": "pg_catalog,pg_temp",
    "quote_all_identifiers": "off",
    "DateStyle": "ISO",
    "IntervalStyle": "postgres",
    "TimeZone": "UTC",
    "bytea_output": "hex",
}
"""Settings on which the catalog's texts depend; a session that takes fingerprints has them pinned."""

Connection = psycopg.Connection[Any]

_CODE = read_query(__file__, "code")
_PRIVILEGES = read_query(__file__, "privileges")
FINGERPRINT = b"select identity, md5(definition) as md5 from (%b) as code\nunion all\n%b" % (_CODE, _PRIVILEGES)
FINGERPRINT_SCHEMAS = {"schemas": list(PRODUCT_SCHEMAS), "guarded": list(SCHEMAS)}


def fingerprint(connection: Connection) -> dict[str, str]:
    """Hash every routine, view and trigger of the product's schemas, and every privilege of ours: identity to md5.

    The session must have `SETTINGS` pinned, or the texts differ.
    """
    with connection.cursor() as cursor:
        return dict(cursor.execute(FINGERPRINT, FINGERPRINT_SCHEMAS).fetchall())


def code_versions(connection: Connection) -> dict[str, str]:
    """Return the version of the catalog row of every routine, view and trigger: it changes with each replacement."""
    with connection.cursor() as cursor:
        cursor.execute(
            b"select identity, version from (%b) as code" % _CODE,
            {"schemas": list(PRODUCT_SCHEMAS)},
        )
        return dict(cursor.fetchall())


@dataclass(frozen=True)
class Drift:
    """How the catalog differs from what a deployment recorded. Identities, sorted."""

    changed: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    stray: tuple[str, ...] = ()

    @property
    def repairable(self) -> tuple[str, ...]:
        """What a deployment would put right: strays it leaves alone."""
        return self.changed + self.missing


def drift(recorded: dict[str, str], current: dict[str, str]) -> Drift:
    """Compare two fingerprints."""
    return Drift(
        changed=tuple(sorted(i for i in recorded.keys() & current.keys() if recorded[i] != current[i])),
        missing=tuple(sorted(recorded.keys() - current.keys())),
        stray=tuple(sorted(current.keys() - recorded.keys())),
    )


def existing_schemas(connection: Connection) -> dict[str, str]:
    """Return the schemas of our names that the database holds, each with its owner."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select nspname, pg_get_userbyid(nspowner) from pg_namespace where nspname = any(%s) order by 1",
            [list(SCHEMAS)],
        )
        return dict(cursor.fetchall())


# --- lint ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Violation:
    """One object that breaks a rule of the house."""

    object: str
    problem: str


def _violations(
    connection: Connection,
    name: str,
    schemas: tuple[str, ...] = PRODUCT_SCHEMAS,
) -> list[Violation]:
    with connection.cursor(row_factory=class_row(Violation)) as cursor:
        return cursor.execute(read_query(__file__, name), {"schemas": list(schemas)}).fetchall()


def missing_comments(connection: Connection) -> list[Violation]:
    """Schemas, tables, columns, views and routines of `erp` and `erp_api` that explain nothing."""
    return _violations(connection, "missing_comments", ("erp", "erp_api"))


def unpinned_definers(connection: Connection) -> list[Violation]:
    """Security definer routines whose search_path a caller could bend."""
    return _violations(connection, "unpinned_definers")


def public_privileges(connection: Connection) -> list[Violation]:
    """Whatever of ours everybody may execute, read, write or use."""
    return _violations(connection, "public_privileges", SCHEMAS)


def unnamed_constraints(connection: Connection) -> list[Violation]:
    """Constraints and indexes whose name PostgreSQL chose (a numbered or bare `_check`, an `_idx` of no constraint)."""
    return _violations(connection, "unnamed_constraints")


def foreign_owned(connection: Connection) -> list[Violation]:
    """Objects in our schemas that do not belong to `erp_owner`; views may belong to `erp_view`."""
    return _violations(connection, "foreign_owned", SCHEMAS)


UNSAFE = Statement(
    b"\nunion all\n".join(
        b"(\n%b)" % read_query(__file__, name) for name in ("unpinned_definers", "public_privileges", "foreign_owned")
    ),
    {"schemas": list(SCHEMAS)},
)
"""Whatever makes a deployment unsafe: checked before each deployment commits. Columns `object` and `problem`."""


def unsafe(connection: Connection) -> list[Violation]:
    """Whatever makes a deployment unsafe."""
    return [Violation(*row) for row in UNSAFE.run(connection)]


def foreign_dependents(connection: Connection) -> list[str]:
    """What is not ours and depends on something in our schemas."""
    with connection.cursor(row_factory=scalar_row) as cursor:
        return cursor.execute(read_query(__file__, "foreign_dependents"), {"schemas": list(SCHEMAS)}).fetchall()


def blocking_sessions(connection: Connection, relation: str | None = None) -> list[str]:
    """Describe the other sessions that hold locks in this database, on a relation or on any of ours, longest
    transaction first."""
    with connection.transaction(force_rollback=True), connection.cursor(row_factory=scalar_row) as cursor:
        # the owner may not see how old the transactions of others are
        cursor.execute("set local role none")
        return cursor.execute(
            read_query(__file__, "blocking_sessions"), {"schemas": list(SCHEMAS), "relation": relation}
        ).fetchall()
