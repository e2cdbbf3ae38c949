-- requires: views/internal/movement_base
-- The movements that the release in force of an order made (R30).
create or replace view erp_api.restore_movement_grid as
select
    m.company_id,
    m.order_id,
    m.run_id,
    m.stock_record_id,
    m.warehouse_code,
    m.record_date,
    m.record_number,
    m.reason_code,
    m.line,
    m.item_code,
    m.variant_code,
    m.lot_code,
    m.location_code,
    m.quantity,
    m.uom,
    m.material_line,
    m.resolved_by,
    m.counterpart
from erp_internal.movement_base as m
inner join erp.production_order as o
    on o.company_id = m.company_id and o.production_order_id = m.order_id and o.release_run_id = m.run_id
where m.removal_run_id is null;

comment on view erp_api.restore_movement_grid is 'The restore movement grid: for each released order the stock movements that its release made (R30); select it by order_id.';
comment on column erp_api.restore_movement_grid.company_id is 'The company.';
comment on column erp_api.restore_movement_grid.order_id is 'The order.';
comment on column erp_api.restore_movement_grid.run_id is 'The run that released it.';
comment on column erp_api.restore_movement_grid.stock_record_id is 'The stock record.';
comment on column erp_api.restore_movement_grid.warehouse_code is 'Warehouse.';
comment on column erp_api.restore_movement_grid.record_date is 'Date on which stock moved.';
comment on column erp_api.restore_movement_grid.record_number is 'Number of the record, per warehouse and day.';
comment on column erp_api.restore_movement_grid.reason_code is 'Reason of the record.';
comment on column erp_api.restore_movement_grid.line is 'Line of the record.';
comment on column erp_api.restore_movement_grid.item_code is 'Item moved.';
comment on column erp_api.restore_movement_grid.variant_code is 'Variant moved, if any.';
comment on column erp_api.restore_movement_grid.lot_code is 'Lot, of lot items.';
comment on column erp_api.restore_movement_grid.location_code is 'Location, if any.';
comment on column erp_api.restore_movement_grid.quantity is 'Signed quantity: loads above zero, issues below.';
comment on column erp_api.restore_movement_grid.uom is 'Unit of measure.';
comment on column erp_api.restore_movement_grid.material_line is 'Material row of the order.';
comment on column erp_api.restore_movement_grid.resolved_by is 'Level that gave warehouse and reason (R10).';
comment on column erp_api.restore_movement_grid.counterpart is 'The second side of a movement with a counterpart, or of a transfer (R9, R13).';
