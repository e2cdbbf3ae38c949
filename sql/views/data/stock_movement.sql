-- Every movement in force, of runs and entered by hand alike.
create or replace view erp_data.stock_movement as
select
    t.company_id,
    warehouse.warehouse_code,
    t.record_date,
    record.record_number,
    reason.reason_code,
    t.line,
    item.item_code,
    item_variant.variant_code,
    lot.lot_code,
    location.location_code,
    t.quantity,
    item.uom,
    record.order_year,
    record.order_number,
    record.order_lot,
    t.material_line,
    t.counterpart,
    record.run_id,
    t.stock_record_id,
    record.document_key
from erp.stock_movement as t
inner join erp.stock_record as record
    on
        record.company_id = t.company_id and record.record_date = t.record_date
        and record.stock_record_id = t.stock_record_id
left join erp.movement_reason as reason
    on reason.company_id = t.company_id and reason.movement_reason_id = record.movement_reason_id
left join erp.warehouse as warehouse
    on warehouse.company_id = t.company_id and warehouse.warehouse_id = t.warehouse_id
left join erp.item as item
    on item.company_id = t.company_id and item.item_id = t.item_id
left join erp.item_variant as item_variant
    on item_variant.company_id = t.company_id and item_variant.item_variant_id = t.item_variant_id
left join erp.lot as lot
    on lot.company_id = t.company_id and lot.lot_id = t.lot_id
left join erp.location as location
    on location.company_id = t.company_id and location.location_id = t.location_id;

comment on view erp_data.stock_movement is 'Every movement in force: of runs, the first load among them, and entered by hand. Their sum is stock_balance. What was removed stands in erp_api.movement_history.';
comment on column erp_data.stock_movement.company_id is 'The company.';
comment on column erp_data.stock_movement.warehouse_code is 'Code of the warehouse.';
comment on column erp_data.stock_movement.record_date is 'Date of the stock record.';
comment on column erp_data.stock_movement.record_number is 'Number of the record within warehouse and date (R19); null until the transaction of a record entered by hand ends.';
comment on column erp_data.stock_movement.reason_code is 'Code of the movement reason.';
comment on column erp_data.stock_movement.line is 'Line within the record.';
comment on column erp_data.stock_movement.item_code is 'Code of the item.';
comment on column erp_data.stock_movement.variant_code is 'Code of the variant, if any.';
comment on column erp_data.stock_movement.lot_code is 'Code of the lot, of lot items.';
comment on column erp_data.stock_movement.location_code is 'Code of the location, if any.';
comment on column erp_data.stock_movement.quantity is 'Above zero: a load; below: an issue; in uom.';
comment on column erp_data.stock_movement.uom is 'Unit of measure of the item.';
comment on column erp_data.stock_movement.order_year is 'Year of the order that it was made for; null of others.';
comment on column erp_data.stock_movement.order_number is 'Number of that order.';
comment on column erp_data.stock_movement.order_lot is 'Lot of that order.';
comment on column erp_data.stock_movement.material_line is 'The material row that it was made for; null of what an order produced, and of others.';
comment on column erp_data.stock_movement.counterpart is 'Whether it is the other side of a movement (R13).';
comment on column erp_data.stock_movement.run_id is 'The run that made it; null of what was entered by hand.';
comment on column erp_data.stock_movement.stock_record_id is 'Id of its record.';
comment on column erp_data.stock_movement.document_key is 'The stock document of another program that it was posted for, if any.';
