-- Returns the balance of a cell at the end of a day, and of every later day on which it changes (R16): what is there
-- now, less what moved later. A blocked location counts in no cell but its own.
create or replace function erp_internal.balance_points(
    p_company_id integer,
    p_warehouse_id bigint,
    p_item_id bigint,
    p_item_variant_id bigint,
    p_lot_id bigint,
    p_location_id bigint,
    p_from date
)
returns table (record_date date, balance numeric)
language sql
stable
begin atomic
    select
        d.record_date,
        pg_catalog.sum(pg_catalog.sum(d.quantity)) over (order by d.record_date) as balance
    from (
        select
            p_from as record_date,
            b.on_hand as quantity
        from erp.stock_balance as b
        left join erp.location as l on l.company_id = b.company_id and l.location_id = b.location_id
        where
            b.company_id = p_company_id and b.warehouse_id = p_warehouse_id and b.item_id = p_item_id
            and coalesce(b.item_variant_id, 0) = p_item_variant_id
            and coalesce(b.lot_id, 0) = p_lot_id
            and case
                when p_location_id = -1 then not coalesce(l.blocked, false)
                else coalesce(b.location_id, 0) = p_location_id
            end
        union all
        select
            u.record_date,
            u.quantity
        from erp.stock_movement as m
        left join erp.location as l on l.company_id = m.company_id and l.location_id = m.location_id
        cross join (values (true), (false)) as h (at_first)
        cross join
            lateral (
                select
                    case when h.at_first then p_from else m.record_date end as record_date,
                    case when h.at_first then -m.quantity else m.quantity end as quantity
            ) as u
        where
            m.company_id = p_company_id and m.warehouse_id = p_warehouse_id and m.item_id = p_item_id
            and m.record_date > p_from
            and coalesce(m.item_variant_id, 0) = p_item_variant_id
            and coalesce(m.lot_id, 0) = p_lot_id
            and case
                when p_location_id = -1 then not coalesce(l.blocked, false)
                else coalesce(m.location_id, 0) = p_location_id
            end
    ) as d
    group by d.record_date;
end;
