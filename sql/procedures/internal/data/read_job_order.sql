-- Turns sent rows without faulty cells into values: job_order.
-- Precondition: erp_internal.check_job_order_cells found nothing in them.
-- Errors: raw ones of casts, otherwise.
-- Written by `make docs` from the description of the load format (rilascio.loading.files).
create or replace function erp_internal.read_job_order(p_rows erp_internal.sent_row[])
returns setof erp_internal.job_order_row
language sql
stable
begin atomic
    select
        s.ordinal,
        s.parent,
        s.place,
        s.cells,
        s.job_year::integer as job_year,
        s.job_number::integer as job_number,
        s.job_type,
        s.site_code,
        s.customer,
        s.description,
        s.supply_released::boolean as supply_released,
        s.deletion::boolean as deletion
    from (
        select
            r.ordinal,
            r.parent,
            r.place,
            r.cells,
            nullif(r.cells ->> 'job_year', '') as job_year,
            nullif(r.cells ->> 'job_number', '') as job_number,
            nullif(r.cells ->> 'job_type', '') as job_type,
            nullif(r.cells ->> 'site_code', '') as site_code,
            nullif(r.cells ->> 'customer', '') as customer,
            nullif(r.cells ->> 'description', '') as description,
            nullif(r.cells ->> 'supply_released', '') as supply_released,
            nullif(r.cells ->> 'delete', '') as deletion
        from unnest(p_rows) as r
        offset 0
    ) as s;
end;
