-- noqa: disable=layout.long_lines,LT01,LT02,LT05,LT09,LT14,ST02
-- requires: internal/messages/order_label
-- Returns who names rows of a kind, so that they cannot be deleted (R72): lot. For each row and each table that
-- names it, how many rows do, and one of them. Rows that go with it are none: balance rows at zero.
-- Written by `make docs` from the description of the load format (rilascio.loading.files) and the catalog.
create or replace function erp_internal.uses_of_lot(p_company_id integer, p_ids bigint[])
returns table (row_id bigint, used_by text, use_count bigint, example text)
language sql
stable
set enable_nestloop = on
begin atomic
    with key as materialized (
        select t.item_id, t.lot_id
        from unnest(p_ids) as a (id)
        inner join erp.lot as t on t.company_id = p_company_id and t.lot_id = a.id
    ),

    found as (
        select
            k.lot_id as row_id,
            'material_lot' as used_by,
            pg_catalog.count(*) as use_count,
            t.tableoid as first_table,
            pg_catalog.min(t.ctid) as first_ctid
        from key as k
        inner join erp.material_lot as t on t.company_id = p_company_id and t.item_id = k.item_id and t.lot_id = k.lot_id
        group by k.lot_id, t.tableoid
        union all
        select
            k.lot_id as row_id,
            'material_lot_before_release' as used_by,
            pg_catalog.count(*) as use_count,
            t.tableoid as first_table,
            pg_catalog.min(t.ctid) as first_ctid
        from key as k
        inner join erp.material_lot_before_release as t on t.company_id = p_company_id and t.item_id = k.item_id and t.lot_id = k.lot_id
        group by k.lot_id, t.tableoid
        union all
        select
            k.lot_id as row_id,
            'stock_movement' as used_by,
            pg_catalog.count(*) as use_count,
            t.tableoid as first_table,
            pg_catalog.min(t.ctid) as first_ctid
        from key as k
        inner join erp.stock_movement as t on t.company_id = p_company_id and t.item_id = k.item_id and t.lot_id = k.lot_id
        group by k.lot_id, t.tableoid
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
            when 'material_lot' then (select (select erp_internal.order_label(o.order_year, o.order_number, o.order_lot) from erp.production_order as o where o.company_id = t.company_id and o.production_order_id = t.production_order_id) from erp.material_lot as t where t.tableoid = u.first_table and t.ctid = u.first_ctid)
            when 'material_lot_before_release' then (select (select erp_internal.order_label(o.order_year, o.order_number, o.order_lot) from erp.production_order as o where o.company_id = t.company_id and o.production_order_id = t.production_order_id) from erp.material_lot_before_release as t where t.tableoid = u.first_table and t.ctid = u.first_ctid)
            when 'stock_movement' then (select (select w.warehouse_code from erp.warehouse as w where w.company_id = t.company_id and w.warehouse_id = t.warehouse_id) || ' ' || pg_catalog.to_char(t.record_date, 'YYYY-MM-DD') from erp.stock_movement as t where t.tableoid = u.first_table and t.ctid = u.first_ctid)
        end as example
    from use as u;
end;
