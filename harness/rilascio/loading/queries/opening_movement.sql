-- The movements of the records of the opening stock, with the number of each among all.
create temporary table opening_movement on commit drop as
select
    m.*,
    row_number() over (order by m.stock_record_id, m.line) as ordinal
from (
    select
        x.record_date,
        r.stock_record_id,
        x.warehouse_id,
        x.item_id,
        x.item_variant_id,
        x.lot_id,
        x.location_id,
        x.quantity,
        row_number() over (partition by r.stock_record_id order by x.file_line) as line
    from ready_opening_stock as x
    inner join opening_record as r
        on
            r.warehouse_id = x.warehouse_id and r.record_date = x.record_date
            and r.movement_reason_id = x.movement_reason_id
) as m
