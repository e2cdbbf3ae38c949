-- Turns sent rows without faulty cells into values: production_order_material.
-- Precondition: erp_internal.check_production_order_material_cells found nothing in them.
-- Errors: raw ones of casts, otherwise.
-- Written by `make docs` from the description of the load format (rilascio.loading.files).
create or replace function erp_internal.read_production_order_material(p_rows erp_internal.sent_row[])
returns setof erp_internal.production_order_material_row
language sql
stable
begin atomic
    select
        s.ordinal,
        s.parent,
        s.place,
        s.cells,
        s.line::integer as line,
        s.item_code,
        s.variant_code,
        s.unit_quantity::numeric as unit_quantity,
        s.fixed::boolean as fixed,
        s.scrap_percent::numeric as scrap_percent,
        s.picked_quantity::numeric as picked_quantity,
        s.movable::boolean as movable,
        s.phase::integer as phase,
        coalesce(s.sub_phase, case when s.phase is not null then '0' end)::integer as sub_phase,
        s.warehouse_code,
        s.reason_code,
        s.location_code,
        s.priority::integer as priority
    from (
        select
            r.ordinal,
            r.parent,
            r.place,
            r.cells,
            nullif(r.cells ->> 'line', '') as line,
            nullif(r.cells ->> 'item_code', '') as item_code,
            nullif(r.cells ->> 'variant_code', '') as variant_code,
            nullif(r.cells ->> 'unit_quantity', '') as unit_quantity,
            nullif(r.cells ->> 'fixed', '') as fixed,
            nullif(r.cells ->> 'scrap_percent', '') as scrap_percent,
            nullif(r.cells ->> 'picked_quantity', '') as picked_quantity,
            nullif(r.cells ->> 'movable', '') as movable,
            nullif(r.cells ->> 'phase', '') as phase,
            nullif(r.cells ->> 'sub_phase', '') as sub_phase,
            nullif(r.cells ->> 'warehouse_code', '') as warehouse_code,
            nullif(r.cells ->> 'reason_code', '') as reason_code,
            nullif(r.cells ->> 'location_code', '') as location_code,
            nullif(r.cells ->> 'priority', '') as priority
        from unnest(p_rows) as r
        offset 0
    ) as s;
end;
