-- noqa: disable=layout.long_lines,LT01,LT02,LT05,LT09,LT14,ST02
-- requires: internal/messages/order_label
-- Returns who names rows of a kind, so that they cannot be deleted (R72): warehouse. For each row and each table that
-- names it, how many rows do, and one of them. Rows that go with it are none: balance rows at zero, counters.
-- Written by `make docs` from the description of the load format (rilascio.loading.files) and the catalog.
create or replace function erp_internal.uses_of_warehouse(p_company_id integer, p_ids bigint[])
returns table (row_id bigint, used_by text, use_count bigint, example text)
language sql
stable
set enable_nestloop = on
begin atomic
    with key as materialized (
        select t.warehouse_id
        from unnest(p_ids) as a (id)
        inner join erp.warehouse as t on t.company_id = p_company_id and t.warehouse_id = a.id
    ),

    found as (
        select
            k.warehouse_id as row_id,
            'location' as used_by,
            pg_catalog.count(*) as use_count,
            t.tableoid as first_table,
            pg_catalog.min(t.ctid) as first_ctid
        from key as k
        inner join erp.location as t on t.company_id = p_company_id and t.warehouse_id = k.warehouse_id
        group by k.warehouse_id, t.tableoid
        union all
        select
            k.warehouse_id as row_id,
            'movement_reason' as used_by,
            pg_catalog.count(*) as use_count,
            t.tableoid as first_table,
            pg_catalog.min(t.ctid) as first_ctid
        from key as k
        inner join erp.movement_reason as t on t.company_id = p_company_id and t.warehouse_id = k.warehouse_id
        group by k.warehouse_id, t.tableoid
        union all
        select
            k.warehouse_id as row_id,
            'production_order' as used_by,
            pg_catalog.count(*) as use_count,
            t.tableoid as first_table,
            pg_catalog.min(t.ctid) as first_ctid
        from key as k
        inner join erp.production_order as t on t.company_id = p_company_id and t.load_warehouse_id = k.warehouse_id
        group by k.warehouse_id, t.tableoid
        union all
        select
            k.warehouse_id as row_id,
            'released_material' as used_by,
            pg_catalog.count(*) as use_count,
            t.tableoid as first_table,
            pg_catalog.min(t.ctid) as first_ctid
        from key as k
        inner join erp.released_material as t on t.company_id = p_company_id and t.wip_warehouse_id = k.warehouse_id
        group by k.warehouse_id, t.tableoid
        union all
        select
            k.warehouse_id as row_id,
            'warehouse_rule' as used_by,
            pg_catalog.count(*) as use_count,
            t.tableoid as first_table,
            pg_catalog.min(t.ctid) as first_ctid
        from key as k
        inner join erp.warehouse_rule as t on t.company_id = p_company_id and t.warehouse_id = k.warehouse_id
        group by k.warehouse_id, t.tableoid
        union all
        select
            k.warehouse_id as row_id,
            'removed_stock_record' as used_by,
            pg_catalog.count(*) as use_count,
            t.tableoid as first_table,
            pg_catalog.min(t.ctid) as first_ctid
        from key as k
        inner join erp.removed_stock_record as t on t.company_id = p_company_id and t.warehouse_id = k.warehouse_id
        group by k.warehouse_id, t.tableoid
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
            when 'location' then (select (select w.warehouse_code from erp.warehouse as w where w.company_id = t.company_id and w.warehouse_id = t.warehouse_id) || ' ' || t.location_code from erp.location as t where t.tableoid = u.first_table and t.ctid = u.first_ctid)
            when 'movement_reason' then (select (select w.warehouse_code from erp.warehouse as w where w.company_id = t.company_id and w.warehouse_id = t.warehouse_id) || ' ' || t.reason_code from erp.movement_reason as t where t.tableoid = u.first_table and t.ctid = u.first_ctid)
            when 'production_order' then (select erp_internal.order_label(t.order_year, t.order_number, t.order_lot) from erp.production_order as t where t.tableoid = u.first_table and t.ctid = u.first_ctid)
            when 'released_material' then (select (select erp_internal.order_label(o.order_year, o.order_number, o.order_lot) from erp.production_order as o where o.company_id = t.company_id and o.production_order_id = t.production_order_id) from erp.released_material as t where t.tableoid = u.first_table and t.ctid = u.first_ctid)
            when 'removed_stock_record' then (select (select w.warehouse_code from erp.warehouse as w where w.company_id = t.company_id and w.warehouse_id = t.warehouse_id) || ' ' || pg_catalog.to_char(t.record_date, 'YYYY-MM-DD') from erp.removed_stock_record as t where t.tableoid = u.first_table and t.ctid = u.first_ctid)
            when 'warehouse_rule' then (select t.level || ' ' || t.section from erp.warehouse_rule as t where t.tableoid = u.first_table and t.ctid = u.first_ctid)
        end as example
    from use as u;
end;
