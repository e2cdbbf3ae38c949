-- The phases of an order. Parameters: company_id, order_id.
select
    p.phase,
    p.sub_phase,
    p.description,
    p.department,
    p.work_center,
    p.machine,
    p.machine_site_code,
    p.external,
    p.productive
from erp_data.production_order as o
inner join erp_data.production_order_phase as p
    on
        p.company_id = o.company_id and p.order_year = o.order_year and p.order_number = o.order_number
        and p.order_lot = o.order_lot
where o.company_id = %(company_id)s and o.order_id = %(order_id)s
order by p.phase, p.sub_phase
