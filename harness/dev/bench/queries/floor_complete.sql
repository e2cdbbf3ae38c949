-- What the release decided for the materials is there, and nothing of what the restore wrote.
insert into erp.released_material select f.* from floor_released as f;

delete from erp.removed_stock_movement as m
using floor_removed_movement as f
where
    m.company_id = f.company_id and m.record_date = f.record_date and m.stock_record_id = f.stock_record_id
    and m.line = f.line;

delete from erp.removed_stock_record as r
using floor_removed_record as f
where r.company_id = f.company_id and r.record_date = f.record_date and r.stock_record_id = f.stock_record_id;

delete from erp.run_order as o
using floor_answer as f
where o.company_id = f.company_id and o.run_id = f.run_id and o.ordinal = f.ordinal;
