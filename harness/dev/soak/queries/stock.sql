-- Half of what all orders together need, of each item.
create temporary table opening_stock as
with need as (
    select m.item_id, sum(m.unit_quantity * o.quantity) / 2 as quantity
    from erp.production_order as o
    inner join erp.production_order_material as m using (company_id, production_order_id)
    where o.company_id = %(c)s
    group by m.item_id
)

select
    current_date - 30 as record_date, %(base)s + w.id as warehouse_id, n.item_id, l.lot_id, p.location_id,
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
    on p.company_id = %(c)s and w.id = 1 and (n.item_id = %(base)s + 2 or p.location_id = %(base)s + 1);
