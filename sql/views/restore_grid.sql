-- requires: internal/plan/order_blockers, views/internal/order_base
-- The released orders (R30), with the reasons to refuse their restore (R32, R38). What is counted or planned is in the
-- select list, so that it is computed for the rows of the page only (R42).
create or replace view erp_api.restore_grid as
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
    o.changed_by,
    o.release_run_id as run_id,
    o.released_at,
    (
        select r.caller_role
        from erp.run as r
        where r.company_id = o.company_id and r.run_id = o.release_run_id
    ) as released_by,
    (
        select pg_catalog.count(*)::integer
        from erp.stock_record as x
        where x.company_id = o.company_id and x.production_order_id = o.order_id and x.run_id = o.release_run_id
    ) as record_count,
    (
        select pg_catalog.count(*)::integer
        from (
            -- the statistics do not know records and movements of a new day, so each is probed by key
            select
                x.record_date,
                x.stock_record_id,
                x.run_id
            from erp.stock_record as x
            where x.company_id = o.company_id and x.production_order_id = o.order_id
            offset 0
        ) as x
        cross join
            lateral (
                select
                from erp.stock_movement as m
                where
                    m.company_id = o.company_id and m.record_date = x.record_date
                    and m.stock_record_id = x.stock_record_id
                offset 0
            ) as m
        where x.run_id = o.release_run_id
    ) as movement_count,
    erp_internal.order_blockers(o.company_id, o.order_id) = '[]' as restorable,
    erp_internal.order_blockers(o.company_id, o.order_id) as blockers
from erp_internal.order_base as o
where o.status = 'executive';

comment on view erp_api.restore_grid is 'The restore grid: executive orders of the caller''s companies, with the release in force and the reasons to refuse its restore (R30, R40).';
comment on column erp_api.restore_grid.company_id is 'The company.';
comment on column erp_api.restore_grid.order_id is 'Id of the order, to pass to the functions.';
comment on column erp_api.restore_grid.order_year is 'Year of the order.';
comment on column erp_api.restore_grid.order_number is 'Number within the year.';
comment on column erp_api.restore_grid.order_lot is 'Lot of the order, from 0.';
comment on column erp_api.restore_grid.order_type is 'Type.';
comment on column erp_api.restore_grid.status is 'Status of the order.';
comment on column erp_api.restore_grid.item_code is 'The item produced.';
comment on column erp_api.restore_grid.item_class is 'Class of the item.';
comment on column erp_api.restore_grid.variant_code is 'Variant produced, if any.';
comment on column erp_api.restore_grid.item_description is 'Description of the item.';
comment on column erp_api.restore_grid.quantity is 'Quantity to produce, in uom.';
comment on column erp_api.restore_grid.produced_quantity is 'Quantity produced, in uom.';
comment on column erp_api.restore_grid.uom is 'Unit of measure.';
comment on column erp_api.restore_grid.level is 'Level in the product structure, 1 finished.';
comment on column erp_api.restore_grid.start_date is 'Planned start.';
comment on column erp_api.restore_grid.end_date is 'Planned end.';
comment on column erp_api.restore_grid.late is 'The planned end lies before today of the company.';
comment on column erp_api.restore_grid.job_year is 'Year of the job order.';
comment on column erp_api.restore_grid.job_number is 'Number of the job order.';
comment on column erp_api.restore_grid.job_type is 'Type of the job order.';
comment on column erp_api.restore_grid.customer is 'Customer of the job order.';
comment on column erp_api.restore_grid.project is 'Project.';
comment on column erp_api.restore_grid.site_code is 'Production site of the job order.';
comment on column erp_api.restore_grid.department is 'Department of the first phase.';
comment on column erp_api.restore_grid.work_center is 'Work center of the first phase.';
comment on column erp_api.restore_grid.machine is 'Machine of the first phase.';
comment on column erp_api.restore_grid.firm is 'Firm (ditta) that the order is for.';
comment on column erp_api.restore_grid.priority is 'Priority.';
comment on column erp_api.restore_grid.created_at is 'When the order was made.';
comment on column erp_api.restore_grid.created_by is 'Who made it.';
comment on column erp_api.restore_grid.changed_at is 'When it was last changed.';
comment on column erp_api.restore_grid.changed_by is 'Who changed it last.';
comment on column erp_api.restore_grid.run_id is 'The run that released it; null where it was made executive without a release (R39).';
comment on column erp_api.restore_grid.released_at is 'When it was released.';
comment on column erp_api.restore_grid.released_by is 'Who released it.';
comment on column erp_api.restore_grid.record_count is 'Stock records of the release in force, counterparts included.';
comment on column erp_api.restore_grid.movement_count is 'Stock movements of the release in force, counterparts included.';
comment on column erp_api.restore_grid.restorable is 'There is no reason to refuse its restore.';
comment on column erp_api.restore_grid.blockers is 'The reasons to refuse its restore, as a JSON array.';
