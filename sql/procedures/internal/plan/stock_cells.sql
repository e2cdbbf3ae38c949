-- Returns the cells in which a plan looks for stock, one for each record date on which it takes or adds there, with
-- what there is on that date and on all later dates (R16, R17), and of lots whether they are usable and in which order
-- they are taken (R25, R26). Cells that are empty now but that the call may load are among them. The number of a cell
-- is its place in the array.
-- Runs on cached plans, so no join may depend on how many rows there are: sets by hash, tables by key (offset 0).
create or replace function erp_internal.stock_cells(
    p_company_id integer, p_demand erp_internal.material_demand[]
)
returns erp_internal.stock_cell[]
language plpgsql
stable
set enable_nestloop = off
as $$
declare
    -- known before the query begins, so that it opens no partition of earlier days
    v_first_date constant date := (select pg_catalog.min(d.record_date) from unnest(p_demand) as d);
begin
    return array(
        with demand as materialized (
            select
                d.item_id,
                d.item_variant_id,
                d.record_date,
                d.by_lot,
                d.commitments,
                case when d.load then d.counterpart_warehouse_id else d.warehouse_id end as take_warehouse_id,
                case when d.load then d.counterpart_location_id else d.location_id end as take_location_id,
                d.take_by_location,
                case when d.load then d.warehouse_id else d.counterpart_warehouse_id end as add_warehouse_id,
                case when d.load then d.location_id else d.counterpart_location_id end as add_location_id
            from unnest(p_demand) as d
            where d.warehouse_id is not null
        ),

        -- the dates on which the call takes from a key or adds to it
        key_date as materialized (
            select
                k.*,
                pg_catalog.count(*) over (partition by k.warehouse_id, k.item_id, k.item_variant_id) > 1 as several
            from (
                select d.take_warehouse_id as warehouse_id, d.item_id, d.item_variant_id, d.record_date
                from demand as d
                where d.take_warehouse_id is not null
                union
                select d.add_warehouse_id, d.item_id, d.item_variant_id, d.record_date
                from demand as d
                where d.add_warehouse_id is not null
            ) as k
        ),

        stock_key as materialized (
            select k.*, f.first_date
            from (
                select distinct
                    d.take_warehouse_id as warehouse_id,
                    d.item_id,
                    d.by_lot,
                    d.by_lot or d.take_by_location as by_location
                from demand as d
                where d.take_warehouse_id is not null
            ) as k
            inner join (
                select k.warehouse_id, k.item_id, pg_catalog.min(k.record_date) as first_date
                from key_date as k
                group by k.warehouse_id, k.item_id
            ) as f on f.warehouse_id = k.warehouse_id and f.item_id = k.item_id
        ),

        item as materialized (
            select k.item_id, i.lot_policy, i.expiry_block_days
            from (select distinct k.item_id from stock_key as k) as k
            cross join lateral erp_internal.item_by_id(p_company_id, k.item_id) as i
        ),

        balance as materialized (
            select
                b.warehouse_id,
                b.item_id,
                coalesce(b.item_variant_id, 0) as item_variant_id,
                case when k.by_lot then b.lot_id else 0 end as lot_id,
                case when k.by_location then coalesce(b.location_id, 0) else -1 end as location_id,
                pg_catalog.sum(b.on_hand) as on_hand
            from stock_key as k
            cross join lateral (
                select b.*
                from erp.stock_balance as b
                where b.company_id = p_company_id and b.warehouse_id = k.warehouse_id and b.item_id = k.item_id
                offset 0
            ) as b
            left join lateral erp_internal.location_by_id(p_company_id, b.location_id) as l on true
            where not coalesce(l.blocked, false) and (not k.by_lot or (b.lot_id is not null and b.on_hand > 0))
            group by 1, 2, 3, 4, 5
        ),

        later_day as (
            select
                m.warehouse_id,
                m.item_id,
                coalesce(m.item_variant_id, 0) as item_variant_id,
                case when k.by_lot then coalesce(m.lot_id, 0) else 0 end as lot_id,
                case when k.by_location then coalesce(m.location_id, 0) else -1 end as location_id,
                m.record_date,
                pg_catalog.sum(m.quantity) as quantity
            from stock_key as k
            cross join lateral (
                select m.*
                from erp.stock_movement as m
                where
                    m.company_id = p_company_id and m.warehouse_id = k.warehouse_id and m.item_id = k.item_id
                    and m.record_date > v_first_date and m.record_date > k.first_date
                offset 0
            ) as m
            left join lateral erp_internal.location_by_id(p_company_id, m.location_id) as l on true
            where not coalesce(l.blocked, false)
            group by 1, 2, 3, 4, 5, 6
        ),

        -- the days on which stock is asked for lie among those on which it changes
        stock_day as (
            select
                d.*,
                pg_catalog.sum(d.quantity) over (d order by d.record_date desc) - d.quantity as later_quantity,
                pg_catalog.count(*) filter (where d.asked) over (d order by d.record_date) as nth
            from (
                select
                    y.warehouse_id, y.item_id, y.item_variant_id, y.lot_id, y.location_id, y.record_date,
                    pg_catalog.sum(y.quantity) as quantity,
                    pg_catalog.bool_or(y.asked) as asked
                from (
                    select y.*, false as asked
                    from later_day as y
                    union all
                    select u.*, k.record_date, 0, true
                    from (
                        select distinct y.warehouse_id, y.item_id, y.item_variant_id, y.lot_id, y.location_id
                        from later_day as y
                    ) as u
                    inner join key_date as k
                        on
                            k.warehouse_id = u.warehouse_id and k.item_id = u.item_id
                            and k.item_variant_id = u.item_variant_id
                ) as y
                group by 1, 2, 3, 4, 5, 6
            ) as d
            window d as (partition by d.warehouse_id, d.item_id, d.item_variant_id, d.lot_id, d.location_id)
        ),

        later as (
            select
                y.warehouse_id,
                y.item_id,
                y.item_variant_id,
                y.lot_id,
                y.location_id,
                pg_catalog.min(y.record_date) as record_date,
                pg_catalog.max(y.later_quantity) filter (where y.asked) as quantity,
                pg_catalog.max(y.later_quantity) as maximum_quantity,
                pg_catalog.max(pg_catalog.max(y.later_quantity)) over (
                    partition by y.warehouse_id, y.item_id, y.item_variant_id, y.lot_id, y.location_id
                    order by y.nth desc
                ) as maximum_quantity_from
            from stock_day as y
            where y.nth > 0
            group by y.warehouse_id, y.item_id, y.item_variant_id, y.lot_id, y.location_id, y.nth
        ),

        -- where the call brings lots into a warehouse from which it also takes: in the end any lot of the item that the
        -- call finds or loads anywhere may be there
        brought_to as materialized (
            select distinct d.add_warehouse_id, d.item_id, d.item_variant_id, d.add_location_id
            from demand as d
            inner join stock_key as k on k.warehouse_id = d.add_warehouse_id and k.item_id = d.item_id
            where d.by_lot
        ),

        loaded_lot as (
            select n.add_warehouse_id, n.item_id, n.item_variant_id, b.lot_id, n.add_location_id
            from brought_to as n
            inner join balance as b on b.item_id = n.item_id and b.item_variant_id = n.item_variant_id
            union
            select n.add_warehouse_id, n.item_id, n.item_variant_id, m.lot_id, n.add_location_id
            from brought_to as n
            inner join demand as d on d.item_id = n.item_id and d.item_variant_id = n.item_variant_id
            cross join lateral unnest(d.commitments) as m
        ),

        -- where stock is looked for, whether there is any or not
        cell as (
            select b.*
            from balance as b
            union all
            select c.*, 0
            from (
                select
                    d.take_warehouse_id as warehouse_id, d.item_id, d.item_variant_id, 0::bigint as lot_id,
                    case when d.take_by_location then d.take_location_id else -1 end as location_id
                from demand as d
                where d.take_warehouse_id is not null and not d.by_lot
                union
                select l.add_warehouse_id, l.item_id, l.item_variant_id, l.lot_id, l.add_location_id
                from loaded_lot as l
            ) as c
            left join balance as b
                on
                    b.warehouse_id = c.warehouse_id and b.item_id = c.item_id and b.item_variant_id = c.item_variant_id
                    and b.lot_id = c.lot_id and b.location_id = c.location_id
            where b.item_id is null
        ),

        cell_of_date as materialized (
            select
                (pg_catalog.row_number() over ())::integer as cell,
                c.*,
                k.record_date,
                k.several
            from cell as c
            inner join key_date as k
                on
                    k.warehouse_id = c.warehouse_id and k.item_id = c.item_id and k.item_variant_id = c.item_variant_id
        ),

        neighbour as (
            select
                c.cell,
                pg_catalog.lag(c.cell) over d as earlier_cell,
                pg_catalog.lead(c.cell) over d as later_cell
            from cell_of_date as c
            where c.several
            window d as (
                partition by c.warehouse_id, c.item_id, c.item_variant_id, c.lot_id, c.location_id
                order by c.record_date
            )
        ),

        stock_cell as (
            select
                c.cell,
                c.warehouse_id,
                c.item_id,
                c.item_variant_id,
                c.lot_id,
                c.location_id,
                c.record_date,
                c.on_hand - coalesce(y.quantity, 0) as on_date,
                c.on_hand - coalesce(y.maximum_quantity_from, 0) as available,
                c.on_hand - coalesce(y.maximum_quantity, 0) as lowest,
                (pg_catalog.row_number() over (
                    partition by c.warehouse_id, c.item_id, c.item_variant_id
                    order by
                        case when i.lot_policy = 'expiry' then t.expiry_date end asc nulls last,
                        t.start_date asc nulls last, t.lot_code asc, p.location_code asc nulls first
                ))::integer as pick_rank,
                u.usable and t.state = 'available' as usable,
                u.usable as usable_unavailable,
                n.earlier_cell,
                n.later_cell
            from cell_of_date as c
            left join later as y
                on
                    y.warehouse_id = c.warehouse_id and y.item_id = c.item_id and y.item_variant_id = c.item_variant_id
                    and y.lot_id = c.lot_id and y.location_id = c.location_id and y.record_date = c.record_date
            left join neighbour as n on n.cell = c.cell
            inner join item as i on i.item_id = c.item_id
            left join lateral erp_internal.lot_by_id(p_company_id, nullif(c.lot_id, 0)) as t on true
            left join lateral erp_internal.location_by_id(
                p_company_id, case when c.location_id > 0 then c.location_id end
            ) as p on true
            cross join lateral (
                select
                    t.sellable and not t.closed
                    and coalesce(t.start_date <= c.record_date, true)
                    and case
                        when t.expiry_date is null then true
                        when pg_catalog.isfinite(t.expiry_date) and pg_catalog.isfinite(c.record_date)
                            then t.expiry_date - c.record_date >= i.expiry_block_days
                        else c.record_date < t.expiry_date
                    end as usable
            ) as u
        )

        select c::erp_internal.stock_cell
        from stock_cell as c
        order by c.cell
    );
end;
$$;
