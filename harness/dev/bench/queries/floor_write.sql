-- The same rows, written again.
insert into erp.production_order select f.* from floor_remainder as f;

insert into erp.production_order_split select f.* from floor_split as f;

insert into erp.production_order_phase select f.* from floor_phase as f;

insert into erp.production_order_material select f.* from floor_material as f;

insert into erp.stock_document select f.* from floor_document as f;

insert into erp.stock_record select f.* from floor_record as f;

insert into erp.stock_movement select f.* from floor_movement as f;

update erp.stock_balance as b
set on_hand = f.on_hand
from floor_balance as f
where
    b.company_id = f.company_id and b.warehouse_id = f.warehouse_id and b.item_id = f.item_id
    and coalesce(b.item_variant_id, 0) = coalesce(f.item_variant_id, 0)
    and coalesce(b.lot_id, 0) = coalesce(f.lot_id, 0)
    and coalesce(b.location_id, 0) = coalesce(f.location_id, 0);

update erp.production_order as o
set
    status = f.status, release_run_id = f.release_run_id, released_at = f.released_at, quantity = f.quantity,
    changed_at = f.changed_at, changed_by = f.changed_by
from floor_order as f
where o.company_id = f.company_id and o.production_order_id = f.production_order_id;

update erp.job_order as j
set status = f.status
from floor_job as f
where j.company_id = f.company_id and j.job_order_id = f.job_order_id;
