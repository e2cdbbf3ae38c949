-- Turns sent rows without faulty cells into values: location.
-- Precondition: erp_internal.check_location_cells found nothing in them.
-- Errors: raw ones of casts, otherwise.
-- Written by `make docs` from the description of the load format (rilascio.loading.files).
create or replace function erp_internal.read_location(p_rows erp_internal.sent_row[])
returns setof erp_internal.location_row
language sql
stable
begin atomic
    select
        s.ordinal,
        s.parent,
        s.place,
        s.cells,
        s.warehouse_code,
        s.location_code,
        s.blocked::boolean as blocked,
        s.deletion::boolean as deletion
    from (
        select
            r.ordinal,
            r.parent,
            r.place,
            r.cells,
            nullif(r.cells ->> 'warehouse_code', '') as warehouse_code,
            nullif(r.cells ->> 'location_code', '') as location_code,
            nullif(r.cells ->> 'blocked', '') as blocked,
            nullif(r.cells ->> 'delete', '') as deletion
        from unnest(p_rows) as r
        offset 0
    ) as s;
end;
