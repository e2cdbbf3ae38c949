"""What puts data is written from the description of the load format and the catalog, and is complete."""

import json
from pathlib import Path

import psycopg

from harness.dev import data_puts
from harness.dev.data_puts.catalog import read_tables
from harness.dev.data_puts.columns import plan_attributes
from harness.dev.data_puts.kinds import EMPTIED, KINDS
from harness.dev.sql_text import ROOM
from rilascio.loading.files import FILE

DOCS = Path(__file__).parents[2] / "docs"

NAMED_BY_VALUE = {
    ("lot", "removed_stock_movement"): "history keeps the code of a lot, since a lot may go before it",
    ("warehouse", "removed_stock_movement"): "its record names the warehouse",
    ("job_order", "removed_stock_record"): "history names the order, and shows no job order",
}
"""Tables that name a row of a kind without a foreign key and let it go, and why."""


def test_the_committed_functions_are_those_that_are_written(rilascio: psycopg.Connection) -> None:
    texts = data_puts.functions(rilascio)
    assert len(texts) > 40
    for name, text in texts.items():
        assert (ROOM / f"{name}.sql").read_text("utf-8") == text, f"{name}.sql is old: run make docs"


def test_the_types_of_planned_rows_have_the_columns_that_are_written(rilascio: psycopg.Connection) -> None:
    tables = read_tables(rilascio)
    query = """
        select a.attname::text, format_type(a.atttypid, null)
        from pg_attribute as a
        where a.attrelid = %s::regclass and a.attnum > 0 and not a.attisdropped
        order by a.attnum
    """
    for kind in KINDS:
        found = rilascio.execute(query, [f"erp_internal.{kind}_plan"]).fetchall()
        expected = [(name, type.replace(" []", "[]")) for name, type in plan_attributes(FILE[kind], tables)]
        assert found == expected, f"erp_internal.{kind}_plan, migration 0008"


def test_a_kind_is_put_after_those_that_it_names() -> None:
    for turn, kind in enumerate(KINDS):
        named = {reference.file for reference in FILE[kind].references} - {kind}
        assert named <= set(KINDS[:turn]), kind


def test_R72_whoever_names_a_row_keeps_it(rilascio: psycopg.Connection) -> None:
    """By a foreign key, or by a column of the name of the row's id that belongs to none."""
    rows = rilascio.execute(
        """
        select t.relname::text, c.relname::text
        from pg_constraint as o
        inner join pg_class as c on c.oid = o.conrelid
        inner join pg_class as t on t.oid = o.confrelid
        where o.contype = 'f' and o.conparentid = 0 and c.relnamespace = 'erp'::regnamespace
        union
        select i.kind, c.relname::text
        from unnest(%s::text[], %s::text[]) as i (kind, identity)
        inner join pg_attribute as a on a.attname = i.identity
        inner join pg_class as c on c.oid = a.attrelid and c.relkind in ('r', 'p') and not c.relispartition
        where
            c.relnamespace = 'erp'::regnamespace and c.relname <> i.kind
            and not exists (
                select from pg_constraint as o
                where o.conrelid = c.oid and o.contype = 'f' and a.attnum = any (o.conkey)
            )
        """,
        [list(KINDS), [FILE[kind].identity for kind in KINDS]],
    ).fetchall()
    assert len(rows) > 30
    for kind, table in rows:
        if kind not in KINDS or kind == "company" or (kind, table) in NAMED_BY_VALUE:
            continue
        if table in EMPTIED.get(kind, ()) or (kind, table) == ("movement_reason", "movement_reason"):
            assert table in (ROOM / f"delete_{kind}.sql").read_text("utf-8")
            continue
        assert f"inner join erp.{table} as t" in (ROOM / f"uses_of_{kind}.sql").read_text("utf-8"), (kind, table)


def test_the_schema_of_data_knows_every_column_that_is_shown(rilascio: psycopg.Connection) -> None:
    schema = json.loads((DOCS / "data.schema.json").read_text("utf-8"))
    for name, columns in rilascio.execute(
        """
        select c.relname::text, array_agg(a.attname::text)
        from pg_class as c
        inner join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0
        where c.relnamespace = 'erp_data'::regnamespace and c.relname not like 'stock%'
        group by c.relname
        """
    ).fetchall():
        around = {"order_year", "order_number", "order_lot", "line"}
        known = set(schema["$defs"][name]["properties"])
        assert set(columns) - known <= (around if name.startswith(("production_order_", "material_lot")) else set())
