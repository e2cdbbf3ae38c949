-- A record per warehouse, date and reason of the opening stock, in order of first appearance: so they are numbered, by
-- warehouse and day.
create temporary table opening_record on commit drop as
select
    r.*,
    nextval(pg_get_serial_sequence('erp.stock_record', 'stock_record_id')::regclass) as stock_record_id
from (
    select
        x.warehouse_id,
        x.record_date,
        x.movement_reason_id,
        row_number() over (order by min(x.file_line)) as ordinal,
        row_number() over (partition by x.warehouse_id, x.record_date order by min(x.file_line)) as record_number
    from ready_opening_stock as x
    group by x.warehouse_id, x.record_date, x.movement_reason_id
    order by ordinal
) as r
