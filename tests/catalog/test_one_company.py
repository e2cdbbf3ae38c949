"""What a company has, and what its calls do, stays within it: so companies can be spread over several machines."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

import psycopg

from harness.dev.docs.examples import run_example, scripts, statements_of
from rilascio.cluster.citus import REFERENCE_TABLES
from rilascio.testing import World

EXAMPLES = scripts(Path(__file__).parents[2] / "docs" / "examples")
TWIN = 2

# A company of the same rows with the same ids: a statement that leaves out the company finds them too.
MAKE_TWIN = """
do $$
declare
    v_table regclass;
begin
    set local session_replication_role = replica;
    for v_table in
        select c.oid from pg_class as c
        where c.relnamespace = 'erp'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
    loop
        execute format(
            'insert into %s select (jsonb_populate_record(t, %L)).* from %s as t where t.company_id = 1',
            v_table, '{"company_id": 2, "company_code": "TWIN"}', v_table
        );
    end loop;
    set local session_replication_role = origin;
end;
$$
"""

# Plans are those of large tables: of a small one PostgreSQL may rather read it from end to end.
LARGE = """
update pg_class set relpages = 1, reltuples = 10000000
where relnamespace = 'erp'::regnamespace and relkind = 'r'
"""

# Whoever owns the tables is told of each row of another company that a statement of his reads or writes.
WATCH = """
create function public.watch(p_company_id integer, p_table text) returns boolean language plpgsql as $$
begin
    if p_company_id <> 1 then
        raise warning 'another company: %', p_table;
    end if;
    return true;
end;
$$;
do $$
declare
    v_table regclass;
begin
    for v_table in
        select c.oid from pg_class as c
        where c.relnamespace = 'erp'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
    loop
        execute format(
            'alter table %1$s force row level security;
            create policy everything on %1$s to erp_owner using (true) with check (true);
            create policy watched on %1$s as restrictive to erp_owner
                using (public.watch(company_id, %2$L)) with check (public.watch(company_id, %2$L))',
            v_table, v_table
        );
    end loop;
end;
$$
"""


def test_every_key_names_the_company_but_for_its_code(rilascio: psycopg.Connection) -> None:
    keys = rilascio.execute(
        """
        select i.indexrelid::regclass::text
        from pg_index as i
        inner join pg_class as c on c.oid = i.indrelid
        where
            c.relnamespace = 'erp'::regnamespace and i.indisunique
            and not exists (
                select from pg_attribute as a
                where a.attrelid = i.indrelid and a.attname = 'company_id' and a.attnum = any(i.indkey)
            )
        """
    ).fetchall()
    assert keys == [("erp.company_code_key",)]


def test_every_foreign_key_names_the_company_on_both_sides(rilascio: psycopg.Connection) -> None:
    counts = rilascio.execute(
        """
        select
            count(*) > 50,
            count(*) filter (where not exists (
                select
                from unnest(f.conkey, f.confkey) as k (here, there)
                inner join pg_attribute as a on a.attrelid = f.conrelid and a.attnum = k.here
                inner join pg_attribute as b on b.attrelid = f.confrelid and b.attnum = k.there
                where a.attname = 'company_id' and b.attname = 'company_id'
            ))
        from pg_constraint as f
        where f.connamespace = 'erp'::regnamespace and f.contype = 'f'
        """
    ).fetchone()
    assert counts == (True, 0)


def test_R43_no_statement_of_a_call_reads_or_writes_a_row_of_another_company(rilascio_demo: World) -> None:
    connection, warnings = rilascio_demo.connection, set[str]()

    def hear(notice: psycopg.errors.Diagnostic) -> None:
        # it deletes by day and place: PostgreSQL may look through a small day for the rows that it is to delete
        if "erp_internal.remove_records(" not in (notice.context or ""):
            warnings.add(str(notice.message_primary))

    connection.add_notice_handler(hear)
    connection.execute("create role clerk in role erp_operator, erp_writer, erp_archivist")
    connection.execute("insert into erp.company_member values (1, 'clerk')")
    connection.execute(MAKE_TWIN)
    for script in EXAMPLES.values():
        with suppress(psycopg.Error), connection.transaction():
            connection.execute("set local role clerk")
            for statement in statements_of(script):
                connection.execute(re.sub(r"(erp_api\.\w+\(\s*)1\b", rf"\g<1>{TWIN}", statement).encode())
            connection.execute("reset role")
    assert [table for table in tables(connection) if not rows_of_twin(connection, table)] == []
    connection.execute(LARGE)
    connection.execute(WATCH)
    for script in EXAMPLES.values():
        run_example(connection, "clerk", script)
    assert warnings == {f"another company: erp.{table}" for table in REFERENCE_TABLES}


def tables(connection: psycopg.Connection) -> list[str]:
    rows = connection.execute(
        "select oid::regclass::text from pg_class"
        " where relnamespace = 'erp'::regnamespace and relkind in ('r', 'p') and not relispartition"
    )
    return [table for (table,) in rows]


def rows_of_twin(connection: psycopg.Connection, table: str) -> bool:
    row = connection.execute(f"select exists (select from {table} where company_id = {TWIN})".encode()).fetchone()
    return row == (True,)
