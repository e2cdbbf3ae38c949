-- Stock for all orders, or for the first half of them.
create temporary table opening_stock as
with source as (
    select i.*, w.warehouse_id
    from benchmark_item as i
    cross join erp.warehouse as w
    where
        i.automatic
        and case
            when not i.purchased then w.warehouse_id = 2
            when %(rich)s then w.warehouse_id > 10
            else w.warehouse_id = 1
        end
),

need as (
    select
        m.item_id,
        case when not i.purchased then 2 when %(rich)s then 10 + j.site_id else 1 end as warehouse_id,
        sum(round(m.unit_quantity * o.quantity * (1 + m.scrap_percent / 100), 3)) as quantity
    from erp.production_order as o
    inner join erp.production_order_material as m using (company_id, production_order_id)
    inner join benchmark_item as i on i.item_id = m.item_id
    left join erp.job_order as j on j.company_id = o.company_id and j.job_order_id = o.job_order_id
    where i.automatic and (not %(scarce)s or o.order_number <= %(orders)s / 2)
    group by 1, 2
)

select
    current_date - 30 as record_date, s.warehouse_id, s.item_id, l.lot_id, null::bigint as location_id,
    case
        when %(scarce)s then ceil(coalesce(n.quantity, 0) * 1000 / count(*) over item) / 1000
        else ceil(coalesce(n.quantity, 0) * 1.2 / count(*) over item) + 100
    end as quantity
from source as s
left join need as n on n.warehouse_id = s.warehouse_id and n.item_id = s.item_id
left join erp.lot as l on l.company_id = 1 and l.item_id = s.item_id
window item as (partition by s.warehouse_id, s.item_id);

drop table benchmark_item;
