-- An order of any status, in the words of its company. Parameters: company_id, order_id.
select
    o.order_id,
    o.order_year,
    o.order_number,
    o.order_lot,
    o.status,
    o.item_code,
    o.variant_code,
    i.description as item_description,
    o.quantity,
    o.produced_quantity,
    i.uom,
    o.level,
    o.start_date,
    o.end_date,
    coalesce(o.status in ('launched', 'executive') and o.end_date < current_date, false) as late,
    o.priority,
    o.job_year,
    o.job_number,
    j.customer,
    j.site_code,
    o.project,
    o.firm,
    o.order_type
from erp_data.production_order as o
inner join erp_data.item as i on i.company_id = o.company_id and i.item_code = o.item_code
left join erp_data.job_order as j
    on j.company_id = o.company_id and j.job_year = o.job_year and j.job_number = o.job_number
where o.company_id = %(company_id)s and o.order_id = %(order_id)s
