-- The movements in force of an order. Parameters: company_id, order_id.
select
    h.run_id,
    h.record_date,
    h.warehouse_code,
    h.record_number,
    h.reason_code,
    h.line,
    h.material_line,
    h.item_code,
    h.variant_code,
    h.lot_code,
    h.location_code,
    h.quantity,
    h.uom,
    h.resolved_by,
    h.counterpart,
    h.declaration_id,
    h.document_key
from erp_api.movement_history as h
where h.company_id = %(company_id)s and h.order_id = %(order_id)s and h.removal_run_id is null
order by h.record_date, h.run_id, h.warehouse_code, h.record_number, h.line
