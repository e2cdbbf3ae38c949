"""What all checks of the catalog share."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
from psycopg.rows import scalar_row

SCHEMAS = ["erp", "erp_api", "erp_data", "erp_internal", "erp_meta"]

Check = Callable[[psycopg.Connection], list[str]]

Breach = tuple[Check, str, str]
"""A check, what to do to the catalog, and words of what the check must then say."""

PLPGSQL = "create function erp_internal.careless(p_id integer) returns bigint language plpgsql {} as $$ {} $$"
PINNED = "security definer set search_path = pg_catalog, pg_temp"


def found(connection: psycopg.Connection, query: str) -> list[str]:
    """Return the one column of a query over the catalog; `%(schemas)s` are ours."""
    with connection.cursor(row_factory=scalar_row) as cursor:
        return cursor.execute(query.encode(), {"schemas": SCHEMAS}).fetchall()
