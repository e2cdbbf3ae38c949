-- Half of what all orders together need, of each item, in one load record of its warehouse.
with need as (
    select m.item_id, sum(m.unit_quantity * o.quantity) / 2 as quantity
    from erp.production_order as o
    inner join erp.production_order_material as m using (company_id, production_order_id)
    where o.company_id = %(c)s
    group by m.item_id
),

lot_stock as (
    select
        n.item_id - %(base)s as i, w.id as w, n.item_id, l.lot_id, p.location_id,
        ceil(n.quantity / count(*) over (partition by n.item_id, w.id)) as quantity
    from need as n
    inner join unnest(array[1, 1, 2, 2, 1, 1]) with ordinality as v (raw, i) on v.i = n.item_id - %(base)s
    cross join
        lateral (
            select v.raw as id
            union
            select 3
            where %(c)s = 2
        ) as w
    left join erp.lot as l on l.company_id = %(c)s and l.item_id = n.item_id
    left join erp.location as p
        on p.company_id = %(c)s and w.id = 1 and (n.item_id = %(base)s + 2 or p.location_id = %(base)s + 1)
),

record as (
    insert into erp.stock_record (company_id, record_date, warehouse_id, movement_reason_id)
    select distinct %(c)s, current_date - 30, %(base)s + p.w, %(base)s * 10 + p.w * 10 + 2
    from lot_stock as p
    returning company_id, record_date, stock_record_id, warehouse_id
)

insert into erp.stock_movement (
    company_id, record_date, stock_record_id, line, warehouse_id, item_id, lot_id, location_id, quantity
)
select
    r.company_id, r.record_date, r.stock_record_id,
    row_number() over (partition by r.warehouse_id order by p.item_id, p.lot_id, p.location_id),
    r.warehouse_id, p.item_id, p.lot_id, p.location_id, p.quantity
from lot_stock as p
inner join record as r on r.warehouse_id = %(base)s + p.w;
