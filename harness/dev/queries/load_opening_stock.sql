-- A record for each day and warehouse of the temporary table opening_stock, with a line for each of its rows.
with record as (
    insert into erp.stock_record (company_id, record_date, warehouse_id, movement_reason_id)
    select distinct %(company_id)s, s.record_date, s.warehouse_id, s.warehouse_id * 10 + 2
    from opening_stock as s
    order by s.record_date desc, s.warehouse_id asc
    returning company_id, record_date, stock_record_id, warehouse_id
)

insert into erp.stock_movement (
    company_id, record_date, stock_record_id, line, warehouse_id, item_id, lot_id, location_id, quantity
)
select
    r.company_id, r.record_date, r.stock_record_id,
    row_number() over (partition by r.stock_record_id order by s.item_id, s.lot_id, s.location_id),
    r.warehouse_id, s.item_id, s.lot_id, s.location_id, s.quantity
from opening_stock as s
inner join record as r on r.record_date = s.record_date and r.warehouse_id = s.warehouse_id
where s.quantity > 0
order by r.stock_record_id, s.item_id, s.lot_id, s.location_id;

drop table opening_stock;
