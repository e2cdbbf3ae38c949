-- Where no reason is given: the load reason of the warehouse, if there is only one.
update ready_opening_stock as x
set movement_reason_id = r.movement_reason_id
from (
    select
        m.warehouse_code,
        min(m.movement_reason_id) as movement_reason_id
    from typed_movement_reason as m
    where m.direction = 'load'
    group by m.warehouse_code
    having count(*) = 1
) as r
where x.reason_code is null and r.warehouse_code = x.warehouse_code
