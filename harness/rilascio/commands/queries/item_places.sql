-- Where an item lies: what is there today, and the least that is there today or on any later day (R16), as movements
-- that are dated later tell. Parameters: company_id, item_code.
with moved as (
    select
        b.variant_code,
        b.warehouse_code,
        b.location_code,
        b.lot_code,
        null::date as record_date,
        b.quantity as total,
        0 as quantity
    from erp_data.stock_balance as b
    where b.company_id = %(company_id)s and b.item_code = %(item_code)s
    union all
    select
        m.variant_code,
        m.warehouse_code,
        m.location_code,
        m.lot_code,
        m.record_date,
        0 as total,
        sum(m.quantity) as quantity
    from erp_data.stock_movement as m
    where m.company_id = %(company_id)s and m.item_code = %(item_code)s and m.record_date > current_date
    group by m.variant_code, m.warehouse_code, m.location_code, m.lot_code, m.record_date
),

-- the balance at the end of a day is the total of all days less what moves later
day as (
    select
        m.variant_code,
        m.warehouse_code,
        m.location_code,
        m.lot_code,
        m.quantity,
        sum(m.total) over place as total,
        sum(m.total) over place - (sum(m.quantity) over (place order by m.record_date desc nulls last) - m.quantity)
            as balance
    from moved as m
    window place as (partition by m.variant_code, m.warehouse_code, m.location_code, m.lot_code)
)

select
    d.variant_code,
    d.warehouse_code,
    d.location_code,
    d.lot_code,
    max(d.total) - sum(d.quantity) as quantity,
    least(max(d.total) - sum(d.quantity), min(d.balance)) as lowest_quantity,
    i.uom,
    l.blocked as location_blocked,
    t.state as lot_state,
    t.sellable as lot_sellable,
    t.closed as lot_closed,
    t.expiry_date
from day as d
inner join erp_data.item as i on i.company_id = %(company_id)s and i.item_code = %(item_code)s
left join erp_data.location as l
    on
        l.company_id = %(company_id)s and l.warehouse_code = d.warehouse_code and l.location_code = d.location_code
left join erp_data.lot as t
    on
        t.company_id = %(company_id)s and t.item_code = %(item_code)s and t.lot_code = d.lot_code
        and t.variant_code is not distinct from d.variant_code
group by
    d.variant_code, d.warehouse_code, d.location_code, d.lot_code, i.uom, l.blocked, t.state, t.sellable,
    t.closed, t.expiry_date
order by d.warehouse_code, d.variant_code nulls first, d.location_code nulls first, t.expiry_date, d.lot_code
