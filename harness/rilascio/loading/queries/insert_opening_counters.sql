insert into erp.stock_record_counter (company_id, warehouse_id, record_date, last_number)
select
    %(company_id)s,
    r.warehouse_id,
    r.record_date,
    max(r.record_number) as last_number
from opening_record as r
group by r.warehouse_id, r.record_date
order by r.warehouse_id, r.record_date
