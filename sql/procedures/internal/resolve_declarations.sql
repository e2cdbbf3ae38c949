-- requires: internal/declared_quantity, internal/material_items, views/phase_role, internal/remaining_commitments
-- requires: internal/resolve_needs
-- What registering declarations moves, whereto, from where, and what stands against it (R51): the good quantity at the
-- producing phase, the scrap, and the manual materials of the phase in proportion to the quantity declared, each the
-- need for all that its phase has declared less the need for what was declared before. Declarations refused already
-- move nothing.
-- Runs on cached plans, so no join may depend on how many rows there are: sets by hash, tables by key (offset 0).
create or replace function erp_internal.resolve_declarations(
    p_company_id integer, p_record_date date, p_declarations erp_internal.asked_declaration[]
)
returns setof erp_internal.material_demand
language plpgsql
stable
set enable_nestloop = off
as $$
declare
    v_wip_management boolean;
    v_transfer boolean;
begin
    select p.wip_management, p.wip_management and p.transfer_manual_to_wip
    into v_wip_management, v_transfer
    from erp.production_parameter as p
    where p.company_id = p_company_id;

    return query
    with declared as materialized (
        select
            d.*,
            o.item_id,
            coalesce(o.item_variant_id, 0) as item_variant_id,
            o.level,
            o.quantity_before,
            coalesce(o.load_warehouse_id, 0) as load_warehouse_id,
            coalesce(o.load_movement_reason_id, 0) as load_movement_reason_id,
            coalesce(j.site_id, 0) as site_id,
            coalesce(f.machine_site_id, 0) as machine_site_id
        from unnest(p_declarations) as d
        cross join lateral (
            select o.*
            from erp.production_order as o
            where o.company_id = p_company_id and o.production_order_id = d.production_order_id
            offset 0
        ) as o
        left join lateral (
            select j.site_id
            from erp.job_order as j
            where j.company_id = p_company_id and j.job_order_id = o.job_order_id
            offset 0
        ) as j on true
        cross join lateral (
            select f.machine_site_id
            from erp_internal.phase_role as f
            where
                f.company_id = p_company_id and f.production_order_id = d.production_order_id
                and f.phase = d.phase and f.sub_phase = d.sub_phase
            offset 0
        ) as f
        where d.refusal is null and d.movable and d.good_quantity + d.scrap_quantity > 0
    ),

    product as (
        select
            d.place,
            d.production_order_id,
            q.line,
            d.item_id,
            d.item_variant_id,
            null,
            q.quantity,
            true,
            0::numeric,
            i.quantity_decimals,
            0::numeric,
            0::numeric,
            q.quantity,
            true,
            i.tracking = 'lot',
            'manual',
            case when d.lot_id is not null then array[d.lot_id] end,
            case when d.lot_id is not null then array[q.quantity] end,
            q.mode,
            false,
            case when q.line = 0 then d.load_warehouse_id else 0 end,
            case when q.line = 0 then d.load_movement_reason_id else 0 end,
            0::bigint,
            d.site_id,
            d.machine_site_id
        from declared as d
        cross join lateral (
            values
            (0, case d.level when 1 then 'finished' else 'semi_finished' end, d.good_quantity, d.producing),
            (-1, 'scrap', d.scrap_quantity, true)
        ) as q (line, mode, quantity, loaded)
        cross join lateral (
            select i.quantity_decimals, i.tracking
            from erp.item as i
            where i.company_id = p_company_id and i.item_id = d.item_id
            offset 0
        ) as i
        where q.loaded and q.quantity > 0
    ),

    needed as materialized (
        select
            d.place,
            d.order_quantity,
            d.declared_before,
            d.declared_before + d.good_quantity + d.scrap_quantity as declared_after,
            d.quantity_before,
            d.site_id,
            d.machine_site_id,
            m.*
        from declared as d
        cross join lateral (
            select m.*
            from erp.production_order_material as m
            where m.company_id = p_company_id and m.production_order_id = d.production_order_id
            offset 0
        ) as m
        where
            m.movable
            and case
                when m.phase is null then d.producing
                else m.phase = d.phase and coalesce(m.sub_phase, 0) = d.sub_phase
            end
    ),

    needed_item as materialized (
        select i.*
        from erp_internal.material_items(p_company_id, array(select distinct n.item_id from needed as n)) as i
        where coalesce(i.picking_type, 'manual') = 'manual'
    ),

    measured as (
        select
            n.*,
            i.quantity_decimals,
            i.by_lot,
            i.lot_policy,
            i.picking_type,
            i.purchased,
            -- what the release transferred is in the wip section now, wherever the row took it from (R9)
            v_transfer and n.unit_quantity > 0 as transferred,
            a.quantity - b.quantity as quantity
        from needed as n
        inner join needed_item as i on i.item_id = n.item_id
        cross join lateral erp_internal.declared_quantity(
            n.unit_quantity, n.fixed, n.scrap_percent, i.quantity_decimals, n.quantity_before, n.order_quantity,
            n.declared_after, n.picked_quantity
        ) as a (quantity)
        cross join lateral erp_internal.declared_quantity(
            n.unit_quantity, n.fixed, n.scrap_percent, i.quantity_decimals, n.quantity_before, n.order_quantity,
            n.declared_before, n.picked_quantity
        ) as b (quantity)
    ),

    -- of each material row, what it asks from and up to on the scale of its commitments, counted over the call
    scaled as materialized (
        select
            m.*,
            pg_catalog.sum(m.quantity) over g - m.quantity as quantity_from,
            pg_catalog.sum(m.quantity) over g as quantity_to
        from measured as m
        where m.quantity > 0
        window g as (partition by m.production_order_id, m.line order by m.place)
    ),

    commitment as materialized (
        select c.*
        from erp_internal.remaining_commitments(
            p_company_id, array(select distinct s.production_order_id from scaled as s where s.by_lot)
        ) as c
    ),

    share as (
        select
            s.place,
            s.line,
            pg_catalog.array_agg(c.lot_id order by c.quantity_from) as lot_ids,
            pg_catalog.array_agg(
                least(s.quantity_to, c.quantity_to) - greatest(s.quantity_from, c.quantity_from)
                order by c.quantity_from
            ) as quantities
        from scaled as s
        inner join commitment as c on c.production_order_id = s.production_order_id and c.line = s.line
        where s.by_lot and least(s.quantity_to, c.quantity_to) > greatest(s.quantity_from, c.quantity_from)
        group by s.place, s.line
    ),

    material as (
        select
            s.place,
            s.production_order_id,
            s.line,
            s.item_id,
            coalesce(s.item_variant_id, 0),
            s.picking_type,
            s.unit_quantity,
            s.fixed,
            s.scrap_percent,
            s.quantity_decimals,
            s.quantity_before,
            s.picked_quantity,
            s.quantity,
            s.unit_quantity < 0,
            s.by_lot,
            s.lot_policy,
            c.lot_ids,
            c.quantities,
            case when s.transferred then 'transferred' when v_wip_management then 'wip' else 'direct' end,
            s.purchased,
            case when s.transferred then 0 else coalesce(s.warehouse_id, 0) end,
            case when s.transferred then 0 else coalesce(s.movement_reason_id, 0) end,
            case when s.transferred then 0 else coalesce(s.location_id, 0) end,
            s.site_id,
            s.machine_site_id
        from scaled as s
        left join share as c on c.place = s.place and c.line = s.line
    )

    select d.*
    from erp_internal.resolve_needs(
        p_company_id, p_record_date,
        array(
            select p::erp_internal.material_need from product as p
            union all
            select m::erp_internal.material_need from material as m
        )
    ) as d;
end;
$$;
