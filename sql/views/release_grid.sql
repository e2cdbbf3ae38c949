-- requires: views/internal/order_base
-- The launched orders still to be released (R1). How much stock covers of them tells erp_api.order_feasibility (R41).
create or replace view erp_api.release_grid as
select
    o.company_id,
    o.order_id,
    o.order_year,
    o.order_number,
    o.order_lot,
    o.order_type,
    o.status,
    o.item_code,
    o.item_class,
    o.variant_code,
    o.item_description,
    o.quantity,
    o.produced_quantity,
    o.uom,
    o.level,
    o.start_date,
    o.end_date,
    o.late,
    o.job_year,
    o.job_number,
    o.job_type,
    o.customer,
    o.project,
    o.site_code,
    o.department,
    o.work_center,
    o.machine,
    o.firm,
    o.priority,
    o.created_at,
    o.created_by,
    o.changed_at,
    o.changed_by
from erp_internal.order_base as o
where o.status = 'launched';

comment on view erp_api.release_grid is 'The release grid: launched orders of the caller''s companies (R1, R40).';
comment on column erp_api.release_grid.company_id is 'The company.';
comment on column erp_api.release_grid.order_id is 'Id of the order, to pass to the functions.';
comment on column erp_api.release_grid.order_year is 'Year of the order.';
comment on column erp_api.release_grid.order_number is 'Number within the year.';
comment on column erp_api.release_grid.order_lot is 'Lot of the order, from 0.';
comment on column erp_api.release_grid.order_type is 'Type.';
comment on column erp_api.release_grid.status is 'Status of the order.';
comment on column erp_api.release_grid.item_code is 'The item produced.';
comment on column erp_api.release_grid.item_class is 'Class of the item.';
comment on column erp_api.release_grid.variant_code is 'Variant produced, if any.';
comment on column erp_api.release_grid.item_description is 'Description of the item.';
comment on column erp_api.release_grid.quantity is 'Quantity to produce, in uom.';
comment on column erp_api.release_grid.produced_quantity is 'Quantity produced, in uom.';
comment on column erp_api.release_grid.uom is 'Unit of measure.';
comment on column erp_api.release_grid.level is 'Level in the product structure, 1 finished.';
comment on column erp_api.release_grid.start_date is 'Planned start.';
comment on column erp_api.release_grid.end_date is 'Planned end.';
comment on column erp_api.release_grid.late is 'The planned end lies before today of the company.';
comment on column erp_api.release_grid.job_year is 'Year of the job order.';
comment on column erp_api.release_grid.job_number is 'Number of the job order.';
comment on column erp_api.release_grid.job_type is 'Type of the job order.';
comment on column erp_api.release_grid.customer is 'Customer of the job order.';
comment on column erp_api.release_grid.project is 'Project.';
comment on column erp_api.release_grid.site_code is 'Production site of the job order.';
comment on column erp_api.release_grid.department is 'Department of the first phase.';
comment on column erp_api.release_grid.work_center is 'Work center of the first phase.';
comment on column erp_api.release_grid.machine is 'Machine of the first phase.';
comment on column erp_api.release_grid.firm is 'Firm (ditta) that the order is for.';
comment on column erp_api.release_grid.priority is 'Priority.';
comment on column erp_api.release_grid.created_at is 'When the order was made.';
comment on column erp_api.release_grid.created_by is 'Who made it.';
comment on column erp_api.release_grid.changed_at is 'When it was last changed.';
comment on column erp_api.release_grid.changed_by is 'Who changed it last.';
