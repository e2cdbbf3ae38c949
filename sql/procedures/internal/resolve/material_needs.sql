-- Tells which material rows of launched orders move and how much (needs), and which do not (unmoved), with what decides
-- it (R2-R6, R9). The rows are read once, so that what a release keeps of a row (R3) is what it was planned with.
-- Runs on cached plans, so no join may depend on how many rows there are: sets by hash, tables by key (offset 0).
create or replace function erp_internal.material_needs(
    p_company_id integer,
    p_orders erp_internal.requested_order[],
    out needs erp_internal.material_need[],
    out unmoved erp_internal.unmoved_material[]
)
language plpgsql
stable
set enable_nestloop = off
as $$
declare
    v_parameter erp.production_parameter;
    v_site_rules boolean;
begin
    select p.* into v_parameter
    from erp.production_parameter as p
    where p.company_id = p_company_id;
    v_site_rules := exists (
        select
        from erp.warehouse_rule as r
        where r.company_id = p_company_id and r.level = 'site'
    );

    with requested as materialized (
        select
            a.ordinal,
            a.production_order_id,
            a.record_date,
            a.quantity,
            o.quantity_before,
            coalesce(j.site_id, 0) as site_id
        from unnest(p_orders) as a
        cross join lateral erp_internal.order_by_id(p_company_id, a.production_order_id) as o
        left join lateral erp_internal.job_order_by_id(p_company_id, o.job_order_id) as j on true
        where a.refusal is null
    ),

    -- which nobody asks for where no site has a rule of its own
    machine_site as materialized (
        select s.*
        from erp_internal.machine_sites(
            p_company_id, array(select a.production_order_id from requested as a where v_site_rules)
        ) as s
    ),

    commitment as (
        select
            c.production_order_id,
            c.line,
            pg_catalog.array_agg(q::erp_internal.lot_quantity order by l.lot_code) as lot_quantities
        from requested as a
        cross join lateral erp_internal.commitments_of_order(p_company_id, a.production_order_id) as c
        cross join lateral erp_internal.lot_by_id(p_company_id, c.lot_id) as l
        cross join lateral (select c.lot_id, c.quantity) as q
        group by c.production_order_id, c.line
    ),

    needed as materialized (
        select
            a.ordinal,
            a.record_date,
            a.site_id,
            a.quantity as order_quantity,
            a.quantity_before,
            m.*
        from requested as a
        cross join lateral erp_internal.materials_of_order(p_company_id, a.production_order_id) as m
    ),

    needed_item as materialized (
        select i.*
        from erp_internal.material_items(p_company_id, array(select distinct n.item_id from needed as n)) as i
    ),

    -- a row that does not move, or of which nothing is left to move, is unmoved
    measured as (
        select
            m.*,
            i.quantity_decimals,
            i.by_lot,
            i.lot_policy,
            i.picking_type,
            i.procurement_type,
            m.movable and not i.phantom as may_move,
            w.mode,
            case
                when
                    m.movable and not i.phantom
                    and (coalesce(i.picking_type, 'automatic') = 'automatic' or w.mode = 'transfer')
                    then
                        erp_internal.moved_quantity(
                            m.unit_quantity, m.fixed, m.scrap_percent, i.quantity_decimals, m.quantity_before,
                            m.order_quantity, m.picked_quantity
                        )
                else 0
            end as quantity
        from needed as m
        inner join needed_item as i on i.item_id = m.item_id
        cross join lateral (
            select
                erp_internal.material_mode(
                    v_parameter.wip_management, v_parameter.transfer_manual_to_wip, i.picking_type, m.unit_quantity < 0
                ) as mode
        ) as w
        offset 0
    )

    select
        coalesce(
            pg_catalog.array_agg(d::erp_internal.material_need) filter (where m.quantity > 0),
            '{}'
        ),
        coalesce(
            pg_catalog.array_agg(u::erp_internal.unmoved_material) filter (where m.quantity = 0),
            '{}'
        )
    into needs, unmoved
    from measured as m
    left join machine_site as s
        on
            s.production_order_id = m.production_order_id and s.has_phase = (m.phase is not null)
            and s.phase = coalesce(m.phase, 0) and s.sub_phase = coalesce(m.sub_phase, 0)
    left join commitment as c on c.production_order_id = m.production_order_id and c.line = m.line
    cross join lateral (
        select
            m.ordinal,
            m.production_order_id,
            m.record_date,
            m.line,
            m.item_id,
            coalesce(m.item_variant_id, 0) as item_variant_id,
            m.picking_type,
            m.unit_quantity,
            m.fixed,
            m.scrap_percent,
            m.quantity_decimals,
            m.quantity_before,
            m.picked_quantity,
            m.quantity,
            m.unit_quantity < 0 as load,
            m.by_lot,
            m.lot_policy,
            c.lot_quantities as commitments,
            0 as committed_location_id,
            null as kept_resolved_by,
            m.procurement_type,
            m.mode,
            m.procurement_type = 'purchase' as purchased,
            coalesce(m.warehouse_id, 0) as own_warehouse_id,
            coalesce(m.movement_reason_id, 0) as own_movement_reason_id,
            coalesce(m.location_id, 0) as own_location_id,
            m.site_id,
            coalesce(s.machine_site_id, 0) as machine_site_id
    ) as d
    cross join lateral (
        select
            m.ordinal,
            m.production_order_id,
            m.line,
            m.may_move as movable,
            m.picking_type,
            m.procurement_type
    ) as u;
end;
$$;
