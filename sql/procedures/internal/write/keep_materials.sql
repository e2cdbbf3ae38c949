-- Keeps what a release decided for the material rows that it does not issue (R3): those that do not move, those that it
-- transfers, with where to, and those of which the part of a split needs nothing. What it issues is on its movements.
-- Precondition: the write mode is run.
create or replace function erp_internal.keep_materials(
    p_company_id integer,
    p_unmoved erp_internal.unmoved_material[],
    p_demand erp_internal.material_demand[],
    p_plan erp_internal.planned_movement[],
    p_splits erp_internal.order_split[]
)
returns void
language plpgsql
volatile
set enable_nestloop = off
as $$
declare
    v_split_ids constant bigint [] := array(select s.production_order_id from unnest(p_splits) as s);
    v_demand erp_internal.material_demand [];
begin
    -- few rows, mostly none: filtered before anything is joined
    v_demand := array(
        select d
        from unnest(p_demand) as d
        where d.picking_type = 'manual' or d.production_order_id = any (v_split_ids)
    );
    if p_unmoved = '{}' and v_demand = '{}' then
        return;
    end if;

    insert into erp.released_material (
        company_id, production_order_id, line, movable, picking_type, procurement_type, wip_warehouse_id,
        wip_location_id, wip_movement_reason_id, wip_resolved_by
    )
    select
        p_company_id, k.production_order_id, k.line, k.movable, k.picking_type, k.procurement_type,
        k.wip_warehouse_id, k.wip_location_id, k.wip_movement_reason_id, k.wip_resolved_by
    from (
        select
            s.ordinal, s.production_order_id, s.line, s.movable, s.picking_type, s.procurement_type,
            null::bigint as wip_warehouse_id, null::bigint as wip_location_id, null::bigint as wip_movement_reason_id,
            null::text as wip_resolved_by
        from unnest(p_unmoved) as s
        union all
        select
            d.ordinal, d.production_order_id, d.line, true, d.picking_type, d.procurement_type,
            case when m.line is not null then d.counterpart_warehouse_id end,
            case when m.line is not null then nullif(d.counterpart_location_id, 0) end,
            case when m.line is not null then d.wip_movement_reason_id end,
            case when m.line is not null then d.wip_resolved_by end
        from unnest(v_demand) as d
        left join (
            select distinct p.ordinal, p.line
            from unnest(p_plan) as p
            where p.line is not null
        ) as m on m.ordinal = d.ordinal and m.line = d.line
        where d.picking_type = 'manual' or m.line is null
    ) as k
    inner join unnest(p_plan) as o on o.ordinal = k.ordinal and o.line is null
    where o.outcome <> 'refused'
    order by k.production_order_id, k.line;
end;
$$;
