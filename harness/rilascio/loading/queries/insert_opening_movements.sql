insert into erp.stock_movement (
    company_id, record_date, stock_record_id, line, warehouse_id, item_id, item_variant_id, lot_id, location_id,
    quantity
)
select
    %(company_id)s,
    m.record_date,
    m.stock_record_id,
    m.line,
    m.warehouse_id,
    m.item_id,
    m.item_variant_id,
    m.lot_id,
    m.location_id,
    m.quantity
from opening_movement as m
where m.ordinal > %(after)s and m.ordinal <= %(upto)s
