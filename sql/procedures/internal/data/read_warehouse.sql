-- Turns sent rows without faulty cells into values: warehouse.
-- Precondition: erp_internal.check_warehouse_cells found nothing in them.
-- Errors: raw ones of casts, otherwise.
-- Written by `make docs` from the description of the load format (rilascio.loading.files).
create or replace function erp_internal.read_warehouse(p_rows erp_internal.sent_row[])
returns setof erp_internal.warehouse_row
language sql
stable
begin atomic
    select
        s.ordinal,
        s.parent,
        s.place,
        s.cells,
        s.warehouse_code,
        s.description,
        s.site_code,
        s.allow_negative_stock::boolean as allow_negative_stock,
        s.check_location::boolean as check_location,
        s.valid_until::date as valid_until,
        s.deletion::boolean as deletion
    from (
        select
            r.ordinal,
            r.parent,
            r.place,
            r.cells,
            nullif(r.cells ->> 'warehouse_code', '') as warehouse_code,
            nullif(r.cells ->> 'description', '') as description,
            nullif(r.cells ->> 'site_code', '') as site_code,
            nullif(r.cells ->> 'allow_negative_stock', '') as allow_negative_stock,
            nullif(r.cells ->> 'check_location', '') as check_location,
            nullif(r.cells ->> 'valid_until', '') as valid_until,
            nullif(r.cells ->> 'delete', '') as deletion
        from unnest(p_rows) as r
        offset 0
    ) as s;
end;
