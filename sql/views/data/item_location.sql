-- The locations of items (R14).
-- Written by `make docs` from the description of the load format (rilascio.loading.files).
create or replace view erp_data.item_location as
select
    t.company_id,
    item.item_code,
    warehouse.warehouse_code,
    location.location_code,
    t.priority
from erp.item_location as t
left join erp.item as item
    on
        item.company_id = t.company_id
        and item.item_id = t.item_id
left join erp.warehouse as warehouse
    on
        warehouse.company_id = t.company_id
        and warehouse.warehouse_id = t.warehouse_id
left join erp.location as location
    on
        location.company_id = t.company_id
        and location.location_id = t.location_id;

comment on view erp_data.item_location is 'The locations of items (R14), in the columns of item_location.csv.';
comment on column erp_data.item_location.company_id is 'The company.';
comment on column erp_data.item_location.item_code is 'Code of the item.';
comment on column erp_data.item_location.warehouse_code is 'Code of the warehouse.';
comment on column erp_data.item_location.location_code is 'Code of the location, unique within the warehouse.';
comment on column erp_data.item_location.priority is 'The lowest number wins, then the location code.';
