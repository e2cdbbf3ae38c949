-- Plans a call: preview shows the plan, release and registration execute it (R2-R28, R51, R77). From the requested
-- orders, or declarations, their resolved demand and the cells of stock that it is looked for in
-- (erp_internal.stock_cells) it makes the movements of each one that can be served, with lots and counterparts, and all
-- the reasons of each one that cannot (R8). Each has one row without line, then one per movement. An order that is
-- served in part, because stock does not cover more or no more is requested (R23, R77), is to be split.
-- p_outcome is the outcome of one that is served whole; p_refusals are reasons found before; p_separately: no order
-- takes stock from another (R41).
-- Precondition for execution: orders and stock are locked. Changes nothing.
create or replace function erp_internal.plan_movements(
    p_company_id integer,
    p_split boolean,
    p_outcome text,
    p_orders erp_internal.requested_order[],
    p_demand erp_internal.material_demand[],
    p_cells erp_internal.stock_cell[],
    p_refusals erp_internal.refusal[] default '{}',
    p_separately boolean default false
)
returns setof erp_internal.planned_movement
language plpgsql
stable
set enable_nestloop = off
as $$
declare
    v_period_start date;
    v_period_end date;
    v_allocations erp_internal.allocation [];
    v_contested erp_internal.item_key [];
    v_refusals erp_internal.refusal [];
begin
    select p.period_start, p.period_end
    into v_period_start, v_period_end
    from erp.production_parameter as p
    where p.company_id = p_company_id;

    v_refusals := p_refusals
        || erp_internal.record_number_refusals(p_company_id, p_orders, p_demand)
        || erp_internal.plan_refusals(p_orders, p_demand, v_period_start, v_period_end);
    select a.allocations, a.contested
    into v_allocations, v_contested
    from erp_internal.allocate_stock(
        p_split, p_orders, array(select r.ordinal from erp_internal.refused_ordinals(v_refusals) as r), p_demand,
        p_cells, p_separately
    ) as a;
    v_refusals := v_refusals || erp_internal.shortage_refusals(p_orders, p_demand, v_allocations);

    return query
    with refused as (
        select f.ordinal from erp_internal.refused_ordinals(v_refusals) as f
    ),

    verdict as materialized (
        select
            o.ordinal,
            o.production_order_id,
            o.production_declaration_id,
            o.record_date,
            case
                when f.ordinal is not null then 'refused'
                when coalesce(s.order_quantity, o.quantity) < o.whole_quantity then 'split'
                else p_outcome
            end as outcome,
            case when f.ordinal is not null then 0 else coalesce(s.order_quantity, o.quantity) end as feasible_quantity,
            case when f.ordinal is not null then r.reasons else '[]' end as reasons
        from unnest(p_orders) as o
        left join refused as f on f.ordinal = o.ordinal
        left join erp_internal.render_reasons(p_company_id, v_refusals) as r on r.ordinal = o.ordinal
        left join (
            select a.ordinal, a.order_quantity
            from unnest(v_allocations) as a
            where a.order_quantity is not null
        ) as s on s.ordinal = o.ordinal
    ),

    -- rows are never merged, but the commitment and the policy quantity of one lot are one line (R19); it is added in
    -- one line too, from wherever it was taken
    taken as (
        select
            a.ordinal,
            a.line,
            a.lot_id,
            a.location_id,
            pg_catalog.sum(a.quantity) as quantity,
            case
                when pg_catalog.row_number() over (partition by a.ordinal, a.line, a.lot_id order by a.location_id) = 1
                    then pg_catalog.sum(pg_catalog.sum(a.quantity)) over (partition by a.ordinal, a.line, a.lot_id)
            end as added_quantity
        from unnest(v_allocations) as a
        where a.quantity is not null
        group by a.ordinal, a.line, a.lot_id, a.location_id
    ),

    -- only the columns that are written go on: a demand is wide
    moved as materialized (
        select
            v.ordinal, v.production_order_id, v.production_declaration_id, v.record_date, v.outcome,
            v.feasible_quantity, v.reasons,
            d.line, d.item_id, d.item_variant_id, d.load, d.warehouse_id, d.movement_reason_id, d.location_id,
            d.counterpart_warehouse_id, d.counterpart_movement_reason_id, d.counterpart_location_id,
            d.resolved_by, d.picking_type,
            t.lot_id,
            case
                when d.by_lot then t.location_id
                when d.load then d.counterpart_location_id
                else d.location_id
            end as take_location_id,
            t.quantity,
            t.added_quantity
        from taken as t
        inner join unnest(p_demand) as d on d.ordinal = t.ordinal and d.line = t.line
        inner join verdict as v on v.ordinal = t.ordinal and v.outcome <> 'refused'
        union all
        -- an item that is not contested covers its rows in full
        select
            v.ordinal, v.production_order_id, v.production_declaration_id, v.record_date, v.outcome,
            v.feasible_quantity, v.reasons,
            d.line, d.item_id, d.item_variant_id, d.load, d.warehouse_id, d.movement_reason_id, d.location_id,
            d.counterpart_warehouse_id, d.counterpart_movement_reason_id, d.counterpart_location_id,
            d.resolved_by, d.picking_type,
            0,
            case when d.load then d.counterpart_location_id else d.location_id end,
            q.quantity,
            q.quantity
        from unnest(p_demand) as d
        inner join verdict as v on v.ordinal = d.ordinal and v.outcome <> 'refused'
        cross join lateral (
            select
                case v.outcome
                    when 'split'
                        then
                            erp_internal.moved_quantity(
                                d.unit_quantity, d.fixed, d.scrap_percent, d.quantity_decimals, d.quantity_before,
                                v.feasible_quantity, d.picked_quantity
                            )
                    else d.quantity
                end as quantity
        ) as q
        where
            not d.by_lot
            and (d.item_id, d.item_variant_id) not in (
                select c.item_id, c.item_variant_id
                from unnest(v_contested) as c
            )
            and q.quantity > 0
    )

    select
        v.ordinal,
        v.production_order_id,
        v.production_declaration_id,
        v.record_date,
        v.outcome,
        v.feasible_quantity,
        null::integer as line,
        null::bigint as item_id,
        null::bigint as item_variant_id,
        null::bigint as lot_id,
        null::bigint as location_id,
        null::bigint as warehouse_id,
        null::bigint as movement_reason_id,
        null::text as resolved_by,
        null::text as picking_type,
        null::numeric as quantity,
        null::boolean as counterpart,
        v.reasons,
        null::text as document_key,
        null::integer as material_line,
        false as picked
    from verdict as v
    union all
    -- what is taken: the source of an issue, the counterpart of a load
    select
        m.ordinal,
        m.production_order_id,
        m.production_declaration_id,
        m.record_date,
        m.outcome,
        m.feasible_quantity,
        m.line,
        m.item_id,
        nullif(m.item_variant_id, 0) as item_variant_id,
        nullif(m.lot_id, 0) as lot_id,
        nullif(m.take_location_id, 0) as location_id,
        case when m.load then m.counterpart_warehouse_id else m.warehouse_id end as warehouse_id,
        case when m.load then m.counterpart_movement_reason_id else m.movement_reason_id end as movement_reason_id,
        m.resolved_by,
        m.picking_type,
        -m.quantity as quantity,
        m.load as counterpart,
        m.reasons,
        null::text as document_key,
        case when m.line > 0 then m.line end as material_line,
        false as picked
    from moved as m
    where (not m.load or m.counterpart_warehouse_id is not null) and m.quantity > 0
    union all
    -- what is added: the counterpart of an issue, a by-product
    select
        m.ordinal,
        m.production_order_id,
        m.production_declaration_id,
        m.record_date,
        m.outcome,
        m.feasible_quantity,
        m.line,
        m.item_id,
        nullif(m.item_variant_id, 0) as item_variant_id,
        nullif(m.lot_id, 0) as lot_id,
        nullif(case when m.load then m.location_id else m.counterpart_location_id end, 0) as location_id,
        case when m.load then m.warehouse_id else m.counterpart_warehouse_id end as warehouse_id,
        case when m.load then m.movement_reason_id else m.counterpart_movement_reason_id end as movement_reason_id,
        m.resolved_by,
        m.picking_type,
        m.added_quantity as quantity,
        not m.load as counterpart,
        m.reasons,
        null::text as document_key,
        case when m.line > 0 then m.line end as material_line,
        false as picked
    from moved as m
    where (m.load or m.counterpart_warehouse_id is not null) and m.added_quantity > 0;
end;
$$;
