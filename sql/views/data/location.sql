-- Locations of warehouses.
-- Written by `make docs` from the description of the load format (rilascio.loading.files).
create or replace view erp_data.location as
select
    t.company_id,
    warehouse.warehouse_code,
    t.location_code,
    t.blocked
from erp.location as t
left join erp.warehouse as warehouse
    on
        warehouse.company_id = t.company_id
        and warehouse.warehouse_id = t.warehouse_id;

comment on view erp_data.location is 'Locations of warehouses, in the columns of location.csv.';
comment on column erp_data.location.company_id is 'The company.';
comment on column erp_data.location.warehouse_code is 'Code of the warehouse.';
comment on column erp_data.location.location_code is 'Code of the location, unique within the warehouse.';
comment on column erp_data.location.blocked is 'Stock here is not available and nothing is put here (R14, R17).';
