-- Movement reasons of warehouses.
-- Written by `make docs` from the description of the load format (rilascio.loading.files).
create or replace view erp_data.movement_reason as
select
    t.company_id,
    warehouse.warehouse_code,
    t.reason_code,
    t.description,
    t.direction,
    t.usable_in_production,
    t.allow_unavailable_lots,
    counterpart_warehouse.warehouse_code as counterpart_warehouse_code,
    counterpart_movement_reason.reason_code as counterpart_reason_code,
    default_location.location_code as default_location_code
from erp.movement_reason as t
left join erp.warehouse as warehouse
    on
        warehouse.company_id = t.company_id
        and warehouse.warehouse_id = t.warehouse_id
left join erp.warehouse as counterpart_warehouse
    on
        counterpart_warehouse.company_id = t.company_id
        and counterpart_warehouse.warehouse_id = t.counterpart_warehouse_id
left join erp.movement_reason as counterpart_movement_reason
    on
        counterpart_movement_reason.company_id = t.company_id
        and counterpart_movement_reason.movement_reason_id = t.counterpart_movement_reason_id
left join erp.location as default_location
    on
        default_location.company_id = t.company_id
        and default_location.location_id = t.default_location_id;

comment on view erp_data.movement_reason is 'Movement reasons of warehouses, in the columns of movement_reason.csv.';
comment on column erp_data.movement_reason.company_id is 'The company.';
comment on column erp_data.movement_reason.warehouse_code is 'Code of the warehouse.';
comment on column erp_data.movement_reason.reason_code is 'Code, one to three characters, unique within the warehouse.';
comment on column erp_data.movement_reason.description is 'Description of the reason.';
comment on column erp_data.movement_reason.direction is 'load (adds to stock) or issue (takes from it).';
comment on column erp_data.movement_reason.usable_in_production is 'Release and declarations may use it (R12).';
comment on column erp_data.movement_reason.allow_unavailable_lots is 'It may issue lots in an unavailable state (R26).';
comment on column erp_data.movement_reason.counterpart_warehouse_code is 'Counterpart warehouse: Code of the warehouse.';
comment on column erp_data.movement_reason.counterpart_reason_code is 'Counterpart movement reason: Code, one to three characters, unique within the warehouse.';
comment on column erp_data.movement_reason.default_location_code is 'Default location: Code of the location, unique within the warehouse.';
