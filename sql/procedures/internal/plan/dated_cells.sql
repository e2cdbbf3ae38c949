-- Returns of cells, on each day of a call, what is there at the end of that day, and the smallest balance from then
-- until the next day of the call (R16): so a call may move stock on several days.
-- Runs on cached plans, so no join may depend on how many rows there are: sets by hash, tables by key.
create or replace function erp_internal.dated_cells(p_company_id integer, p_days erp_internal.cell_day[])
returns setof erp_internal.dated_cell
language plpgsql
stable
set enable_nestloop = off
as $$
begin
    return query
    with day as materialized (
        select
            d.*,
            pg_catalog.row_number() over (
                order by d.warehouse_id, d.item_id, d.item_variant_id, d.lot_id, d.location_id, d.record_date
            ) as index,
            pg_catalog.rank() over (
                order by d.warehouse_id, d.item_id, d.item_variant_id, d.lot_id, d.location_id
            ) as cell
        from (select distinct d.* from unnest(p_days) as d) as d
    ),

    mark as (
        select d.cell, d.record_date, d.index, null::numeric as balance
        from day as d
        union all
        select c.cell, b.record_date, null, b.balance
        from (
            select
                d.cell, d.warehouse_id, d.item_id, d.item_variant_id, d.lot_id, d.location_id,
                pg_catalog.min(d.record_date) as first_date
            from day as d
            group by 1, 2, 3, 4, 5, 6
        ) as c
        cross join lateral erp_internal.balance_points(
            p_company_id, c.warehouse_id, c.item_id, c.item_variant_id, c.lot_id, c.location_id, c.first_date
        ) as b
    ),

    -- a balance holds until the next one, a day of the call until the next one of these; both count on their own day
    grouped as (
        select
            m.*,
            pg_catalog.count(m.balance) over w as nth_balance,
            pg_catalog.max(m.index) over w as day_index
        from mark as m
        window w as (partition by m.cell order by m.record_date)
    ),

    known as (
        select
            g.*,
            pg_catalog.max(g.balance) over (partition by g.cell, g.nth_balance) as last_balance
        from grouped as g
    ),

    measured as (
        select
            k.day_index,
            pg_catalog.max(k.last_balance) filter (where k.index is not null) as on_date,
            pg_catalog.min(k.last_balance) as available
        from known as k
        where k.day_index is not null
        group by k.day_index
    )

    select
        d.index::integer,
        (pg_catalog.max(d.index) over (partition by d.cell))::integer as last_index,
        d.warehouse_id,
        d.item_id,
        d.item_variant_id,
        d.lot_id,
        d.location_id,
        d.record_date,
        coalesce(m.on_date, 0) as on_date,
        coalesce(m.available, 0) as available
    from day as d
    inner join measured as m on m.day_index = d.index;
end;
$$;
