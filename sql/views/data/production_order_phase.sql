-- Phases of production orders.
-- Written by `make docs` from the description of the load format (rilascio.loading.files).
create or replace view erp_data.production_order_phase as
select
    t.company_id,
    production_order.order_year,
    production_order.order_number,
    production_order.order_lot,
    t.phase,
    t.sub_phase,
    t.description,
    t.department,
    t.work_center,
    t.machine,
    machine_site.site_code as machine_site_code,
    t.external,
    t.productive,
    t.movable
from erp.production_order_phase as t
left join erp.production_order as production_order
    on
        production_order.company_id = t.company_id
        and production_order.production_order_id = t.production_order_id
left join erp.site as machine_site
    on
        machine_site.company_id = t.company_id
        and machine_site.site_id = t.machine_site_id;

comment on view erp_data.production_order_phase is 'Phases of production orders, in the columns of production_order_phase.csv.';
comment on column erp_data.production_order_phase.company_id is 'The company.';
comment on column erp_data.production_order_phase.order_year is 'Year of the order.';
comment on column erp_data.production_order_phase.order_number is 'Number within the year.';
comment on column erp_data.production_order_phase.order_lot is 'Lot of the order, from 0; a split makes the next (R23).';
comment on column erp_data.production_order_phase.phase is 'Number of the phase; phases run in its order.';
comment on column erp_data.production_order_phase.sub_phase is 'Number within the phase, 0 by default.';
comment on column erp_data.production_order_phase.description is 'What is done.';
comment on column erp_data.production_order_phase.department is 'Department.';
comment on column erp_data.production_order_phase.work_center is 'Work center.';
comment on column erp_data.production_order_phase.machine is 'Machine.';
comment on column erp_data.production_order_phase.machine_site_code is 'Machine site: Code of the site.';
comment on column erp_data.production_order_phase.external is 'Done by a subcontractor.';
comment on column erp_data.production_order_phase.productive is 'Work is declared on it (R51).';
comment on column erp_data.production_order_phase.movable is 'Material moves at it (R10, R51).';
