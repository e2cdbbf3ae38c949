"""The statements of `put_KIND` that write: what is new is made, what is there is locked, planned again and changed."""

from __future__ import annotations

import textwrap

from harness.dev.data_puts.catalog import Tables
from harness.dev.data_puts.columns import key_columns, nullable_key_columns, written_columns
from harness.dev.data_puts.kinds import GUARDED, LOCKED_BY_ID
from harness.dev.data_puts.references import self_reference
from harness.dev.sql_text import prefixed
from rilascio.loading.files import File


def assert_claimed(file: File) -> str:
    """The statement that ends a call which would change a guarded column without having claimed the configuration."""
    if file.name not in GUARDED:
        return ""
    return """\
    perform erp_internal.assert_row_count(0, pg_catalog.count(*))
    from unnest(v_plan) as p
    where p.guarded <> '{}' and not p_claimed;
"""


def write_company(file: File, tables: Tables) -> str:
    """The statements for the one row of the company, which lies in two tables and is there always."""
    written = written_columns(file, tables)
    described = [name for name in written if name in tables.defaults["company"]]
    parameters = [name for name in written if name not in described]
    return f"""\
    created := '{{}}';
    changed := array(select p.ordinal from unnest(v_plan) as p where p.differs and p.ordinal <> all (v_refused));
    -- there is one row at most
    if changed <> '{{}}' then
        -- description is locked with the rest of its row, and read again
        perform from erp.company as c where c.company_id = p_company_id for no key update;
        v_plan := array(select p from erp_internal.plan_company(p_company_id, p_rows) as p);
{textwrap.indent(assert_claimed(file), "    ")}\
{_update_company("company", described)}{_update_company("production_parameter", parameters)}    end if;"""


def _update_company(table: str, names: list[str]) -> str:
    return f"""\
        update erp.{table} as t
        set {_assignments(names)}
        from unnest(v_plan) as p
        where
            t.company_id = p_company_id
            and ({prefixed("t.", names)})
            is distinct from ({prefixed("p.", names)});
"""


def write_rows(file: File, tables: Tables) -> str:
    """The statements for the rows of any other kind."""
    return f"\n{_make_rows(file, tables)}\n{_change_rows(file, tables)}"


def _make_rows(file: File, tables: Tables) -> str:
    """Statements that make the new rows, and lock by their keys those that are there."""
    table = file.tables[0]
    written, key = written_columns(file, tables), key_columns(file, tables)
    nullable = nullable_key_columns(file, tables)
    ids = [f"p.{file.identity} nulls last"] if file.name in LOCKED_BY_ID else []
    order = ", ".join([*ids, *(f"p.{name}" for name in key)])
    same = next(name for name in written if name not in key)
    match = " and ".join(
        f"coalesce(w.{name}, 0) = coalesce(p.{name}, 0)" if name in nullable else f"w.{name} = p.{name}" for name in key
    )
    return f"""\
    -- a row that is there is locked, a new one is made, all in key order; whoever puts the same rows comes after
    with written as (
        insert into erp.{table} as t (company_id, {", ".join(written)})
        select p_company_id, {prefixed("p.", written)}
        from unnest(v_plan) as p
        left join (select distinct f.ordinal from unnest(v_refused) as f (ordinal)) as f on f.ordinal = p.ordinal
        where p.differs and f.ordinal is null
        order by {order}
        on conflict on constraint {tables.keys[table]} do update set {same} = t.{same} where false
        returning {prefixed("t.", key)}
    )

    select coalesce(pg_catalog.array_agg(p.ordinal), '{{}}')
    into created
    from unnest(v_plan) as p
    inner join written as w on {match};
    -- a row that was there has been deleted meanwhile
    perform erp_internal.assert_row_count(0, pg_catalog.count(*))
    from unnest(v_plan) as p
    inner join unnest(created) as c (ordinal) on c.ordinal = p.ordinal
    where p.row_ctid is not null;
"""


def _change_rows(file: File, tables: Tables) -> str:
    """Statements that change the rows that were there, as they are now that they are locked.

    A new row that names one of its kind, which was missing, is written once more: it names that one now.
    """
    key = key_columns(file, tables)
    others = [name for name in written_columns(file, tables) if name not in key]
    or_missing = " or p.missing" if self_reference(file) else ""
    return f"""\
    v_rows := array(
        select r
        from unnest(p_rows) as r
        inner join unnest(v_plan) as p on p.ordinal = r.ordinal
        left join (select distinct f.ordinal from unnest(v_refused) as f (ordinal)) as f on f.ordinal = p.ordinal
        left join unnest(created) as c (ordinal) on c.ordinal = p.ordinal
        where p.differs and f.ordinal is null and (c.ordinal is null{or_missing})
    );
    if v_rows = '{{}}' then
        changed := '{{}}';
        return;
    end if;
    -- what was locked is read again: it may have changed until then
    v_plan := array(select p from erp_internal.plan_{file.name}(p_company_id, v_rows) as p);
{assert_claimed(file)}    perform erp_internal.assert_row_count(0, pg_catalog.count(*))
    from unnest(v_plan) as p
    where p.row_ctid is null or p.faults <> '{{}}'{or_missing};
    update erp.{file.tables[0]} as t
    set {_assignments(others)}
    from unnest(v_plan) as p
    where p.differs and t.company_id = p_company_id and t.ctid = p.row_ctid;
    get diagnostics v_row_count = row_count;
    perform erp_internal.assert_row_count(pg_catalog.count(*), v_row_count)
    from unnest(v_plan) as p
    where p.differs;
    changed := array(
        select p.ordinal
        from unnest(v_plan) as p
        left join unnest(created) as c (ordinal) on c.ordinal = p.ordinal
        where p.differs and c.ordinal is null
    );"""


def _assignments(names: list[str]) -> str:
    return ", ".join(f"{name} = p.{name}" for name in names)
