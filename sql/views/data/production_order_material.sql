-- Material rows of production orders.
-- Written by `make docs` from the description of the load format (rilascio.loading.files).
create or replace view erp_data.production_order_material as
select
    t.company_id,
    production_order.order_year,
    production_order.order_number,
    production_order.order_lot,
    t.line,
    item.item_code,
    item_variant.variant_code,
    t.unit_quantity,
    t.fixed,
    t.scrap_percent,
    t.picked_quantity,
    t.movable,
    t.phase,
    t.sub_phase,
    warehouse.warehouse_code,
    movement_reason.reason_code,
    location.location_code,
    t.priority
from erp.production_order_material as t
left join erp.production_order as production_order
    on
        production_order.company_id = t.company_id
        and production_order.production_order_id = t.production_order_id
left join erp.item as item
    on
        item.company_id = t.company_id
        and item.item_id = t.item_id
left join erp.item_variant as item_variant
    on
        item_variant.company_id = t.company_id
        and item_variant.item_variant_id = t.item_variant_id
left join erp.warehouse as warehouse
    on
        warehouse.company_id = t.company_id
        and warehouse.warehouse_id = t.warehouse_id
left join erp.movement_reason as movement_reason
    on
        movement_reason.company_id = t.company_id
        and movement_reason.movement_reason_id = t.movement_reason_id
left join erp.location as location
    on
        location.company_id = t.company_id
        and location.location_id = t.location_id;

comment on view erp_data.production_order_material is 'Material rows of production orders, in the columns of production_order_material.csv.';
comment on column erp_data.production_order_material.company_id is 'The company.';
comment on column erp_data.production_order_material.order_year is 'Year of the order.';
comment on column erp_data.production_order_material.order_number is 'Number within the year.';
comment on column erp_data.production_order_material.order_lot is 'Lot of the order, from 0; a split makes the next (R23).';
comment on column erp_data.production_order_material.line is 'Line number, from 1; rows are served in its order (R15).';
comment on column erp_data.production_order_material.item_code is 'Code of the item.';
comment on column erp_data.production_order_material.variant_code is 'Code of the variant, unique within the item.';
comment on column erp_data.production_order_material.unit_quantity is 'Quantity per unit produced, or per order where fixed, in the material''s unit of measure; negative for a by-product (R5, R21).';
comment on column erp_data.production_order_material.fixed is 'The quantity does not depend on the order''s (R21).';
comment on column erp_data.production_order_material.scrap_percent is 'Percent added for scrap (R21).';
comment on column erp_data.production_order_material.picked_quantity is 'Quantity already picked; release issues the rest (R6). Never negative.';
comment on column erp_data.production_order_material.movable is 'A row that is not movable never moves (R4).';
comment on column erp_data.production_order_material.phase is 'Phase that consumes it, if linked.';
comment on column erp_data.production_order_material.sub_phase is 'Sub-phase that consumes it, if linked.';
comment on column erp_data.production_order_material.warehouse_code is 'Code of the warehouse.';
comment on column erp_data.production_order_material.reason_code is 'Code, one to three characters, unique within the warehouse.';
comment on column erp_data.production_order_material.location_code is 'Code of the location, unique within the warehouse.';
comment on column erp_data.production_order_material.priority is 'Tells rows of the same item apart.';
