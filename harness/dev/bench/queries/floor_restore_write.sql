-- What a restore writes beside taking the release back.
insert into erp.removed_stock_record select f.* from floor_removed_record as f;

insert into erp.removed_stock_movement select f.* from floor_removed_movement as f;

insert into erp.run_order select f.* from floor_answer as f;

delete from erp.released_material as m
using floor_released as f
where m.company_id = f.company_id and m.production_order_id = f.production_order_id and m.line = f.line;
