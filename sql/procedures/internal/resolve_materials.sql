-- requires: internal/source_levels, internal/mapped_locations, internal/moved_quantity
-- Which material rows of launched orders move, how much, from where and with which mirror, and what stands against
-- each (R2-R6, R9-R14). Configuration is resolved once per distinct case, then joined back to the rows.
create or replace function erp_internal.resolve_materials(
    p_company_id integer, p_orders erp_internal.asked_order[], p_record_date date
)
returns setof erp_internal.material_demand
language plpgsql
stable
set join_collapse_limit = 1
as $$
declare
    v_parameter erp.production_parameter;
    v_order_ids bigint [];
    v_ordinals integer [];
begin
    select p.* into v_parameter
    from erp.production_parameter as p
    where p.company_id = p_company_id;

    select pg_catalog.array_agg(o.production_order_id), pg_catalog.array_agg(o.ordinal)
    into v_order_ids, v_ordinals
    from unnest(p_orders) as o
    where o.refusal is null;

    return query
    with asked as (
        select a.production_order_id, a.ordinal
        from unnest(v_order_ids, v_ordinals) as a (production_order_id, ordinal)
    ),

    -- the machine site that level 4 asks where a material's phase has none (R10)
    last_phase as (
        select distinct on (f.production_order_id) f.production_order_id, f.machine_site_id
        from erp.production_order_phase as f
        where
            f.company_id = p_company_id and f.production_order_id = any (v_order_ids)
            and f.productive and f.movable
        order by f.production_order_id, f.phase desc, f.sub_phase desc
    ),

    commitment as (
        select
            c.production_order_id,
            c.line,
            pg_catalog.array_agg(c.lot_id order by l.lot_code) as lot_ids,
            pg_catalog.array_agg(c.quantity order by l.lot_code) as quantities
        from erp.material_lot as c
        inner join erp.lot as l on l.company_id = c.company_id and l.lot_id = c.lot_id
        where c.company_id = p_company_id and c.production_order_id = any (v_order_ids)
        group by c.production_order_id, c.line
    ),

    material as materialized (
        select
            a.ordinal,
            m.production_order_id,
            m.line,
            m.item_id,
            coalesce(m.item_variant_id, 0) as item_variant_id,
            mrp.picking_type,
            m.unit_quantity,
            m.fixed,
            m.scrap_percent,
            i.quantity_decimals,
            m.picked_quantity,
            q.quantity,
            c.lot_ids,
            c.quantities,
            m.unit_quantity < 0 as load,
            i.tracking = 'lot' as by_lot,
            i.lot_policy,
            case
                when mrp.picking_type = 'manual' then 'transfer'
                when v_parameter.wip_management then 'wip'
                else 'direct'
            end as mode,
            mrp.procurement_type = 'purchase' as purchased,
            coalesce(m.warehouse_id, 0) as own_warehouse_id,
            coalesce(m.movement_reason_id, 0) as own_movement_reason_id,
            coalesce(m.location_id, 0) as own_location_id,
            coalesce(j.site_id, 0) as site_id,
            coalesce(f.machine_site_id, n.machine_site_id, 0) as machine_site_id
        from asked as a
        inner join erp.production_order as o
            on o.company_id = p_company_id and o.production_order_id = a.production_order_id
        inner join erp.production_order_material as m
            on m.company_id = p_company_id and m.production_order_id = a.production_order_id
        inner join erp.item as i on i.company_id = p_company_id and i.item_id = m.item_id
        left join erp.item_mrp_parameter as mrp on mrp.company_id = p_company_id and mrp.item_id = m.item_id
        left join erp.job_order as j on j.company_id = p_company_id and j.job_order_id = o.job_order_id
        left join erp.production_order_phase as f
            on
                f.company_id = p_company_id and f.production_order_id = m.production_order_id
                and f.phase = m.phase and f.sub_phase = m.sub_phase
        left join commitment as c on c.production_order_id = m.production_order_id and c.line = m.line
        left join last_phase as n on n.production_order_id = a.production_order_id
        cross join lateral (
            select
                erp_internal.moved_quantity(
                    m.unit_quantity, m.fixed, m.scrap_percent, i.quantity_decimals, o.quantity, m.picked_quantity
                ) as quantity
            offset 0 -- computed once, not in the filter again
        ) as q
        where
            m.movable and not i.phantom and q.quantity > 0
            and (
                mrp.item_id is null
                or mrp.picking_type = 'automatic'
                or (
                    mrp.picking_type = 'manual' and m.unit_quantity > 0
                    and v_parameter.wip_management and v_parameter.transfer_manual_to_wip
                )
            )
    ),

    distinct_case as (
        select distinct
            m.mode, m.purchased, m.load, m.by_lot, m.item_id, m.own_warehouse_id, m.own_movement_reason_id,
            m.own_location_id, m.site_id, m.machine_site_id
        from material as m
        where m.picking_type is not null
    ),

    sourced as (
        select
            c.*,
            coalesce(nullif(c.own_warehouse_id, 0), l.warehouse_id) as warehouse_id,
            case
                when c.own_warehouse_id <> 0 then c.own_movement_reason_id
                when c.load then l.load_movement_reason_id
                else l.issue_movement_reason_id
            end as movement_reason_id,
            case when c.own_warehouse_id <> 0 then 'material' else l.resolved_by end as resolved_by,
            t.warehouse_id as transfer_warehouse_id,
            t.load_movement_reason_id as transfer_movement_reason_id
        from distinct_case as c
        left join lateral (
            select s.*
            from erp_internal.source_levels(
                p_company_id, case c.mode when 'wip' then 'wip' else 'direct' end,
                c.purchased, c.item_id, c.site_id, c.machine_site_id
            ) as s
            order by s.place
            limit 1
        ) as l on c.own_warehouse_id = 0
        left join lateral (
            select s.*
            from erp_internal.source_levels(
                p_company_id, 'transfer', c.purchased, c.item_id, c.site_id, c.machine_site_id
            ) as s
            order by s.place
            limit 1
        ) as t on c.mode = 'transfer'
    ),

    mirrored as (
        select
            s.*,
            r.default_location_id,
            coalesce(r.allow_unavailable_lots, false) as allow_unavailable_lots,
            w.allow_negative_stock,
            w.check_location,
            w.valid_until < p_record_date as expired,
            s.warehouse_id is not null and not coalesce(
                r.direction = case when s.load then 'load' else 'issue' end and r.usable_in_production, false
            ) as reason_unusable,
            case when s.mode = 'transfer' then s.transfer_warehouse_id else r.counterpart_warehouse_id
            end as mirror_warehouse_id,
            case when s.mode = 'transfer' then s.transfer_movement_reason_id else r.counterpart_movement_reason_id
            end as mirror_movement_reason_id
        from sourced as s
        left join erp.warehouse as w on w.company_id = p_company_id and w.warehouse_id = s.warehouse_id
        left join erp.movement_reason as r
            on r.company_id = p_company_id and r.movement_reason_id = s.movement_reason_id
    ),

    resolved as materialized (
        select
            s.*,
            coalesce(own.location_id, map.location_id, standard.location_id, 0) as location_id,
            coalesce(mirror_map.location_id, mirror_standard.location_id, 0) as mirror_location_id,
            coalesce(case when s.load then w.allow_negative_stock else s.allow_negative_stock end, false) as take_negative,
            coalesce(case when s.load then w.check_location else s.check_location end, false) as take_by_location,
            coalesce(case when s.load then s.check_location else w.check_location end, false) as add_by_location,
            array[
                case
                    when s.warehouse_id is null or (s.mode = 'transfer' and s.mirror_warehouse_id is null)
                        then 'warehouse_unresolved'
                end,
                case when s.reason_unusable then 'reason_unusable' end,
                case when s.expired then 'warehouse_expired' end,
                case
                    when
                        s.mirror_warehouse_id is not null and not coalesce(
                            r.direction = case when s.load then 'issue' else 'load' end and r.usable_in_production, false
                        )
                        then 'reason_unusable'
                end,
                case when w.valid_until < p_record_date then 'warehouse_expired' end
            ] as refusals,
            array[
                null, s.warehouse_id, s.warehouse_id, s.mirror_warehouse_id, s.mirror_warehouse_id
            ] as refused_warehouse_ids
        from mirrored as s
        left join erp.warehouse as w on w.company_id = p_company_id and w.warehouse_id = s.mirror_warehouse_id
        left join erp.movement_reason as r
            on r.company_id = p_company_id and r.movement_reason_id = s.mirror_movement_reason_id
        left join lateral (
            select l.location_id
            from erp_internal.mapped_locations(p_company_id, s.item_id, s.warehouse_id) as l
            order by l.priority, l.location_code
            limit 1
        ) as map on true
        left join lateral (
            select l.location_id
            from erp_internal.mapped_locations(p_company_id, s.item_id, s.mirror_warehouse_id) as l
            order by l.priority, l.location_code
            limit 1
        ) as mirror_map on true
        left join erp.location as own
            on own.company_id = p_company_id and own.location_id = s.own_location_id and not own.blocked
        left join erp.location as standard
            on standard.company_id = p_company_id and standard.location_id = s.default_location_id and not standard.blocked
        left join erp.location as mirror_standard
            on
                mirror_standard.company_id = p_company_id and mirror_standard.location_id = r.default_location_id
                and not mirror_standard.blocked
    )

    select
        m.ordinal,
        m.production_order_id,
        m.line,
        m.item_id,
        m.item_variant_id,
        m.picking_type,
        m.unit_quantity,
        m.fixed,
        m.scrap_percent,
        m.quantity_decimals,
        m.picked_quantity,
        m.quantity,
        m.load,
        m.by_lot,
        m.lot_policy,
        r.resolved_by,
        r.warehouse_id,
        r.movement_reason_id,
        r.location_id,
        m.own_location_id,
        r.allow_unavailable_lots,
        r.mirror_warehouse_id,
        r.mirror_movement_reason_id,
        r.mirror_location_id,
        case when m.by_lot then m.lot_ids end,
        case when m.by_lot then m.quantities end,
        m.by_lot or not (v_parameter.allow_negative_stock and r.take_negative),
        r.take_by_location,
        r.add_by_location,
        case
            when m.picking_type is null then array['mrp_parameters_missing']
            when pg_catalog.array_remove(r.refusals, null) <> '{}' then r.refusals
        end,
        r.refused_warehouse_ids
    from material as m
    left join resolved as r
        on
            r.mode = m.mode and r.purchased = m.purchased and r.load = m.load and r.item_id = m.item_id
            and r.own_warehouse_id = m.own_warehouse_id and r.own_movement_reason_id = m.own_movement_reason_id
            and r.own_location_id = m.own_location_id
            and r.site_id = m.site_id and r.machine_site_id = m.machine_site_id;
end;
$$;
