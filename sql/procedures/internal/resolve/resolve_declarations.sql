-- Resolves what registering declarations moves, from where, where to, and the reasons to refuse it (R51): the good
-- quantity at the producing phase, the scrap, and the materials that are due, namely what each row needs for all that
-- its phase has declared, less what was picked and what registrations of the order issued of it already.
-- Due are the rows that the release in force kept as manual, whatever they are by now; without a release, and of rows
-- added after it, those that are manual now (R3, R39). What a release transferred is issued from where it was
-- transferred to. Declarations that are refused already move nothing.
-- Runs on cached plans, so no join may depend on how many rows there are: sets by hash, tables by key (offset 0).
create or replace function erp_internal.resolve_declarations(
    p_company_id integer, p_declarations erp_internal.requested_declaration[]
)
returns setof erp_internal.material_demand
language plpgsql
stable
set enable_nestloop = off
as $$
declare
    v_wip_management boolean;
begin
    select p.wip_management
    into v_wip_management
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
            o.release_run_id,
            coalesce(o.load_warehouse_id, 0) as load_warehouse_id,
            coalesce(o.load_movement_reason_id, 0) as load_movement_reason_id,
            coalesce(j.site_id, 0) as site_id,
            coalesce(f.machine_site_id, 0) as machine_site_id
        from unnest(p_declarations) as d
        cross join lateral erp_internal.order_by_id(p_company_id, d.production_order_id) as o
        left join lateral erp_internal.job_order_by_id(p_company_id, o.job_order_id) as j on true
        inner join erp_internal.phase_roles(
            p_company_id,
            array(select distinct d.production_order_id from unnest(p_declarations) as d where d.refusal is null)
        ) as f on f.production_order_id = d.production_order_id and f.phase = d.phase and f.sub_phase = d.sub_phase
        where d.refusal is null and d.movable and d.good_quantity + d.scrap_quantity > 0
    ),

    product as (
        select
            d.turn as ordinal,
            d.production_order_id,
            d.record_date,
            q.line,
            d.item_id,
            d.item_variant_id,
            null as picking_type,
            q.quantity as unit_quantity,
            true as fixed,
            0::numeric as scrap_percent,
            i.quantity_decimals,
            0::numeric as quantity_before,
            0::numeric as picked_quantity,
            q.quantity,
            true as load,
            i.tracking = 'lot' as by_lot,
            'manual' as lot_policy,
            case when d.lot_id is not null then array[l::erp_internal.lot_quantity] end as commitments,
            0::bigint as committed_location_id,
            null as kept_resolved_by,
            null as procurement_type,
            q.mode,
            false as purchased,
            case when q.line = 0 then d.load_warehouse_id else 0 end as own_warehouse_id,
            case when q.line = 0 then d.load_movement_reason_id else 0 end as own_movement_reason_id,
            0::bigint as own_location_id,
            d.site_id,
            d.machine_site_id
        from declared as d
        cross join lateral (
            values
            (0, case d.level when 1 then 'finished' else 'semi_finished' end, d.produced_quantity),
            (-1, 'scrap', d.scrap_quantity)
        ) as q (line, mode, quantity)
        cross join lateral erp_internal.item_by_id(p_company_id, d.item_id) as i
        cross join lateral (select d.lot_id, q.quantity) as l
        where q.quantity > 0
    ),

    -- what the releases in force kept of the rows that they did not issue
    kept as materialized (
        select k.*
        from (
            select distinct d.production_order_id
            from declared as d
            where d.release_run_id is not null
        ) as d
        cross join lateral (
            select k.*
            from erp.released_material as k
            where k.company_id = p_company_id and k.production_order_id = d.production_order_id
            offset 0
        ) as k
    ),

    needed as materialized (
        select
            d.turn,
            d.record_date,
            d.order_quantity,
            d.declared_before + d.good_quantity + d.scrap_quantity as declared_after,
            d.quantity_before,
            d.site_id,
            d.machine_site_id,
            d.release_run_id,
            k.line is not null as kept,
            k.picking_type as kept_picking_type,
            k.procurement_type as kept_procurement_type,
            k.wip_warehouse_id,
            k.wip_location_id,
            k.wip_movement_reason_id,
            k.wip_resolved_by,
            m.*
        from declared as d
        cross join lateral erp_internal.materials_of_order(p_company_id, d.production_order_id) as m
        left join kept as k on k.production_order_id = m.production_order_id and k.line = m.line
        where
            case when k.line is null then m.movable else k.movable end
            and coalesce(k.picking_type, 'manual') = 'manual'
            and case
                when m.phase is null then d.producing
                else m.phase = d.phase and coalesce(m.sub_phase, 0) = d.sub_phase
            end
    ),

    needed_item as materialized (
        select i.*
        from erp_internal.material_items(p_company_id, array(select distinct n.item_id from needed as n)) as i
    ),

    due as materialized (
        select
            n.*,
            i.quantity_decimals,
            i.by_lot,
            i.lot_policy,
            coalesce(n.kept_picking_type, i.picking_type) as picking_type,
            coalesce(n.kept_procurement_type, i.procurement_type) as procurement_type
        from needed as n
        inner join needed_item as i on i.item_id = n.item_id
        where
            n.kept_picking_type is not null
            or coalesce(i.picking_type, 'manual') = 'manual' and (n.kept or not i.phantom)
    ),

    issued as materialized (
        select g.*
        from erp_internal.registered_materials(
            p_company_id, array(select distinct d.production_order_id from due as d)
        ) as g
    ),

    -- issued by the release itself
    settled as materialized (
        select g.*
        from erp_internal.issued_by_release(
            p_company_id,
            array(
                select distinct d.production_order_id from due as d where d.release_run_id is not null and not d.kept
            )
        ) as g
    ),

    -- what the row is to have moved after each turn of the call; never less than before
    reached as (
        select
            d.*,
            greatest(
                pg_catalog.max(a.quantity) over g, coalesce(pg_catalog.sign(-d.unit_quantity) * g.quantity, 0)
            ) as quantity_to,
            coalesce(pg_catalog.sign(-d.unit_quantity) * g.quantity, 0) as issued_quantity
        from due as d
        cross join lateral erp_internal.declared_quantity(
            d.unit_quantity, d.fixed, d.scrap_percent, d.quantity_decimals, d.quantity_before, d.order_quantity,
            d.declared_after, d.picked_quantity
        ) as a (quantity)
        left join issued as g on g.production_order_id = d.production_order_id and g.line = d.line
        left join settled as s on s.production_order_id = d.production_order_id and s.line = d.line
        where s.line is null
        window g as (partition by d.production_order_id, d.line order by d.turn)
    ),

    measured as (
        select
            r.*,
            r.quantity_to - coalesce(
                pg_catalog.lag(r.quantity_to) over (partition by r.production_order_id, r.line order by r.turn),
                r.issued_quantity
            ) as quantity
        from reached as r
    ),

    -- which part of its commitments each material row needs at each turn of the call
    scaled as materialized (
        select
            m.*,
            m.quantity_to - m.quantity - m.issued_quantity as commitment_from,
            m.quantity_to - m.issued_quantity as commitment_to
        from measured as m
        where m.quantity > 0
    ),

    commitment as materialized (
        select c.*
        from erp_internal.remaining_commitments(
            p_company_id, array(select distinct s.production_order_id from scaled as s where s.by_lot)
        ) as c
    ),

    share as (
        select
            s.turn,
            s.line,
            pg_catalog.array_agg(q::erp_internal.lot_quantity order by c.quantity_from) as lot_quantities
        from scaled as s
        inner join commitment as c on c.production_order_id = s.production_order_id and c.line = s.line
        cross join lateral (
            select
                c.lot_id,
                least(s.commitment_to, c.quantity_to) - greatest(s.commitment_from, c.quantity_from) as quantity
        ) as q
        where s.by_lot and least(s.commitment_to, c.quantity_to) > greatest(s.commitment_from, c.quantity_from)
        group by s.turn, s.line
    ),

    material as (
        select
            s.turn as ordinal,
            s.production_order_id,
            s.record_date,
            s.line,
            s.item_id,
            coalesce(s.item_variant_id, 0) as item_variant_id,
            s.picking_type,
            s.unit_quantity,
            s.fixed,
            s.scrap_percent,
            s.quantity_decimals,
            s.quantity_before,
            s.picked_quantity,
            s.quantity,
            s.unit_quantity < 0 as load,
            s.by_lot,
            s.lot_policy,
            c.lot_quantities as commitments,
            coalesce(s.wip_location_id, 0) as committed_location_id,
            s.wip_resolved_by as kept_resolved_by,
            s.procurement_type,
            case
                when s.wip_warehouse_id is not null then 'transferred'
                when v_wip_management then 'wip'
                else 'direct'
            end as mode,
            s.procurement_type = 'purchase' as purchased,
            coalesce(s.wip_warehouse_id, s.warehouse_id, 0) as own_warehouse_id,
            case
                when s.wip_warehouse_id is null then coalesce(s.movement_reason_id, 0)
                else coalesce(s.wip_movement_reason_id, 0)
            end as own_movement_reason_id,
            case
                when s.wip_warehouse_id is null then coalesce(s.location_id, 0)
                -- a lot that was not transferred may be anywhere in the wip warehouse
                when s.by_lot then 0
                else coalesce(s.wip_location_id, 0)
            end as own_location_id,
            s.site_id,
            s.machine_site_id
        from scaled as s
        left join share as c on c.turn = s.turn and c.line = s.line
    )

    select d.*
    from erp_internal.resolve_needs(
        p_company_id,
        array(
            select p::erp_internal.material_need from product as p
            union all
            select m::erp_internal.material_need from material as m
        )
    ) as d;
end;
$$;
