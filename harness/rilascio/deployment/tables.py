"""What the migrations made of tables, as it is written down and as it is now.

Tables hold data, so no deployment touches them but by a migration; row security and policies may come with the grants.
What either changed is written down in its own transaction (`erp_meta.expected_object`), so what somebody changed by
hand stays a difference, whatever follows.
"""

from __future__ import annotations

from collections.abc import Mapping

from rilascio.deployment import catalog
from rilascio.deployment.common import Connection
from rilascio.queries import read_query


def describe_objects(connection: Connection) -> dict[str, str]:
    """Describe whatever the migrations make: identity to definition."""
    with connection.cursor() as cursor:
        names = list(catalog.SETTINGS)
        settings = cursor.execute("select n, current_setting(n) from unnest(%s::text[]) as n", [names]).fetchall()
        setting = "select set_config(n, v, false) from unnest(%s::text[], %s::text[]) as s (n, v)"
        cursor.execute(setting, [names, list(catalog.SETTINGS.values())])
        found = cursor.execute(
            read_query(__file__, "table_objects"), {"schemas": list(catalog.PRODUCT_SCHEMAS)}
        ).fetchall()
        cursor.execute(setting, [[name for name, _ in settings], [value for _, value in settings]])
    return {identity: definition or "" for identity, definition in found}


def create_expected_object(connection: Connection) -> None:
    """Make the table of what is expected, unless it is there."""
    connection.execute(read_query(__file__, "create_expected_object"))


def expected_objects(connection: Connection) -> dict[str, str] | None:
    """Return what is written down; None where a deployment did not write such things down yet."""
    known = connection.execute("select to_regclass('erp_meta.expected_object') is not null").fetchone()
    if known is None or not known[0]:
        return None
    rows = connection.execute("select identity, definition from erp_meta.expected_object").fetchall()
    return dict(rows)


def accept_tables(connection: Connection) -> None:
    """Write down what there is, whoever made it: for a database that was deployed before anything was written down,
    and for migrations that were applied by hand."""
    with connection.transaction():
        create_expected_object(connection)
        connection.execute("delete from erp_meta.expected_object")
        _write(connection, describe_objects(connection))


class TableRecord:
    """What happens between `begin` and `end` is written down as expected."""

    def __init__(self, before: dict[str, str] | None = None) -> None:
        self._before = before or {}

    def begin(self, connection: Connection) -> None:
        self._before = describe_objects(connection)

    def end(self, connection: Connection) -> None:
        after = describe_objects(connection)
        gone = [identity for identity in self._before if identity not in after]
        connection.execute("delete from erp_meta.expected_object where identity = any(%s)", [gone])
        _write(connection, {i: text for i, text in after.items() if self._before.get(i) != text})


def _write(connection: Connection, definitions: Mapping[str, str]) -> None:
    connection.execute(
        """
        insert into erp_meta.expected_object (identity, definition)
        select * from unnest(%s::text[], %s::text[])
        on conflict on constraint expected_object_pkey do update set definition = excluded.definition
        """,
        [list(definitions), list(definitions.values())],
    )
