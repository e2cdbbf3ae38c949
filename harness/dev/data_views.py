"""The views of `erp_data`, written from the one description of the load format: what you select is what you put.

`sql/views/data/<kind>.sql` shows the rows of a kind in the columns of its file, codes instead of ids, after the company
and before what cannot be put. A test compares the files with what is written here.
"""

from __future__ import annotations

import psycopg

from harness.dev.data_readers import READ_ONLY
from harness.dev.sql_text import VIEWS, WRITTEN, quoted, write_files
from rilascio.loading.files import FILE, FILES, File, FileReference

TITLES = {
    "company": "The parameters of the companies",
    "site": "Sites",
    "warehouse": "Warehouses",
    "location": "Locations of warehouses",
    "movement_reason": "Movement reasons of warehouses",
    "warehouse_rule": "Warehouse rules (R10)",
    "item": "Items",
    "item_variant": "Variants of items",
    "item_location": "The locations of items (R14)",
    "item_mrp_parameter": "MRP parameters of items (R3)",
    "lot": "Lots",
    "job_order": "Job orders, with their state (R50)",
    "production_order": "Production orders of every status",
    "production_order_phase": "Phases of production orders",
    "production_order_material": "Material rows of production orders",
    "material_lot": "Lots committed to material rows, as they are before the release of their order (R28)",
}
"""What each view holds; every kind of the load format but opening stock, which is put only once."""

SOURCES = {
    "material_lot": """(
    select
        c.company_id,
        c.production_order_id,
        c.line,
        c.lot_id,
        c.quantity
    from erp.material_lot as c
    where
        not exists (
            select
            from erp.material_lot_before_release as b
            where
                b.company_id = c.company_id and b.production_order_id = c.production_order_id
                and b.line = c.line and b.lot_id = c.lot_id
        )
    union all
    select
        b.company_id,
        b.production_order_id,
        b.line,
        b.lot_id,
        b.quantity
    from erp.material_lot_before_release as b
) as t"""
}
"""What a view reads, where that is not its table: a release takes commitments away, and restore brings them back."""

OTHER_NAMES = {"order_id": "production_order_id"}
"""What a table calls a column that a put compares alone, where its view calls it otherwise."""


def views(connection: psycopg.Connection) -> dict[str, str]:
    """Return the text of every view by kind. Comments are those of the tables' columns."""
    comments = {
        (table, column): comment
        for table, column, comment in connection.execute(
            """
            select c.relname::text, a.attname::text, pg_catalog.col_description(c.oid, a.attnum)
            from pg_catalog.pg_class as c
            inner join pg_catalog.pg_attribute as a on a.attrelid = c.oid and a.attnum > 0
            where c.relnamespace = 'erp'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
            """
        ).fetchall()
    }
    return {file.name: _view(file, comments) for file in FILES if file.name in TITLES}


def write_views(connection: psycopg.Connection) -> None:
    """Write the files anew."""
    write_files(VIEWS, views(connection))


def _view(file: File, comments: dict[tuple[str, str], str]) -> str:
    table = file.tables[-1] if file.name == "company" else file.tables[0]
    columns, joins = ["t.company_id"], list[str]()
    described = {"company_id": comments[table, "company_id"]}
    aliases: dict[str, str] = {}
    for column in file.columns:
        name = column.name
        if (table, name) in comments:
            columns.append(f"t.{name}")
            described[name] = comments[table, name]
            continue
        if file.name == "company":
            columns.append(f"c.{name}")
            described[name] = comments["company", name]
            continue
        reference = _reference(file, name)
        target = FILE[reference.file]
        assert target.identity is not None
        identity = reference.takes[target.identity]
        if identity not in aliases:
            aliases[identity] = identity.removesuffix("_id")
            alias = aliases[identity]
            joins.append(
                f"left join erp.{target.tables[0]} as {alias}\n    on\n"
                f"        {alias}.company_id = t.company_id\n"
                f"        and {alias}.{target.identity} = t.{identity}"
            )
        code = target.key[reference.columns.index(name)]
        columns.append(f"{aliases[identity]}.{code}" + ("" if code == name else f" as {name}"))
        described[name] = comments[target.tables[0], code]
        if identity != target.identity:
            described[name] = f"{identity.removesuffix('_id').replace('_', ' ').capitalize()}: {described[name]}"
    for name in READ_ONLY.get(file.name, ()):
        source = OTHER_NAMES.get(name, name)
        columns.append(f"t.{source}" + ("" if source == name else f" as {name}"))
        described[name] = comments[table, source]
    if file.name == "company":
        # the offset keeps the index of all codes away, which would be searched before the policy is checked
        joins.append("inner join (select * from erp.company offset 0) as c on c.company_id = t.company_id")
    return _text(file, table, columns, joins, described)


def _reference(file: File, column: str) -> FileReference:
    """Return the reference that gives a column its row: the one that needs the fewest columns."""
    found = [r for r in file.references if column in r.columns and FILE[r.file].identity in r.takes]
    return min(found, key=lambda r: len(r.columns))


def _text(file: File, table: str, columns: list[str], joins: list[str], described: dict[str, str]) -> str:
    view = f"erp_data.{file.name}"
    lines = [
        f"-- {TITLES[file.name]}.",
        f"{WRITTEN}.",
        f"create or replace view {view} as",
        "select",
        ",\n".join(f"    {column}" for column in columns),
        f"from {SOURCES.get(file.name, f'erp.{table} as t')}",
    ]
    source = "\n".join([*lines, *joins])
    comments = [
        f"comment on view {view} is {quoted(f'{TITLES[file.name]}, in the columns of {file.file_name}.')};",
        *(f"comment on column {view}.{name} is {quoted(text)};" for name, text in described.items()),
    ]
    return source + ";\n\n" + "\n".join(comments) + "\n"
