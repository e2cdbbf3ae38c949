-- Warehouses.
-- Written by `make docs` from the description of the load format (rilascio.loading.files).
create or replace view erp_data.warehouse as
select
    t.company_id,
    t.warehouse_code,
    t.description,
    site.site_code,
    t.allow_negative_stock,
    t.check_location,
    t.valid_until
from erp.warehouse as t
left join erp.site as site
    on
        site.company_id = t.company_id
        and site.site_id = t.site_id;

comment on view erp_data.warehouse is 'Warehouses, in the columns of warehouse.csv.';
comment on column erp_data.warehouse.company_id is 'The company.';
comment on column erp_data.warehouse.warehouse_code is 'Code of the warehouse.';
comment on column erp_data.warehouse.description is 'Name of the warehouse.';
comment on column erp_data.warehouse.site_code is 'Code of the site.';
comment on column erp_data.warehouse.allow_negative_stock is 'Stock here may go below zero where the company allows it too (R15).';
comment on column erp_data.warehouse.check_location is 'Stock is checked per location, not per warehouse (R17).';
comment on column erp_data.warehouse.valid_until is 'Last record date on which it may be used (R12); null: no end.';
