-- Allocates lot items by sets, in the order of the call (R25, R27): the cumulated demand of an item is laid beside the
-- cumulated stock of its usable lots, and where a row and a lot overlap, the row takes from the lot.
-- Precondition: nothing contests these rows; all rows of an item choose among the same lots, and the lots cover them
-- all. p_served names the orders that were cut down or refused because of other items.
create or replace function erp_internal.spread_over_lots(
    p_demand erp_internal.material_demand[], p_served erp_internal.allocation[], p_cells erp_internal.stock_cell[]
)
returns setof erp_internal.allocation
language plpgsql
immutable
set enable_nestloop = off
as $$
begin
    return query
    with line as materialized (
        select
            d.ordinal,
            d.line,
            d.item_id,
            d.item_variant_id,
            d.warehouse_id,
            d.record_date,
            d.allow_unavailable_lots,
            d.own_location_id,
            case
                when s.order_quantity is null then d.quantity
                else
                    erp_internal.moved_quantity(
                        d.unit_quantity, d.fixed, d.scrap_percent, d.quantity_decimals, d.quantity_before,
                        s.order_quantity, d.picked_quantity
                    )
            end as quantity
        from unnest(p_demand) as d
        left join (
            select s.ordinal, s.order_quantity
            from unnest(p_served) as s
            where s.order_quantity is not null
        ) as s on s.ordinal = d.ordinal
        where coalesce(s.order_quantity, 1) > 0
    ),

    lot_line as materialized (
        select
            l.*,
            pg_catalog.row_number() over g as line_rank,
            pg_catalog.sum(l.quantity) over g as quantity_to
        from line as l
        where l.quantity > 0
        window g as (partition by l.warehouse_id, l.item_id, l.item_variant_id order by l.ordinal, l.line)
    ),

    -- the lots that the rows of an item reach, one row after the other
    lot_cell as materialized (
        select c.*
        from (
            select
                c.warehouse_id,
                c.item_id,
                c.item_variant_id,
                c.lot_id,
                c.location_id,
                l.quantity as wanted_quantity,
                pg_catalog.row_number() over g as cell_rank,
                pg_catalog.sum(c.available) over g - c.available as quantity_from
            from unnest(p_cells) as c
            inner join (
                select
                    l.warehouse_id, l.item_id, l.item_variant_id, pg_catalog.min(l.record_date) as record_date,
                    pg_catalog.bool_or(l.allow_unavailable_lots) as allow_unavailable_lots,
                    pg_catalog.max(l.own_location_id) as own_location_id, pg_catalog.sum(l.quantity) as quantity
                from lot_line as l
                group by 1, 2, 3
            ) as l
                on
                    l.warehouse_id = c.warehouse_id and l.item_id = c.item_id and l.item_variant_id = c.item_variant_id
                    and l.record_date = c.record_date
            where
                (c.usable or (l.allow_unavailable_lots and c.usable_unavailable))
                and (l.own_location_id = 0 or c.location_id = l.own_location_id)
                and c.available > 0
            window g as (partition by c.warehouse_id, c.item_id, c.item_variant_id order by c.pick_rank)
        ) as c
        where c.quantity_from < c.wanted_quantity
    ),

    -- on one scale per item: where each row and where each lot begins; a last mark is the end of the rows
    mark as (
        select
            l.warehouse_id, l.item_id, l.item_variant_id, l.quantity_to - l.quantity as quantity_at, l.line_rank,
            null::bigint as cell_rank
        from lot_line as l
        union all
        select
            l.warehouse_id, l.item_id, l.item_variant_id, pg_catalog.max(l.quantity_to), pg_catalog.count(*) + 1, null
        from lot_line as l
        group by 1, 2, 3
        union all
        select c.warehouse_id, c.item_id, c.item_variant_id, c.quantity_from, null, c.cell_rank
        from lot_cell as c
    ),

    stretch as (
        select
            m.warehouse_id,
            m.item_id,
            m.item_variant_id,
            pg_catalog.max(m.line_rank) over g as line_rank,
            pg_catalog.max(m.cell_rank) over g as cell_rank,
            pg_catalog.lead(m.quantity_at) over g - m.quantity_at as quantity
        from mark as m
        window g as (partition by m.warehouse_id, m.item_id, m.item_variant_id order by m.quantity_at)
    )

    select
        l.ordinal,
        l.line,
        c.lot_id,
        c.location_id,
        s.quantity,
        null::numeric as order_quantity,
        null::text as refusal,
        null::numeric as required,
        null::numeric as available
    from stretch as s
    inner join lot_line as l
        on
            l.warehouse_id = s.warehouse_id and l.item_id = s.item_id and l.item_variant_id = s.item_variant_id
            and l.line_rank = s.line_rank
    inner join lot_cell as c
        on
            c.warehouse_id = s.warehouse_id and c.item_id = s.item_id and c.item_variant_id = s.item_variant_id
            and c.cell_rank = s.cell_rank
    where s.quantity > 0;
end;
$$;
