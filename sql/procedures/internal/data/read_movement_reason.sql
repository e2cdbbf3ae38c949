-- Turns sent rows without faulty cells into values: movement_reason.
-- Precondition: erp_internal.check_movement_reason_cells found nothing in them.
-- Errors: raw ones of casts, otherwise.
-- Written by `make docs` from the description of the load format (rilascio.loading.files).
create or replace function erp_internal.read_movement_reason(p_rows erp_internal.sent_row[])
returns setof erp_internal.movement_reason_row
language sql
stable
begin atomic
    select
        s.ordinal,
        s.parent,
        s.place,
        s.cells,
        s.warehouse_code,
        s.reason_code,
        s.description,
        s.direction,
        s.usable_in_production::boolean as usable_in_production,
        s.allow_unavailable_lots::boolean as allow_unavailable_lots,
        s.counterpart_warehouse_code,
        s.counterpart_reason_code,
        s.default_location_code,
        s.deletion::boolean as deletion
    from (
        select
            r.ordinal,
            r.parent,
            r.place,
            r.cells,
            nullif(r.cells ->> 'warehouse_code', '') as warehouse_code,
            nullif(r.cells ->> 'reason_code', '') as reason_code,
            nullif(r.cells ->> 'description', '') as description,
            nullif(r.cells ->> 'direction', '') as direction,
            nullif(r.cells ->> 'usable_in_production', '') as usable_in_production,
            nullif(r.cells ->> 'allow_unavailable_lots', '') as allow_unavailable_lots,
            nullif(r.cells ->> 'counterpart_warehouse_code', '') as counterpart_warehouse_code,
            nullif(r.cells ->> 'counterpart_reason_code', '') as counterpart_reason_code,
            nullif(r.cells ->> 'default_location_code', '') as default_location_code,
            nullif(r.cells ->> 'delete', '') as deletion
        from unnest(p_rows) as r
        offset 0
    ) as s;
end;
