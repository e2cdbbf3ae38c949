-- When more of an item is expected: orders that produce it, or load it as a by-product, by their end, and records that
-- are dated later. Parameters: company_id, item_code.
select
    o.end_date as expected_date,
    o.quantity - o.produced_quantity as quantity,
    i.uom,
    'production' as kind,
    o.order_year,
    o.order_number,
    o.order_lot,
    o.status as order_status,
    o.variant_code,
    null as warehouse_code,
    null as document_key
from erp_data.production_order as o
inner join erp_data.item as i on i.company_id = o.company_id and i.item_code = o.item_code
where
    o.company_id = %(company_id)s and o.item_code = %(item_code)s and o.status in ('launched', 'executive')
    and o.quantity > o.produced_quantity
union all
select
    m.end_date as expected_date,
    m.open_quantity as quantity,
    m.uom,
    'by_product' as kind,
    m.order_year,
    m.order_number,
    m.order_lot,
    m.order_status,
    m.variant_code,
    null as warehouse_code,
    null as document_key
from erp_api.material_grid as m
where
    m.company_id = %(company_id)s and m.item_code = %(item_code)s and m.order_status in ('launched', 'executive')
    and m.required_quantity < 0 and m.open_quantity > 0
union all
select
    m.record_date as expected_date,
    m.quantity,
    m.uom,
    'record' as kind,
    m.order_year,
    m.order_number,
    m.order_lot,
    null as order_status,
    m.variant_code,
    m.warehouse_code,
    m.document_key
from erp_data.stock_movement as m
where
    m.company_id = %(company_id)s and m.item_code = %(item_code)s and m.record_date > current_date
    and m.quantity > 0 and not m.counterpart
order by 1, 5, 6, 7
