"""What the migrations made of tables, as it is written down and as it is now.

Tables hold data, so no deployment touches them but by a migration; row security and policies may come with the grants.
What either changed is written down in its own transaction (`erp_meta.expected_object`), so what somebody changed by
hand stays a difference, whatever follows.
"""

from __future__ import annotations

from collections.abc import Iterable

from rilascio.deployment import catalog
from rilascio.deployment.common import Connection
from rilascio.deployment.repairs import Difference, compare_objects
from rilascio.deployment.statements import Statement
from rilascio.queries import read_query, with_found

OBJECTS = read_query(__file__, "table_objects")
_SCHEMAS = list(catalog.PRODUCT_SCHEMAS)


def describe_objects(connection: Connection) -> dict[str, str]:
    """Describe whatever the migrations make: identity to definition."""
    with connection.cursor() as cursor:
        names = list(catalog.SETTINGS)
        settings = cursor.execute("select n, current_setting(n) from unnest(%s::text[]) as n", [names]).fetchall()
        setting = "select set_config(n, v, false) from unnest(%s::text[], %s::text[]) as s (n, v)"
        cursor.execute(setting, [names, list(catalog.SETTINGS.values())])
        found = cursor.execute(OBJECTS, {"schemas": _SCHEMAS}).fetchall()
        cursor.execute(setting, [[name for name, _ in settings], [value for _, value in settings]])
    return {identity: definition or "" for identity, definition in found}


def expected_objects(connection: Connection) -> dict[str, str]:
    """Return what is written down."""
    return dict(connection.execute("select identity, definition from erp_meta.expected_object").fetchall())


def table_differences(connection: Connection) -> tuple[Difference, ...]:
    """Compare what there is with what is written down."""
    return compare_objects(expected_objects(connection), describe_objects(connection))


def record_tables(changed_by_hand: Iterable[Difference] = ()) -> Statement:
    """Write down what there is as expected, but for what had been changed by hand before, where that still is so."""
    found = {one.object: one.found for one in changed_by_hand}
    return Statement(
        with_found(read_query(__file__, "record_tables"), OBJECTS),
        {"schemas": _SCHEMAS, "identities": list(found), "definitions": list(found.values())},
    )
