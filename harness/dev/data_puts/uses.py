"""`uses_of_KIND`: tells who names the rows of a kind, by the foreign keys of the catalog and by value."""

from __future__ import annotations

from harness.dev.data_puts.catalog import ForeignKey, Tables
from harness.dev.data_puts.kinds import BY_VALUE, EMPTIED
from harness.dev.sql_text import WRITTEN, prefixed
from rilascio.loading.files import File

_ITEM = "(select i.item_code from erp.item as i where i.company_id = t.company_id and i.item_id = t.item_id)"
_WAREHOUSE = (
    "(select w.warehouse_code from erp.warehouse as w"
    " where w.company_id = t.company_id and w.warehouse_id = t.warehouse_id)"
)
_ORDER = (
    "(select erp_internal.order_label(o.order_year, o.order_number, o.order_lot) from erp.production_order as o"
    " where o.company_id = t.company_id and o.production_order_id = t.production_order_id)"
)
_DAY = "pg_catalog.to_char(t.record_date, 'YYYY-MM-DD')"
LABELS = {
    "warehouse": "t.warehouse_code",
    "location": f"{_WAREHOUSE} || ' ' || t.location_code",
    "movement_reason": f"{_WAREHOUSE} || ' ' || t.reason_code",
    "warehouse_rule": "t.level || ' ' || t.section",
    "item_variant": f"{_ITEM} || ' ' || t.variant_code",
    "item_location": f"{_ITEM} || ' ' || {_WAREHOUSE}",
    "item_mrp_parameter": _ITEM,
    "lot": f"{_ITEM} || ' ' || t.lot_code",
    "job_order": "t.job_year || '/' || t.job_number",
    "production_order": "erp_internal.order_label(t.order_year, t.order_number, t.order_lot)",
    "production_order_phase": _ORDER,
    "production_order_material": _ORDER,
    "material_lot": _ORDER,
    "material_lot_before_release": _ORDER,
    "released_material": _ORDER,
    "production_declaration": _ORDER,
    "stock_record": f"{_WAREHOUSE} || ' ' || {_DAY}",
    "stock_movement": f"{_WAREHOUSE} || ' ' || {_DAY}",
    "removed_stock_record": f"{_WAREHOUSE} || ' ' || {_DAY}",
    "removed_stock_movement": f"{_WAREHOUSE} || ' ' || {_DAY}",
}
"""How an example of a row that names another is called, by table `t`."""

_EMPTIED_WORDS = {"stock_balance": "balance rows at zero", "stock_record_counter": "counters"}


def uses_function(file: File, identity: str, tables: Tables) -> str:
    """Return the text of the function; `identity` is the id of the kind."""
    names = _names_of(file, identity, tables)
    columns = sorted({column for name in names for column in name.target_columns} | {identity})
    found = "\n        union all\n".join(_found(name, identity) for name in names)
    return f"""\
-- Returns who names rows of a kind, so that they cannot be deleted (R72): {file.name}. For each row and each table that
-- names it, how many rows do, and one of them. Rows that go with it are none: {_emptied(file)}.
{WRITTEN} and the catalog.
create or replace function erp_internal.uses_of_{file.name}(p_company_id integer, p_ids bigint[])
returns table (row_id bigint, used_by text, use_count bigint, example text)
language sql
stable
set enable_nestloop = on
begin atomic
    with key as materialized (
        select {prefixed("t.", columns)}
        from unnest(p_ids) as a (id)
        inner join erp.{file.name} as t on t.company_id = p_company_id and t.{identity} = a.id
    ),

    found as (
{found or _nothing_found(identity)}
    ),

    use as (
        select
            f.row_id,
            f.used_by,
            pg_catalog.sum(f.use_count) as use_count,
            pg_catalog.min(f.first_table) as first_table,
            (pg_catalog.array_agg(f.first_ctid order by f.first_table, f.first_ctid))[1] as first_ctid
        from found as f
        group by f.row_id, f.used_by
    )

    select
        u.row_id,
        u.used_by,
        u.use_count::bigint as use_count,
        case u.used_by
{_examples(names)}
        end as example
    from use as u;
end;
"""


def _names_of(file: File, identity: str, tables: Tables) -> list[ForeignKey]:
    """Return by which columns of which tables rows of the kind are named, but for what goes with them.

    Rows of the kind that name each other are judged when they are deleted.
    """
    goes_along = (*EMPTIED.get(file.name, ()), file.name)
    names = [
        key
        for key in tables.foreign_keys
        if key.target == file.name and identity in key.target_columns and key.table not in goes_along
    ]
    for table in BY_VALUE.get(file.name, ()):
        assert identity in tables.defaults[table], table
        names.append(ForeignKey(table, file.name, (identity,), (identity,)))
    return names


def _found(name: ForeignKey, identity: str) -> str:
    """The query of the rows of a table that name those of the kind."""
    pairs = zip(name.columns, name.target_columns, strict=True)
    joined = " and ".join(f"t.{column} = k.{target_column}" for column, target_column in pairs)
    return f"""\
        select
            k.{identity} as row_id,
            '{name.table}' as used_by,
            pg_catalog.count(*) as use_count,
            t.tableoid as first_table,
            pg_catalog.min(t.ctid) as first_ctid
        from key as k
        inner join erp.{name.table} as t on t.company_id = p_company_id and {joined}
        group by k.{identity}, t.tableoid"""


def _nothing_found(identity: str) -> str:
    """The query for a kind that nobody names."""
    return f"""\
        select
            k.{identity} as row_id,
            '' as used_by,
            0::bigint as use_count,
            null::oid as first_table,
            null::tid as first_ctid
        from key as k
        where false"""


def _examples(names: list[ForeignKey]) -> str:
    """The branches that call one of the rows of each table."""
    examples = [
        f"            when '{table}' then (select {LABELS[table]} from erp.{table} as t"
        " where t.tableoid = u.first_table and t.ctid = u.first_ctid)"
        for table in sorted({name.table for name in names})
    ]
    return "\n".join(examples) or "            when '' then ''"


def _emptied(file: File) -> str:
    words = [_EMPTIED_WORDS[table] for table in EMPTIED.get(file.name, ())]
    return ", ".join(words) or "of this kind there are none"
