-- noqa: disable=layout.long_lines,LT01,LT02,LT05,LT09,LT14,ST02
-- requires: internal/messages/order_label
-- Returns who names rows of a kind, so that they cannot be deleted (R72): job_order. For each row and each table that
-- names it, how many rows do, and one of them. Rows that go with it are none: of this kind there are none.
-- Written by `make docs` from the description of the load format (rilascio.loading.files) and the catalog.
create or replace function erp_internal.uses_of_job_order(p_company_id integer, p_ids bigint[])
returns table (row_id bigint, used_by text, use_count bigint, example text)
language sql
stable
set enable_nestloop = on
begin atomic
    with key as materialized (
        select t.job_number, t.job_order_id, t.job_year
        from unnest(p_ids) as a (id)
        inner join erp.job_order as t on t.company_id = p_company_id and t.job_order_id = a.id
    ),

    found as (
        select
            k.job_order_id as row_id,
            'production_order' as used_by,
            pg_catalog.count(*) as use_count,
            t.tableoid as first_table,
            pg_catalog.min(t.ctid) as first_ctid
        from key as k
        inner join erp.production_order as t on t.company_id = p_company_id and t.job_order_id = k.job_order_id and t.copied_job_year = k.job_year and t.copied_job_number = k.job_number
        group by k.job_order_id, t.tableoid
        union all
        select
            k.job_order_id as row_id,
            'stock_record' as used_by,
            pg_catalog.count(*) as use_count,
            t.tableoid as first_table,
            pg_catalog.min(t.ctid) as first_ctid
        from key as k
        inner join erp.stock_record as t on t.company_id = p_company_id and t.job_order_id = k.job_order_id
        group by k.job_order_id, t.tableoid
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
            when 'production_order' then (select erp_internal.order_label(t.order_year, t.order_number, t.order_lot) from erp.production_order as t where t.tableoid = u.first_table and t.ctid = u.first_ctid)
            when 'stock_record' then (select (select w.warehouse_code from erp.warehouse as w where w.company_id = t.company_id and w.warehouse_id = t.warehouse_id) || ' ' || pg_catalog.to_char(t.record_date, 'YYYY-MM-DD') from erp.stock_record as t where t.tableoid = u.first_table and t.ctid = u.first_ctid)
        end as example
    from use as u;
end;
