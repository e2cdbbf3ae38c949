-- Lines of a receipt, a lot of those that take one.
insert into erp.stock_movement (
    company_id, record_date, stock_record_id, line, warehouse_id, item_id, lot_id, location_id, quantity
)
select
    r.company_id,
    r.record_date,
    r.stock_record_id,
    n.line,
    r.warehouse_id,
    i.item_id,
    l.lot_id,
    %(base)s + 1,
    1
from erp.stock_record as r
cross join unnest(%(lines)s::integer[], %(items)s::integer[]) as n (line, item)
inner join erp.item as i on i.company_id = r.company_id and i.item_id = %(base)s + n.item
left join lateral (
    select min(l.lot_id) as lot_id
    from erp.lot as l
    where l.company_id = i.company_id and l.item_id = i.item_id and l.lot_id < 1000 and i.tracking = 'lot'
) as l on true
where r.company_id = %(c)s and r.stock_record_id = %(record)s
