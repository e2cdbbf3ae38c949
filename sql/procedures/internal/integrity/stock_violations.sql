-- Returns the stock that contradicts its rules: a balance that is not the sum of its movements, lots or stock below
-- zero on some day (R15-R17), movements and lots that do not fit. One pass over the movements, by hash.
create or replace function erp_internal.stock_violations(p_company_id integer)
returns table (code text, example jsonb)
language plpgsql
stable
set enable_nestloop = off
as $$
#variable_conflict use_column
begin
    return query
    with day as materialized (
        select
            m.warehouse_id,
            m.item_id,
            coalesce(m.item_variant_id, 0) as item_variant_id,
            coalesce(m.lot_id, 0) as lot_id,
            coalesce(m.location_id, 0) as location_id,
            m.record_date,
            pg_catalog.sum(m.quantity) as quantity,
            pg_catalog.count(*) as movement_count
        from erp.stock_movement as m
        where m.company_id = p_company_id
        group by 1, 2, 3, 4, 5, 6
    ),

    balance_violation as (
        select
            k.warehouse_id,
            k.item_id,
            k.item_variant_id,
            k.lot_id,
            k.location_id,
            coalesce(pg_catalog.sum(k.on_hand), 0) as on_hand,
            coalesce(pg_catalog.sum(k.moved), 0) as moved
        from (
            select
                d.warehouse_id,
                d.item_id,
                d.item_variant_id,
                d.lot_id,
                d.location_id,
                null::numeric as on_hand,
                d.quantity as moved
            from day as d
            union all
            select
                b.warehouse_id,
                b.item_id,
                coalesce(b.item_variant_id, 0),
                coalesce(b.lot_id, 0),
                coalesce(b.location_id, 0),
                b.on_hand,
                null
            from erp.stock_balance as b
            where b.company_id = p_company_id
        ) as k
        group by 1, 2, 3, 4, 5
        having coalesce(pg_catalog.sum(k.on_hand), 0) <> coalesce(pg_catalog.sum(k.moved), 0)
    ),

    -- the cells of a release: a lot in a location; of other items a warehouse without its blocked locations, or
    -- a location where the warehouse checks by location or the location is blocked
    cell_day as (
        select
            d.warehouse_id,
            d.item_id,
            d.item_variant_id,
            d.lot_id,
            d.location_id,
            d.record_date,
            d.quantity
        from day as d
        where d.lot_id <> 0
        union all
        select
            d.warehouse_id,
            d.item_id,
            d.item_variant_id,
            0,
            case when w.check_location or l.blocked then d.location_id else -1 end,
            d.record_date,
            pg_catalog.sum(d.quantity)
        from day as d
        inner join erp.item as i on i.company_id = p_company_id and i.item_id = d.item_id
        inner join erp.warehouse as w on w.company_id = p_company_id and w.warehouse_id = d.warehouse_id
        left join erp.location as l on l.company_id = p_company_id and l.location_id = d.location_id
        left join erp.production_parameter as p on p.company_id = p_company_id
        where
            (d.lot_id = 0 or i.tracking <> 'lot')
            and not (w.allow_negative_stock and coalesce(p.allow_negative_stock, false))
        group by 1, 2, 3, 4, 5, 6
    ),

    cell_balance as (
        select
            c.*,
            pg_catalog.sum(c.quantity) over (
                partition by c.item_id, c.lot_id, c.warehouse_id, c.location_id, c.item_variant_id
                order by c.record_date
                rows unbounded preceding
            ) as balance
        from cell_day as c
    ),

    lot_violation as (
        select
            case
                when i.tracking <> 'lot' then 'lot_unexpected'
                when d.lot_id = 0 then 'lot_missing'
                else 'lot_variant_differs'
            end as code,
            d.warehouse_id,
            d.item_id,
            d.item_variant_id,
            d.lot_id,
            d.location_id,
            pg_catalog.sum(d.movement_count) as movement_count
        from day as d
        inner join erp.item as i on i.company_id = p_company_id and i.item_id = d.item_id
        left join erp.lot as t on t.company_id = p_company_id and t.lot_id = d.lot_id
        where
            (i.tracking = 'lot') = (d.lot_id = 0)
            or coalesce(t.item_variant_id, 0) <> d.item_variant_id and t.lot_id is not null
        group by 1, 2, 3, 4, 5, 6
        union all
        select
            'lot_unexpected',
            null,
            t.item_id,
            coalesce(t.item_variant_id, 0),
            t.lot_id,
            0,
            0
        from erp.lot as t
        inner join erp.item as i on i.company_id = p_company_id and i.item_id = t.item_id
        where
            t.company_id = p_company_id and i.tracking <> 'lot'
            and t.lot_id not in (select d.lot_id from day as d)
    ),

    violation as (
        select
            'balance_differs' as code,
            b.warehouse_id,
            b.item_id,
            b.item_variant_id,
            b.lot_id,
            b.location_id,
            pg_catalog.jsonb_build_object(
                'on_hand', pg_catalog.trim_scale(b.on_hand), 'moved', pg_catalog.trim_scale(b.moved)
            ) as figures
        from balance_violation as b
        union all
        -- the first day below zero stands for its cell
        select
            case n.lot_id when 0 then 'stock_negative' else 'lot_negative' end,
            n.warehouse_id,
            n.item_id,
            n.item_variant_id,
            n.lot_id,
            n.location_id,
            pg_catalog.jsonb_build_object(
                'record_date', n.record_date, 'balance', pg_catalog.trim_scale(n.balance)
            )
        from (
            select distinct on (c.item_id, c.lot_id, c.warehouse_id, c.location_id, c.item_variant_id) c.*
            from cell_balance as c
            where c.balance < 0
            order by c.item_id, c.lot_id, c.warehouse_id, c.location_id, c.item_variant_id, c.record_date
        ) as n
        union all
        select
            l.code,
            l.warehouse_id,
            l.item_id,
            l.item_variant_id,
            l.lot_id,
            l.location_id,
            pg_catalog.jsonb_build_object('movement_count', l.movement_count)
        from lot_violation as l
    )

    select
        o.code,
        o.figures || pg_catalog.jsonb_build_object(
            'warehouse_code', w.warehouse_code,
            'item_code', i.item_code,
            'variant_code', coalesce(v.variant_code, nullif(o.item_variant_id, 0)::text),
            'lot_code', coalesce(t.lot_code, nullif(o.lot_id, 0)::text),
            'location_code', coalesce(l.location_code, case when o.location_id > 0 then o.location_id::text end)
        ) as example
    from violation as o
    left join erp.warehouse as w on w.company_id = p_company_id and w.warehouse_id = o.warehouse_id
    left join erp.item as i on i.company_id = p_company_id and i.item_id = o.item_id
    left join erp.item_variant as v on v.company_id = p_company_id and v.item_variant_id = o.item_variant_id
    left join erp.lot as t on t.company_id = p_company_id and t.lot_id = o.lot_id
    left join erp.location as l on l.company_id = p_company_id and l.location_id = o.location_id;
end;
$$;
