-- Who waits for an item, the most urgent first. Parameters: company_id, item_code.
select
    m.order_year,
    m.order_number,
    m.order_lot,
    m.order_status,
    m.order_item_code,
    m.end_date,
    m.material_line,
    m.variant_code,
    m.picking_type,
    m.open_quantity,
    m.uom
from erp_api.material_grid as m
where
    m.company_id = %(company_id)s and m.item_code = %(item_code)s and m.order_status in ('launched', 'executive')
    and m.required_quantity > 0 and m.open_quantity > 0
order by m.end_date, m.order_year, m.order_number, m.order_lot, m.material_line
