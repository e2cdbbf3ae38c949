-- requires: views/internal/movement_base
-- Every movement ever made by a run, in force or removed, with both runs and when each ran (R37, R61).
create or replace view erp_api.movement_history as
select
    m.company_id,
    m.order_id,
    m.order_year,
    m.order_number,
    m.order_lot,
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
    m.picking_type,
    m.resolved_by,
    m.counterpart,
    m.removal_run_id is null as in_force,
    m.run_id,
    r.started_at as made_at,
    r.caller_role as made_by,
    m.removal_run_id,
    x.started_at as removed_at,
    x.caller_role as removed_by,
    m.declaration_id,
    m.document_key
from erp_internal.movement_base as m
inner join erp.run as r on r.company_id = m.company_id and r.run_id = m.run_id
left join erp.run as x on x.company_id = m.company_id and x.run_id = m.removal_run_id;

comment on view erp_api.movement_history is 'Every stock movement ever made by a run, in force or removed, with who and when on both sides (R37, R61).';
comment on column erp_api.movement_history.company_id is 'The company.';
comment on column erp_api.movement_history.order_id is 'The order, by value.';
comment on column erp_api.movement_history.order_year is 'Year of the order.';
comment on column erp_api.movement_history.order_number is 'Number of the order.';
comment on column erp_api.movement_history.order_lot is 'Lot of the order.';
comment on column erp_api.movement_history.stock_record_id is 'The stock record, in force or removed.';
comment on column erp_api.movement_history.warehouse_code is 'Warehouse.';
comment on column erp_api.movement_history.record_date is 'Date on which stock moved.';
comment on column erp_api.movement_history.record_number is 'Number of the record, per warehouse and day.';
comment on column erp_api.movement_history.reason_code is 'Reason of the record.';
comment on column erp_api.movement_history.line is 'Line of the record.';
comment on column erp_api.movement_history.item_code is 'Item moved.';
comment on column erp_api.movement_history.variant_code is 'Variant moved, if any.';
comment on column erp_api.movement_history.lot_code is 'Lot, of lot items.';
comment on column erp_api.movement_history.location_code is 'Location, if any.';
comment on column erp_api.movement_history.quantity is 'Signed quantity: loads above zero, issues below.';
comment on column erp_api.movement_history.uom is 'Unit of measure.';
comment on column erp_api.movement_history.material_line is 'Material row of the order.';
comment on column erp_api.movement_history.picking_type is 'Picking type of the item at that moment (R3).';
comment on column erp_api.movement_history.resolved_by is 'Level that gave warehouse and reason (R10).';
comment on column erp_api.movement_history.counterpart is 'The second side of a movement with a counterpart, or of a transfer (R9, R13).';
comment on column erp_api.movement_history.in_force is 'It has not been removed.';
comment on column erp_api.movement_history.run_id is 'The run that made it.';
comment on column erp_api.movement_history.made_at is 'When it was made.';
comment on column erp_api.movement_history.made_by is 'Who made it.';
comment on column erp_api.movement_history.removal_run_id is 'The run that removed it, if any.';
comment on column erp_api.movement_history.removed_at is 'When it was removed.';
comment on column erp_api.movement_history.removed_by is 'Who removed it.';
comment on column erp_api.movement_history.declaration_id is 'The declaration whose registration made it, by value, if any.';
comment on column erp_api.movement_history.document_key is 'The stock document of another program that it was posted for, if any.';
