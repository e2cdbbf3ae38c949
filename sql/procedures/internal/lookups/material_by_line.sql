-- Returns a material row of an order by its line.
create or replace function erp_internal.material_by_line(p_company_id integer, p_order_id bigint, p_line integer)
returns table (
    production_order_id bigint,
    item_id bigint,
    item_variant_id bigint,
    unit_quantity numeric,
    fixed boolean,
    scrap_percent numeric,
    picked_quantity numeric,
    movable boolean,
    phase integer,
    sub_phase integer,
    warehouse_id bigint,
    movement_reason_id bigint
)
language sql
stable
rows 1
begin atomic
    select
        m.production_order_id,
        m.item_id,
        m.item_variant_id,
        m.unit_quantity,
        m.fixed,
        m.scrap_percent,
        m.picked_quantity,
        m.movable,
        m.phase,
        m.sub_phase,
        m.warehouse_id,
        m.movement_reason_id
    from erp.production_order_material as m
    where m.company_id = p_company_id and m.production_order_id = p_order_id and m.line = p_line
    offset 0;
end;
