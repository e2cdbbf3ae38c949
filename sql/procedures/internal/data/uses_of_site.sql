-- noqa: disable=layout.long_lines,LT01,LT02,LT05,LT09,LT14,ST02
-- requires: internal/messages/order_label
-- Returns who names rows of a kind, so that they cannot be deleted (R72): site. For each row and each table that
-- names it, how many rows do, and one of them. Rows that go with it are none: of this kind there are none.
-- Written by `make docs` from the description of the load format (rilascio.loading.files) and the catalog.
create or replace function erp_internal.uses_of_site(p_company_id integer, p_ids bigint[])
returns table (row_id bigint, used_by text, use_count bigint, example text)
language sql
stable
set enable_nestloop = on
begin atomic
    with key as materialized (
        select t.site_code, t.site_id
        from unnest(p_ids) as a (id)
        inner join erp.site as t on t.company_id = p_company_id and t.site_id = a.id
    ),

    found as (
        select
            k.site_id as row_id,
            'job_order' as used_by,
            pg_catalog.count(*) as use_count,
            t.tableoid as first_table,
            pg_catalog.min(t.ctid) as first_ctid
        from key as k
        inner join erp.job_order as t on t.company_id = p_company_id and t.site_id = k.site_id and t.copied_site_code = k.site_code
        group by k.site_id, t.tableoid
        union all
        select
            k.site_id as row_id,
            'production_order_phase' as used_by,
            pg_catalog.count(*) as use_count,
            t.tableoid as first_table,
            pg_catalog.min(t.ctid) as first_ctid
        from key as k
        inner join erp.production_order_phase as t on t.company_id = p_company_id and t.machine_site_id = k.site_id
        group by k.site_id, t.tableoid
        union all
        select
            k.site_id as row_id,
            'warehouse' as used_by,
            pg_catalog.count(*) as use_count,
            t.tableoid as first_table,
            pg_catalog.min(t.ctid) as first_ctid
        from key as k
        inner join erp.warehouse as t on t.company_id = p_company_id and t.site_id = k.site_id
        group by k.site_id, t.tableoid
        union all
        select
            k.site_id as row_id,
            'warehouse_rule' as used_by,
            pg_catalog.count(*) as use_count,
            t.tableoid as first_table,
            pg_catalog.min(t.ctid) as first_ctid
        from key as k
        inner join erp.warehouse_rule as t on t.company_id = p_company_id and t.site_id = k.site_id
        group by k.site_id, t.tableoid
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
            when 'job_order' then (select t.job_year || '/' || t.job_number from erp.job_order as t where t.tableoid = u.first_table and t.ctid = u.first_ctid)
            when 'production_order_phase' then (select (select erp_internal.order_label(o.order_year, o.order_number, o.order_lot) from erp.production_order as o where o.company_id = t.company_id and o.production_order_id = t.production_order_id) from erp.production_order_phase as t where t.tableoid = u.first_table and t.ctid = u.first_ctid)
            when 'warehouse' then (select t.warehouse_code from erp.warehouse as t where t.tableoid = u.first_table and t.ctid = u.first_ctid)
            when 'warehouse_rule' then (select t.level || ' ' || t.section from erp.warehouse_rule as t where t.tableoid = u.first_table and t.ctid = u.first_ctid)
        end as example
    from use as u;
end;
