-- requires: internal/lookups/company_today
-- The columns that both order grids share. What filters name is of the order itself, or of a join by its key; the rest
-- are subqueries of the select list, which are computed for the rows of a page only (R42).
create or replace view erp_internal.order_base as
select
    o.company_id,
    o.production_order_id as order_id,
    o.order_year,
    o.order_number,
    o.order_lot,
    o.order_type,
    o.status,
    o.copied_item_code as item_code,
    i.item_class,
    (
        select v.variant_code
        from erp.item_variant as v
        where v.company_id = o.company_id and v.item_variant_id = o.item_variant_id
    ) as variant_code,
    i.description as item_description,
    o.quantity,
    o.produced_quantity,
    i.uom,
    o.level,
    o.start_date,
    o.end_date,
    coalesce(o.end_date < t.today, false) as late,
    o.copied_job_year as job_year,
    o.copied_job_number as job_number,
    j.job_type,
    j.customer,
    o.project,
    j.copied_site_code as site_code,
    o.first_department as department,
    o.first_work_center as work_center,
    o.first_machine as machine,
    o.firm,
    o.priority,
    o.created_at,
    o.created_by,
    o.changed_at,
    o.changed_by,
    o.release_run_id,
    o.released_at
from erp.production_order as o
left join erp.item as i on i.company_id = o.company_id and i.item_id = o.item_id
left join erp.job_order as j on j.company_id = o.company_id and j.job_order_id = o.job_order_id
-- grouped, so that companies and not orders are asked what day it is, and only where what is late is wanted: of the
-- first comparison a filter makes a constant, by the second PostgreSQL still sees that the join may be left out
left join (
    select
        c.company_id,
        erp_internal.company_today(c.company_id) as today
    from erp.production_parameter as c
    group by c.company_id
) as t on t.company_id = o.company_id and t.company_id = o.company_id + 0;
