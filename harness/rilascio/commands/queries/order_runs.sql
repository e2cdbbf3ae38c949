-- What runs answered for an order, the newest first. Parameters: company_id, order_id.
select
    h.run_id,
    h.started_at,
    h.caller_role,
    h.kind,
    h.declaration_id,
    h.outcome,
    h.record_count,
    h.movement_count,
    h.note,
    h.reasons
from erp_api.run_order_history as h
where h.company_id = %(company_id)s and (h.order_id = %(order_id)s or h.other_order_id = %(order_id)s)
order by h.run_id desc, h.ordinal asc
