"""The script for Citus keeps within the limits that Citus documents. It was never run there: what is tried is this."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from rilascio.cli import main
from rilascio.cluster import citus_sql
from rilascio.testing import build_world

# Functions of the names of Citus that refuse what its documents and sources say that Citus refuses.
LIMITS = r"""
create table public.spread (relation regclass primary key, by_reference boolean);
create table public.delegated (function regprocedure primary key);

create function public.refuse(p_relation regclass, p_by_reference boolean) returns void language plpgsql as $$
declare
    v_reasons text[] := array(
        select format('identity column %I is not bigint', a.attname)
        from pg_attribute as a
        where a.attrelid = p_relation and a.attidentity <> '' and a.atttypid <> 'bigint'::regtype
        union all
        select format('policy %I has a subquery', p.polname)
        from pg_policy as p
        where p.polrelid = p_relation and pg_get_expr(p.polqual, p.polrelid) ~* '\mselect\M'
        union all
        select format('key %s without company_id', i.indexrelid::regclass)
        from pg_index as i
        inner join pg_attribute as a on a.attrelid = i.indrelid and a.attname = 'company_id'
        where i.indrelid = p_relation and i.indisunique and a.attnum <> all (i.indkey) and not p_by_reference
        union all
        select format('foreign key %I names what is not spread', f.conname)
        from pg_constraint as f
        where
            f.conrelid = p_relation and f.contype = 'f' and f.confrelid <> f.conrelid
            and not exists (
                select from public.spread as s where s.relation = f.confrelid and s.by_reference >= p_by_reference
            )
        union all
        select format('foreign key %I cascades updates', f.conname)
        from pg_constraint as f
        where f.conrelid = p_relation and f.contype = 'f' and f.confupdtype <> 'a'
        union all
        select format('trigger %I', t.tgname)
        from pg_trigger as t
        where
            t.tgrelid = p_relation and not t.tgisinternal
            and coalesce(current_setting('citus.enable_unsafe_triggers', true), '') <> 'on'
        union all
        select format('its owner %I may not log in', r.rolname)
        from pg_class as c
        inner join pg_roles as r on r.oid = c.relowner and not r.rolcanlogin
        where c.oid = p_relation
    );
begin
    if v_reasons <> '{}' then
        raise exception '% is not spread: %', p_relation, array_to_string(v_reasons, '; ');
    end if;
    insert into public.spread values (p_relation, p_by_reference);
end;
$$;

create function public.create_reference_table(p_relation regclass) returns void
begin atomic
    select public.refuse(p_relation, true);
end;

create function public.create_distributed_table(p_relation regclass, p_column text, colocate_with text) returns void
language plpgsql as $$
begin
    if p_column <> 'company_id' then
        raise exception '% is spread by %', p_relation, p_column;
    end if;
    if colocate_with = 'none' then
        assert not exists (select from public.spread where not by_reference);
    else
        perform from public.spread where relation = colocate_with::regclass and not by_reference;
        assert found;
    end if;
    perform public.refuse(p_relation, false);
end;
$$;

create function public.create_distributed_function(
    p_function regprocedure, p_argument text, colocate_with text, force_delegation boolean
) returns void language plpgsql as $$
begin
    assert p_argument = any((select p.proargnames from pg_proc as p where p.oid = p_function)::text[]);
    insert into public.delegated values (p_function);
end;
$$;
"""


@pytest.fixture
def limited(rilascio_database: str) -> Iterator[psycopg.Connection]:
    """Give a connection to a database with the limits of Citus; what is done there, to roles too, is rolled back."""
    with psycopg.connect(rilascio_database) as connection:
        connection.execute(LIMITS.encode())
        yield connection
        connection.rollback()


def test_what_citus_documents_to_refuse_the_script_changes_and_calls_and_grids_go_on(
    rilascio_database: str, limited: psycopg.Connection
) -> None:
    script = citus_sql(rilascio_database)
    limited.execute("\n".join(line for line in script.splitlines() if not line.startswith("\\")).encode())
    left = limited.execute(
        """
        select c.oid::regclass::text from pg_class as c
        where
            c.relnamespace = 'erp'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
            and c.oid not in (select s.relation from public.spread as s)
        union all
        select p.proname from pg_proc as p
        where p.pronamespace = 'erp_api'::regnamespace and p.oid not in (select d.function from public.delegated as d)
        """
    ).fetchall()
    assert left == [("list_companies",)]

    here, there = build_world(limited, "HERE"), build_world(limited, "THERE", members=["erp_writer"])
    for world in (here, there):
        world.stock("SCREW", 100)
        world.order(quantity=10, materials={"SCREW": 4})
    order = here.order(quantity=10, materials={"SCREW": 4})
    assert [row.outcome for row in here.release(order)] == ["released"]
    limited.execute("set local role erp_operator")
    shown = limited.execute("select distinct company_id from erp_api.release_grid").fetchall()
    assert shown == [(here.company_id,)]


def test_the_command_writes_the_script_to_a_file_and_refuses_a_database_without_rilascio(
    rilascio_database: str, tmp_path: Path
) -> None:
    def run(*arguments: str) -> str:
        return CliRunner().invoke(main, ["cluster", "citus-sql", *arguments], prog_name="rilascio").output

    file = tmp_path / "citus.sql"
    assert f"Wrote {file}: " in run("--output", str(file), "--dsn", rilascio_database)
    assert file.read_text(encoding="utf-8") == citus_sql(rilascio_database) == run("--dsn", rilascio_database)
    other = make_conninfo(**{**conninfo_to_dict(rilascio_database), "dbname": "postgres"})
    assert "The database holds no rilascio." in run("--dsn", other)
