-- Resolves from where or where to each need moves, with which counterpart, and the reasons to refuse it (R10-R14). Each
-- distinct case is resolved once.
create or replace function erp_internal.resolve_needs(
    p_company_id integer, p_needs erp_internal.material_need[]
)
returns setof erp_internal.material_demand
language plpgsql
stable
set enable_nestloop = off
as $$
begin
    return query
    with resolved as materialized (
        select r.*
        from erp_internal.resolve_sources(
            p_company_id,
            array(
                select c::erp_internal.source_case
                from (
                    select distinct
                        n.mode, n.record_date, n.purchased, n.load, n.item_id, n.own_warehouse_id,
                        n.own_movement_reason_id, n.own_location_id, n.site_id, n.machine_site_id
                    from unnest(p_needs) as n
                    where n.purchased is not null
                ) as c
            )
        ) as r
    )

    select
        n.ordinal,
        n.production_order_id,
        n.record_date,
        n.line,
        n.item_id,
        n.item_variant_id,
        n.picking_type,
        n.unit_quantity,
        n.fixed,
        n.scrap_percent,
        n.quantity_decimals,
        n.quantity_before,
        n.picked_quantity,
        n.quantity,
        n.load,
        n.by_lot,
        n.lot_policy,
        coalesce(n.kept_resolved_by, r.resolved_by) as resolved_by,
        r.warehouse_id,
        r.movement_reason_id,
        r.location_id,
        n.own_location_id,
        r.allow_unavailable_lots,
        r.counterpart_warehouse_id,
        r.counterpart_movement_reason_id,
        r.counterpart_location_id,
        n.procurement_type,
        r.wip_movement_reason_id,
        r.wip_resolved_by,
        case when n.by_lot then n.commitments end as commitments,
        n.committed_location_id,
        n.by_lot or not (p.allow_negative_stock and r.take_negative) as take_checked,
        r.take_by_location,
        r.add_by_location,
        case
            when n.purchased is null then array[erp_internal.source_refusal(p_code => 'mrp_parameters_missing')]
            else r.refusals
        end as refusals
    from unnest(p_needs) as n
    cross join (
        select p.allow_negative_stock
        from erp.production_parameter as p
        where p.company_id = p_company_id
    ) as p
    left join resolved as r
        on
            r.mode = n.mode and r.record_date = n.record_date and r.purchased = n.purchased and r.load = n.load
            and r.item_id = n.item_id
            and r.own_warehouse_id = n.own_warehouse_id and r.own_movement_reason_id = n.own_movement_reason_id
            and r.own_location_id = n.own_location_id
            and r.site_id = n.site_id and r.machine_site_id = n.machine_site_id;
end;
$$;
