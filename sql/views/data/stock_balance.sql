-- Stock on hand by warehouse, item, variant, lot and location; rows at zero are left out.
create or replace view erp_data.stock_balance as
select
    t.company_id,
    warehouse.warehouse_code,
    item.item_code,
    item_variant.variant_code,
    lot.lot_code,
    location.location_code,
    t.on_hand as quantity,
    item.uom
from erp.stock_balance as t
left join erp.warehouse as warehouse
    on warehouse.company_id = t.company_id and warehouse.warehouse_id = t.warehouse_id
left join erp.item as item
    on item.company_id = t.company_id and item.item_id = t.item_id
left join erp.item_variant as item_variant
    on item_variant.company_id = t.company_id and item_variant.item_variant_id = t.item_variant_id
left join erp.lot as lot
    on lot.company_id = t.company_id and lot.lot_id = t.lot_id
left join erp.location as location
    on location.company_id = t.company_id and location.location_id = t.location_id
where t.on_hand <> 0;

comment on view erp_data.stock_balance is 'Stock on hand as it is now, the sum of all movements (R15); what is at zero has no row. Stock is posted by movements, so nothing is put here.';
comment on column erp_data.stock_balance.company_id is 'The company.';
comment on column erp_data.stock_balance.warehouse_code is 'Code of the warehouse.';
comment on column erp_data.stock_balance.item_code is 'Code of the item.';
comment on column erp_data.stock_balance.variant_code is 'Code of the variant, if any.';
comment on column erp_data.stock_balance.lot_code is 'Code of the lot, of lot items.';
comment on column erp_data.stock_balance.location_code is 'Code of the location; null for stock that lies in none.';
comment on column erp_data.stock_balance.quantity is 'On hand, in uom; below zero where that is allowed.';
comment on column erp_data.stock_balance.uom is 'Unit of measure of the item.';
