"""What the loader asks of a file is what the tables ask: the same columns, the same words, neither more nor fewer."""

from __future__ import annotations

import re

import psycopg

from rilascio.loading.files import FILES

KEPT_BY_THE_PRODUCT = {
    "company": {"active"},
    "job_order": {"status", "copied_site_code"},
    "lot": {"registration_run_id"},
    "production_order": {
        "produced_quantity",
        "quantity_before",
        "copied_item_code",
        "copied_job_year",
        "copied_job_number",
        "first_department",
        "first_work_center",
        "first_machine",
        "release_run_id",
        "released_at",
        "short_close_run_id",
        "created_at",
        "created_by",
        "changed_at",
        "changed_by",
    },
}


def _columns(connection: psycopg.Connection, table: str) -> dict[str, bool]:
    """Each column of the table, and whether it must be given a value."""
    rows = connection.execute(
        """
        select attname, attnotnull and not atthasdef and attidentity = ''
        from pg_attribute where attrelid = format('erp.%%I', %s::text)::regclass and attnum > 0 and not attisdropped""",
        (table,),
    )
    return dict(rows.fetchall())


def test_every_column_of_a_loaded_table_can_be_loaded(rilascio: psycopg.Connection) -> None:
    for file in FILES:
        known = {column.name for column in file.columns} | {file.identity, "company_id"}
        known |= {name for reference in file.references for name in reference.takes.values()}
        for table in file.tables:
            assert _columns(rilascio, table).keys() - KEPT_BY_THE_PRODUCT.get(table, set()) <= known, table


def test_a_column_has_the_type_of_the_table(rilascio: psycopg.Connection) -> None:
    rows = rilascio.execute(
        """
        select attrelid::regclass::text, attname, format_type(atttypid, atttypmod)
        from pg_attribute join pg_class on pg_class.oid = attrelid
        where relnamespace = 'erp'::regnamespace and relkind in ('r', 'p') and attnum > 0"""
    ).fetchall()
    types = {(table.removeprefix("erp."), column): kind for table, column, kind in rows}
    for file in FILES:
        for column in file.columns:
            for table in file.tables:
                assert types.get((table, column.name), column.kind) == column.kind, f"{file.name}.{column.name}"


def test_a_column_is_required_where_the_table_needs_it(rilascio: psycopg.Connection) -> None:
    for file in FILES:
        needed: dict[str, bool] = {}
        for table in file.tables:
            needed |= _columns(rilascio, table)
        for column in file.columns:
            if column.name in needed and column.default is None:
                assert column.required == needed[column.name], f"{file.name}.{column.name}"


def test_the_words_are_those_of_the_table(rilascio: psycopg.Connection) -> None:
    rows = rilascio.execute(
        """
        select t.relname, a.attname, pg_get_constraintdef(c.oid)
        from pg_constraint as c join pg_class as t on t.oid = c.conrelid
            join pg_attribute as a on a.attrelid = t.oid and c.conkey = array[a.attnum]
        where c.contype = 'c' and t.relnamespace = 'erp'::regnamespace and c.conname like '%\\_known'"""
    ).fetchall()
    tables = {(table, column): set(re.findall(r"'(\w+)'", text)) for table, column, text in rows}
    words = {
        (table, column.name): set(column.words) for file in FILES for table in file.tables for column in file.columns
    }
    seen = words.keys() & tables.keys()
    assert len(seen) >= 9
    assert {place: words[place] for place in seen} == {place: tables[place] for place in seen}
    assert {place for place, known in words.items() if known} == seen
