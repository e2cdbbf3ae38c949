"""What the migrations made of tables, as it is written down and as it is now.

Tables hold data, so no deployment touches them but by a migration; row security and policies may come with the grants.
What either changed is written down in its own transaction (`erp_meta.expected_object`), so what somebody changed by
hand stays a difference, whatever follows.

Which partitions a table has is not written down, but each has to be as the table is (`expected_partitions`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from rilascio.deployment import catalog
from rilascio.deployment.common import Connection
from rilascio.deployment.repairs import Difference, compare_objects
from rilascio.deployment.statements import Statement
from rilascio.queries import read_query, with_found

OBJECTS = read_query(__file__, "table_objects")
OBJECTS_OF = {"schemas": list(catalog.PRODUCT_SCHEMAS), "partitions": False}
_DAYS_LEFT = "DEFAULT"
"""The bound of the partition of all days that have no other."""


def describe_objects(connection: Connection, *, partitions: bool = False) -> dict[str, str]:
    """Describe whatever the migrations make, or what partitions have of their own: identity to definition."""
    with connection.cursor() as cursor:
        names = list(catalog.SETTINGS)
        settings = cursor.execute("select n, current_setting(n) from unnest(%s::text[]) as n", [names]).fetchall()
        setting = "select set_config(n, v, false) from unnest(%s::text[], %s::text[]) as s (n, v)"
        cursor.execute(setting, [names, list(catalog.SETTINGS.values())])
        found = cursor.execute(OBJECTS, OBJECTS_OF | {"partitions": partitions}).fetchall()
        cursor.execute(setting, [[name for name, _ in settings], [value for _, value in settings]])
    return {identity: definition or "" for identity, definition in found}


def expected_objects(connection: Connection) -> dict[str, str]:
    """Return what is written down."""
    return dict(connection.execute("select identity, definition from erp_meta.expected_object").fetchall())


def expected_partitions(written: Mapping[str, str], found: Mapping[str, str]) -> dict[str, str]:
    """Return what partitions have to be, by what is found and by what is written down of their tables.

    The owner, row security and policies are those of the table. A foreign key between partitions of the same days has
    the one between those of later days for a pattern. What names rows of some days has a partition of the same days;
    where what is named has none, not even one that was detached, it lies with later days.
    """
    members = {
        identity.removeprefix("table "): (match["table"], match["days"])
        for identity, definition in found.items()
        if (match := re.fullmatch(r"partition of (?P<table>\S+) (?P<days>.+)", definition))
    }
    named = {(table, days): name for name, (table, days) in members.items()}
    first = {table: days for table, days in named if days.startswith("FOR VALUES FROM (MINVALUE)")}
    wanted = {f"table {name}": f"partition of {table} {days}" for name, (table, days) in members.items()}
    for table in {table for table, _ in named}:
        wanted[f"table {table}_later"] = f"partition of {table} {_DAYS_LEFT}"
        # all were turned at once, before the same day
        if days := first.get(table) or next(iter(first.values()), None):
            wanted[f"table {table}_before"] = f"partition of {table} {days}"
    for identity, definition in written.items():
        kind, _, table = identity.rpartition(" ")
        if kind.startswith(("owner of ", "row security of ", "replica identity of ", "policy ")):
            wanted |= {f"{kind} {name}": definition for name, (of, _) in members.items() if of == table}
    for identity, definition in written.items():
        key = re.fullmatch(r"(constraint \S+ on) (\S+)_later", identity)
        names = re.search(r" REFERENCES (\S+)_later\(", definition)
        if key and names:
            wanted |= _keys_of_partitions(key[1], key[2], names[1], definition, named, found)
    return wanted


def _keys_of_partitions(
    kind: str, table: str, referenced: str, pattern: str, named: Mapping[tuple[str, str], str], found: Mapping[str, str]
) -> dict[str, str]:
    """Return the keys from partitions of a table to those of another, and both ends, by that of later days."""
    wanted = {}
    for days in {days for of, days in named if of in (table, referenced)}:
        own, target = named.get((table, days)), named.get((referenced, days))
        own = own or f"{table}{str(target).removeprefix(referenced)}"
        target = target or f"{referenced}{own.removeprefix(table)}"
        if f"table {target}" in found:
            wanted[f"table {target}"] = f"partition of {referenced} {days}"
        else:
            target = f"{referenced}_later"
        wanted[f"table {own}"] = f"partition of {table} {days}"
        wanted[f"{kind} {own}"] = pattern.replace(f" {referenced}_later(", f" {target}(")
    return wanted


def expected_and_found(connection: Connection) -> tuple[dict[str, str], dict[str, str]]:
    """Return all objects as they have to be, and as they are."""
    written, found = expected_objects(connection), describe_objects(connection)
    found |= describe_objects(connection, partitions=True)
    return written | expected_partitions(written, found), found


def table_differences(connection: Connection) -> tuple[Difference, ...]:
    """Compare what there is with what there should be."""
    return compare_objects(*expected_and_found(connection))


def record_tables(changed_by_hand: Iterable[Difference] = ()) -> Statement:
    """Write down what there is as expected, but for what had been changed by hand before, where that still is so."""
    found = {one.object: one.found for one in changed_by_hand}
    return Statement(
        with_found(read_query(__file__, "record_tables"), OBJECTS),
        OBJECTS_OF | {"identities": list(found), "definitions": list(found.values())},
    )
