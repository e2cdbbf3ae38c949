-- Returns what the lines of stock documents may move, on their own side and on that of the counterpart of their reason
-- (R13), with locations (R14) and whether stock must cover it (R15): of a line with a quantity its movement; of a count
-- what it would move in either direction. Lines that name something that there is not move nothing.
-- A line for a material row of an order picks for it or gives something back: what goes the way that the row is served.
-- Before the release of the order what is given back was picked, after it it is taken off what was issued.
-- A line of a lot item that names no location is issued from wherever its lot lies; a count is about the location that
-- it names, or stock without one.
-- Each distinct case is resolved once.
create or replace function erp_internal.document_moves(
    p_company_id integer, p_lines erp_internal.document_line[]
)
returns setof erp_internal.document_move
language plpgsql
stable
set enable_nestloop = off
as $$
begin
    return query
    with side as materialized (
        select
            l.*,
            case when l.counted_quantity is null then 'posted' else 'counted' end as mode,
            s.direction,
            s.movement_reason_id,
            o.status as order_status,
            case when m.unit_quantity < 0 then 1 else -1 end as serving_direction
        from unnest(p_lines) as l
        left join lateral erp_internal.order_by_id(p_company_id, l.production_order_id) as o on true
        left join lateral erp_internal.material_by_line(
            p_company_id, o.production_order_id, l.material_line
        ) as m on true
        cross join lateral (
            values
            (-1, l.issue_movement_reason_id),
            (1, l.load_movement_reason_id)
        ) as s (direction, movement_reason_id)
        where
            s.movement_reason_id is not null and l.item_variant_id is not null and l.lot_id is not null
            and l.location_id is not null and (l.quantity is null) <> (l.counted_quantity is null)
    ),

    resolved as materialized (
        select r.*
        from erp_internal.resolve_sources(
            p_company_id,
            array(
                select c::erp_internal.source_case
                from (
                    select distinct
                        s.mode, null::date as record_date, false as purchased, s.direction > 0 as load, s.item_id,
                        s.warehouse_id as own_warehouse_id, s.movement_reason_id as own_movement_reason_id,
                        s.location_id as own_location_id, 0::bigint as site_id, 0::bigint as machine_site_id
                    from side as s
                ) as c
            )
        ) as r
    ),

    sourced as materialized (
        select
            s.*,
            r.location_id as resolved_location_id,
            r.counterpart_warehouse_id,
            r.counterpart_movement_reason_id,
            r.counterpart_location_id,
            r.take_by_location,
            r.add_by_location,
            s.by_lot or not (p.allow_negative_stock and r.take_negative) as take_checked
        from side as s
        cross join (
            select p.allow_negative_stock
            from erp.production_parameter as p
            where p.company_id = p_company_id
        ) as p
        inner join resolved as r
            on
                r.mode = s.mode and r.load = (s.direction > 0) and r.item_id = s.item_id
                and r.own_warehouse_id = s.warehouse_id and r.own_movement_reason_id = s.movement_reason_id
                and r.own_location_id = s.location_id
    )

    select
        s.ordinal,
        s.line,
        false as counterpart,
        s.direction,
        s.record_date,
        s.item_id,
        s.item_variant_id,
        s.by_lot,
        s.lot_id,
        s.lot_code,
        s.warehouse_id,
        s.movement_reason_id,
        case
            when s.by_lot and s.direction < 0 and s.location_id = 0 and s.mode = 'posted' then null
            else s.resolved_location_id
        end as location_id,
        case when s.direction < 0 then s.take_by_location else s.add_by_location end as by_location,
        s.direction < 0 and s.take_checked as checked,
        s.quantity,
        s.counted_quantity,
        case when s.mode = 'counted' then s.direction end as count_direction,
        case when s.mode = 'counted' then s.location_id end as counted_location_id,
        s.production_order_id,
        s.material_line,
        s.production_order_id is not null and s.direction <> s.serving_direction as returned,
        s.production_order_id is not null
        and (s.direction = s.serving_direction or s.order_status = 'launched') as picked
    from sourced as s
    union all
    select
        s.ordinal,
        s.line,
        true as counterpart,
        -s.direction as direction,
        s.record_date,
        s.item_id,
        s.item_variant_id,
        s.by_lot,
        s.lot_id,
        s.lot_code,
        s.counterpart_warehouse_id as warehouse_id,
        s.counterpart_movement_reason_id as movement_reason_id,
        case when s.by_lot and s.direction > 0 then null else s.counterpart_location_id end as location_id,
        case when s.direction > 0 then s.take_by_location else s.add_by_location end as by_location,
        s.direction > 0 and s.take_checked as checked,
        s.quantity,
        s.counted_quantity,
        case when s.mode = 'counted' then s.direction end as count_direction,
        case when s.mode = 'counted' then s.location_id end as counted_location_id,
        s.production_order_id,
        s.material_line,
        false as returned,
        false as picked
    from sourced as s
    where s.counterpart_warehouse_id is not null;
end;
$$;
