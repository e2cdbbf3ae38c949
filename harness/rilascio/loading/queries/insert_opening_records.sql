insert into erp.stock_record (
    company_id, record_date, stock_record_id, warehouse_id, movement_reason_id, record_number, run_id
)
select
    %(company_id)s,
    r.record_date,
    r.stock_record_id,
    r.warehouse_id,
    r.movement_reason_id,
    r.record_number,
    %(run_id)s
from opening_record as r
order by r.ordinal
