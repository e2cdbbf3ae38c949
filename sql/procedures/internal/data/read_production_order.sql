-- Turns sent rows without faulty cells into values: production_order.
-- Precondition: erp_internal.check_production_order_cells found nothing in them.
-- Errors: raw ones of casts, otherwise.
-- Written by `make docs` from the description of the load format (rilascio.loading.files).
create or replace function erp_internal.read_production_order(p_rows erp_internal.sent_row[])
returns setof erp_internal.production_order_row
language sql
stable
begin atomic
    select
        s.ordinal,
        s.parent,
        s.place,
        s.cells,
        s.order_year::integer as order_year,
        s.order_number::integer as order_number,
        coalesce(s.order_lot, '0')::integer as order_lot,
        s.order_type,
        s.item_code,
        s.variant_code,
        s.quantity::numeric as quantity,
        s.status,
        s.level::integer as level,
        s.start_date::date as start_date,
        s.end_date::date as end_date,
        s.job_year::integer as job_year,
        s.job_number::integer as job_number,
        s.project,
        s.firm,
        s.priority::integer as priority,
        s.load_warehouse_code,
        s.load_reason_code,
        s.deletion::boolean as deletion
    from (
        select
            r.ordinal,
            r.parent,
            r.place,
            r.cells,
            nullif(r.cells ->> 'order_year', '') as order_year,
            nullif(r.cells ->> 'order_number', '') as order_number,
            nullif(r.cells ->> 'order_lot', '') as order_lot,
            nullif(r.cells ->> 'order_type', '') as order_type,
            nullif(r.cells ->> 'item_code', '') as item_code,
            nullif(r.cells ->> 'variant_code', '') as variant_code,
            nullif(r.cells ->> 'quantity', '') as quantity,
            nullif(r.cells ->> 'status', '') as status,
            nullif(r.cells ->> 'level', '') as level,
            nullif(r.cells ->> 'start_date', '') as start_date,
            nullif(r.cells ->> 'end_date', '') as end_date,
            nullif(r.cells ->> 'job_year', '') as job_year,
            nullif(r.cells ->> 'job_number', '') as job_number,
            nullif(r.cells ->> 'project', '') as project,
            nullif(r.cells ->> 'firm', '') as firm,
            nullif(r.cells ->> 'priority', '') as priority,
            nullif(r.cells ->> 'load_warehouse_code', '') as load_warehouse_code,
            nullif(r.cells ->> 'load_reason_code', '') as load_reason_code,
            nullif(r.cells ->> 'delete', '') as deletion
        from unnest(p_rows) as r
        offset 0
    ) as s;
end;
