-- requires: internal/lookups/company_today
-- The columns that both order grids share.
create or replace view erp_internal.order_base as
select
    o.company_id,
    o.production_order_id as order_id,
    o.order_year,
    o.order_number,
    o.order_lot,
    o.order_type,
    o.status,
    i.item_code,
    i.item_class,
    v.variant_code,
    i.description as item_description,
    o.quantity,
    o.produced_quantity,
    i.uom,
    o.level,
    o.start_date,
    o.end_date,
    coalesce(o.end_date < t.today, false) as late,
    j.job_year,
    j.job_number,
    j.job_type,
    j.customer,
    o.project,
    s.site_code,
    f.department,
    f.work_center,
    f.machine,
    o.firm,
    o.priority,
    o.created_at,
    o.created_by,
    o.changed_at,
    o.changed_by,
    o.release_run_id
from erp.production_order as o
inner join erp.item as i on i.company_id = o.company_id and i.item_id = o.item_id
left join erp.item_variant as v on v.company_id = o.company_id and v.item_variant_id = o.item_variant_id
left join erp.job_order as j on j.company_id = o.company_id and j.job_order_id = o.job_order_id
left join erp.site as s on s.company_id = j.company_id and s.site_id = j.site_id
-- grouped, so that companies and not orders are asked what day it is, and only where what is late is wanted
left join (
    select
        c.company_id,
        erp_internal.company_today(c.company_id) as today
    from erp.production_parameter as c
    group by c.company_id
) as t on t.company_id = o.company_id
left join lateral (
    select
        f.department,
        f.work_center,
        f.machine
    from erp.production_order_phase as f
    where f.company_id = o.company_id and f.production_order_id = o.production_order_id
    order by f.phase, f.sub_phase
    limit 1
) as f on true;
