-- Production orders of every status.
-- Written by `make docs` from the description of the load format (rilascio.loading.files).
create or replace view erp_data.production_order as
select
    t.company_id,
    t.order_year,
    t.order_number,
    t.order_lot,
    t.order_type,
    item.item_code,
    item_variant.variant_code,
    t.quantity,
    t.status,
    t.level,
    t.start_date,
    t.end_date,
    job_order.job_year,
    job_order.job_number,
    t.project,
    t.firm,
    t.priority,
    load_warehouse.warehouse_code as load_warehouse_code,
    load_movement_reason.reason_code as load_reason_code,
    t.production_order_id as order_id,
    t.produced_quantity,
    t.release_run_id,
    t.changed_at
from erp.production_order as t
left join erp.item as item
    on
        item.company_id = t.company_id
        and item.item_id = t.item_id
left join erp.item_variant as item_variant
    on
        item_variant.company_id = t.company_id
        and item_variant.item_variant_id = t.item_variant_id
left join erp.job_order as job_order
    on
        job_order.company_id = t.company_id
        and job_order.job_order_id = t.job_order_id
left join erp.warehouse as load_warehouse
    on
        load_warehouse.company_id = t.company_id
        and load_warehouse.warehouse_id = t.load_warehouse_id
left join erp.movement_reason as load_movement_reason
    on
        load_movement_reason.company_id = t.company_id
        and load_movement_reason.movement_reason_id = t.load_movement_reason_id;

comment on view erp_data.production_order is 'Production orders of every status, in the columns of production_order.csv.';
comment on column erp_data.production_order.company_id is 'The company.';
comment on column erp_data.production_order.order_year is 'Year of the order.';
comment on column erp_data.production_order.order_number is 'Number within the year.';
comment on column erp_data.production_order.order_lot is 'Lot of the order, from 0; a split makes the next (R23).';
comment on column erp_data.production_order.order_type is 'Type, for filters.';
comment on column erp_data.production_order.item_code is 'Code of the item.';
comment on column erp_data.production_order.variant_code is 'Code of the variant, unique within the item.';
comment on column erp_data.production_order.quantity is 'Quantity to produce, in the item''s unit of measure.';
comment on column erp_data.production_order.status is 'launched, executive, closed or archived; changed by runs only (R20), but for what may be archived (R56).';
comment on column erp_data.production_order.level is 'Level in the product structure: 1 finished, above 1 semi-finished.';
comment on column erp_data.production_order.start_date is 'Planned start.';
comment on column erp_data.production_order.end_date is 'Planned end.';
comment on column erp_data.production_order.job_year is 'Year of the job order.';
comment on column erp_data.production_order.job_number is 'Number within the year.';
comment on column erp_data.production_order.project is 'Project, carried to its stock records (R19).';
comment on column erp_data.production_order.firm is 'Firm (ditta) that the order is for, for filters.';
comment on column erp_data.production_order.priority is 'Priority, for filters.';
comment on column erp_data.production_order.load_warehouse_code is 'Load warehouse: Code of the warehouse.';
comment on column erp_data.production_order.load_reason_code is 'Load movement reason: Code, one to three characters, unique within the warehouse.';
comment on column erp_data.production_order.order_id is 'Surrogate key, unique in the database.';
comment on column erp_data.production_order.produced_quantity is 'Quantity produced so far, in the item''s unit of measure (R52).';
comment on column erp_data.production_order.release_run_id is 'The run whose release is in force; null when launched, or made executive without a release (R39).';
comment on column erp_data.production_order.changed_at is 'When it was last changed.';
