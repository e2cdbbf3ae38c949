-- noqa: disable=layout.long_lines,LT01,LT02,LT05,LT09,LT14,ST02
-- Returns who names rows of a kind, so that they cannot be deleted (R72): warehouse_rule. For each row and each table that
-- names it, how many rows do, and one of them. Rows that go with it are none: of this kind there are none.
-- Written by `make docs` from the description of the load format (rilascio.loading.files) and the catalog.
create or replace function erp_internal.uses_of_warehouse_rule(p_company_id integer, p_ids bigint[])
returns table (row_id bigint, used_by text, use_count bigint, example text)
language sql
stable
set enable_nestloop = on
begin atomic
    with key as materialized (
        select t.warehouse_rule_id
        from unnest(p_ids) as a (id)
        inner join erp.warehouse_rule as t on t.company_id = p_company_id and t.warehouse_rule_id = a.id
    ),

    found as (
        select
            k.warehouse_rule_id as row_id,
            '' as used_by,
            0::bigint as use_count,
            null::oid as first_table,
            null::tid as first_ctid
        from key as k
        where false
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
            when '' then ''
        end as example
    from use as u;
end;
