-- Allocates stock to the demand of a call (R7, R15-R17, R25-R27).
-- An item is contested if there may be less of it than all orders of the call want, if its rows choose among its lots
-- in different ways, or if an order brings lots into a warehouse where others take them. The orders that want a
-- contested item are served one by one. All other items are covered whatever happens: lot items are allocated in sets,
-- and plain items need no allocation.
-- p_separately: each order is served as if there were no other (R41).
create or replace function erp_internal.allocate_stock(
    p_split boolean,
    p_orders erp_internal.requested_order[],
    p_refused_ordinals integer[],
    p_demand erp_internal.material_demand[],
    p_cells erp_internal.stock_cell[],
    p_separately boolean,
    out allocations erp_internal.allocation[],
    out contested erp_internal.item_key[]
)
language plpgsql
immutable
set enable_nestloop = off
as $$
begin
    -- 1. which items are contested
    with demand as (
        select
            d.*,
            case when d.load then d.counterpart_warehouse_id else d.warehouse_id end as take_warehouse_id,
            case
                when d.take_by_location then case when d.load then d.counterpart_location_id else d.location_id end
                else -1
            end as take_location_id
        from unnest(p_demand) as d
        where d.warehouse_id is not null
    ),

    plain as (
        select d.item_id, d.item_variant_id
        from (
            select
                d.take_warehouse_id, d.item_id, d.item_variant_id, d.take_location_id,
                pg_catalog.min(d.record_date) as record_date, pg_catalog.sum(d.quantity) as quantity
            from demand as d
            where not d.by_lot and d.take_checked and d.take_warehouse_id is not null
            group by 1, 2, 3, 4
        ) as d
        left join unnest(p_cells) as c
            on
                c.warehouse_id = d.take_warehouse_id and c.item_id = d.item_id
                and c.item_variant_id = d.item_variant_id and c.location_id = d.take_location_id
                and c.record_date = d.record_date
        where d.quantity > coalesce(c.available, 0)
    ),

    lot_group as (
        select
            d.take_warehouse_id,
            d.item_id,
            d.item_variant_id,
            pg_catalog.min(d.record_date) as record_date,
            pg_catalog.sum(d.quantity) as quantity,
            pg_catalog.count(distinct (d.record_date, d.allow_unavailable_lots, d.own_location_id)) > 1
            or pg_catalog.bool_or(d.load or d.lot_policy = 'manual' or d.commitments is not null) as mixed,
            pg_catalog.bool_or(d.allow_unavailable_lots) as allow_unavailable_lots,
            pg_catalog.max(d.own_location_id) as own_location_id
        from demand as d
        where d.by_lot
        group by 1, 2, 3
    ),

    lots as (
        select g.item_id, g.item_variant_id
        from lot_group as g
        left join unnest(p_cells) as c
            on
                c.warehouse_id = g.take_warehouse_id and c.item_id = g.item_id
                and c.item_variant_id = g.item_variant_id and c.record_date = g.record_date
                and (c.usable or (g.allow_unavailable_lots and c.usable_unavailable))
                and (g.own_location_id = 0 or c.location_id = g.own_location_id)
                and c.available > 0
        group by g.take_warehouse_id, g.item_id, g.item_variant_id, g.quantity, g.mixed
        having g.mixed or g.quantity > coalesce(pg_catalog.sum(c.available), 0)
    ),

    contested as (
        select p.item_id, p.item_variant_id from plain as p
        union
        select l.item_id, l.item_variant_id from lots as l
        union
        -- the lots that an order brings into a warehouse are among those that later orders find there (R15)
        select d.item_id, d.item_variant_id
        from demand as d
        inner join lot_group as g
            on
                g.take_warehouse_id = d.counterpart_warehouse_id and g.item_id = d.item_id
                and g.item_variant_id = d.item_variant_id
        where d.by_lot and not d.load
    )

    select pg_catalog.array_agg(c::erp_internal.item_key)
    into contested
    from contested as c;

    -- 2. serve those who want them
    if contested is not null then
        allocations := array(
            select a
            from erp_internal.allocate_contested(
                p_split, p_orders, p_refused_ordinals, p_demand, contested, p_cells, p_separately
            ) as a
        );
    end if;

    -- 3. allocate the other lot items by sets, for the orders that can be released
    if exists (select from unnest(p_demand) as d where d.by_lot) then
        allocations := allocations || array(
            select a
            from erp_internal.spread_over_lots(
                array(
                    select d
                    from unnest(p_demand) as d
                    left join unnest(contested) as c
                        on c.item_id = d.item_id and c.item_variant_id = d.item_variant_id
                    left join unnest(p_refused_ordinals) as r (ordinal) on r.ordinal = d.ordinal
                    where d.by_lot and d.warehouse_id is not null and c.item_id is null and r.ordinal is null
                ),
                allocations,
                p_cells
            ) as a
        );
    end if;
end;
$$;
