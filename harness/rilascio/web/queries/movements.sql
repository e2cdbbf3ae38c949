-- The movements that the release of an order made, with its number. Parameters: company_id, order_id.
select
    concat_ws('/', g.order_year, g.order_number, nullif(g.order_lot, 0)) as "order",
    m.record_date,
    m.warehouse_code,
    m.record_number,
    m.reason_code,
    m.line,
    m.item_code,
    m.variant_code,
    m.lot_code,
    m.location_code,
    m.quantity,
    m.uom,
    m.resolved_by,
    m.counterpart
from erp_api.restore_grid as g
inner join erp_api.restore_movement_grid as m on m.company_id = g.company_id and m.order_id = g.order_id
where g.company_id = %(company_id)s and g.order_id = %(order_id)s
order by m.record_date, m.warehouse_code, m.record_number, m.line
