-- Allocates stock to the demand of the contested items (R7, R15-R17, R25-R27): what the orders that want them try is
-- laid out in steps, and served one order after the other (see erp_internal.serve_contested).
-- p_separately: each order is served as if there were no other (R41).
create or replace function erp_internal.allocate_contested(
    p_split boolean,
    p_orders erp_internal.requested_order[],
    p_refused_ordinals integer[],
    p_demand erp_internal.material_demand[],
    p_contested erp_internal.item_key[],
    p_cells erp_internal.stock_cell[],
    p_separately boolean
)
returns setof erp_internal.allocation
language plpgsql
immutable
set enable_nestloop = off
as $$
declare
    v_steps erp_internal.allocation_step [];
    v_pool_cells integer [];
    v_pool_add_cells integer [];
begin
    -- what the orders try, row by row
    with line as (
        select
            d.*,
            case when d.load then d.counterpart_warehouse_id else d.warehouse_id end as take_warehouse_id,
            case when d.load then d.warehouse_id else d.counterpart_warehouse_id end as add_warehouse_id,
            case
                when d.by_lot then case when d.load then 0 else d.own_location_id end
                when d.take_by_location then case when d.load then d.counterpart_location_id else d.location_id end
                else -1
            end as take_location_id,
            case
                when d.by_lot or d.add_by_location
                    then case when d.load then d.location_id else d.counterpart_location_id end
                else -1
            end as add_location_id
        from unnest(p_demand) as d
        inner join unnest(p_contested) as c
            on c.item_id = d.item_id and c.item_variant_id = d.item_variant_id
        where d.warehouse_id is not null
    ),

    -- a plain item takes from one cell; a lot item from each committed lot (where a transfer put it), then
    -- the rest from the lots of its policy
    attempt as materialized (
        select
            l.*, l.take_location_id as from_location_id, 1 as pick, null::bigint as lot_id,
            null::numeric as limit_quantity, true as covered
        from line as l
        where not l.by_lot
        union all
        select
            l.*, coalesce(nullif(l.committed_location_id, 0), l.take_location_id), k.pick, k.lot_id, k.limit_quantity,
            true as covered
        from line as l
        cross join lateral unnest(l.commitments) with ordinality as k (lot_id, limit_quantity, pick)
        where l.by_lot
        union all
        select
            l.*, l.take_location_id, coalesce(pg_catalog.cardinality(l.commitments), 0) + 1, null, null,
            not l.load and l.lot_policy <> 'manual'
        from line as l
        where l.by_lot
    ),

    pool as materialized (
        select p.*, pg_catalog.row_number() over () as pool
        from (
            select distinct
                a.take_warehouse_id, a.item_id, a.item_variant_id, a.record_date, a.by_lot, a.lot_id,
                a.from_location_id, a.load, a.allow_unavailable_lots, a.add_warehouse_id, a.add_location_id
            from attempt as a
            where a.take_warehouse_id is not null and a.covered
        ) as p
    ),

    entry as materialized (
        select
            p.pool, c.cell, t.cell as add_cell,
            pg_catalog.row_number() over (order by p.pool, c.pick_rank, c.cell) as pool_index
        from pool as p
        inner join unnest(p_cells) as c
            on
                c.warehouse_id = p.take_warehouse_id and c.item_id = p.item_id
                and c.item_variant_id = p.item_variant_id and c.record_date = p.record_date
                and (c.lot_id = p.lot_id or p.lot_id is null)
                and (c.location_id = p.from_location_id or (p.by_lot and p.from_location_id = 0))
                and (
                    not p.by_lot or p.load
                    or c.usable or (p.allow_unavailable_lots and c.usable_unavailable)
                )
        left join unnest(p_cells) as t
            on
                t.warehouse_id = p.add_warehouse_id and t.item_id = p.item_id
                and t.item_variant_id = p.item_variant_id and t.record_date = p.record_date
                and t.lot_id = c.lot_id and t.location_id = p.add_location_id
    ),

    step as (
        select
            a.ordinal,
            a.line,
            a.pick,
            s::erp_internal.allocation_step as step
        from attempt as a
        left join pool as p
            on
                a.covered
                and p.take_warehouse_id = a.take_warehouse_id and p.item_id = a.item_id
                and p.item_variant_id = a.item_variant_id and p.record_date = a.record_date and p.by_lot = a.by_lot
                and coalesce(p.lot_id, 0) = coalesce(a.lot_id, 0) and p.from_location_id = a.from_location_id
                and p.load = a.load and p.allow_unavailable_lots = a.allow_unavailable_lots
                and coalesce(p.add_warehouse_id, 0) = coalesce(a.add_warehouse_id, 0)
                and p.add_location_id = a.add_location_id
        left join (
            select
                e.pool,
                pg_catalog.min(e.pool_index)::integer as first_index,
                pg_catalog.max(e.pool_index)::integer as last_index
            from entry as e
            group by e.pool
        ) as e on e.pool = p.pool
        left join unnest(p_cells) as t
            on
                t.warehouse_id = a.add_warehouse_id and t.item_id = a.item_id
                and t.item_variant_id = a.item_variant_id and t.record_date = a.record_date
                and t.lot_id = coalesce(a.lot_id, 0) and t.location_id = a.add_location_id
        cross join lateral (
            select
                a.ordinal,
                a.line,
                a.pick = 1 as first_of_line,
                a.unit_quantity,
                a.fixed,
                a.scrap_percent,
                a.quantity_decimals,
                a.quantity_before,
                a.picked_quantity,
                a.quantity,
                a.lot_id,
                a.limit_quantity,
                a.by_lot,
                a.take_warehouse_id is not null as takes,
                a.take_checked and a.covered as checked,
                e.first_index as pool_first,
                e.last_index as pool_last,
                t.cell as add_cell
        ) as s
    )

    select
        (
            select pg_catalog.array_agg(s.step order by s.ordinal, s.line, s.pick)
            from step as s
        ),
        (select pg_catalog.array_agg(e.cell order by e.pool_index) from entry as e),
        (select pg_catalog.array_agg(e.add_cell order by e.pool_index) from entry as e)
    into v_steps, v_pool_cells, v_pool_add_cells;

    return query
    select s.*
    from erp_internal.serve_contested(
        p_split, p_orders, p_refused_ordinals, v_steps, v_pool_cells, v_pool_add_cells, p_cells, p_separately
    ) as s;
end;
$$;
