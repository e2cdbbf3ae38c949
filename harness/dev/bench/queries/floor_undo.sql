-- What was captured is taken back.
delete from erp.stock_movement as m
using floor_movement as f
where
    m.company_id = f.company_id and m.record_date = f.record_date and m.stock_record_id = f.stock_record_id
    and m.line = f.line;

delete from erp.stock_record as r
using floor_record as f
where r.company_id = f.company_id and r.record_date = f.record_date and r.stock_record_id = f.stock_record_id;

delete from erp.stock_document as d
using floor_document as f
where d.company_id = f.company_id and d.document_key = f.document_key;

delete from erp.production_order_split;

delete from erp.production_order as o
using floor_remainder as f
where o.company_id = f.company_id and o.production_order_id = f.production_order_id;

update erp.stock_balance as b
set on_hand = f.on_hand_before
from floor_balance as f
where
    b.company_id = f.company_id and b.warehouse_id = f.warehouse_id and b.item_id = f.item_id
    and coalesce(b.item_variant_id, 0) = coalesce(f.item_variant_id, 0)
    and coalesce(b.lot_id, 0) = coalesce(f.lot_id, 0)
    and coalesce(b.location_id, 0) = coalesce(f.location_id, 0);

update erp.production_order as o
set
    status = b.status, release_run_id = null, released_at = null, quantity = b.quantity, changed_at = b.changed_at,
    changed_by = b.changed_by
from floor_order as f
inner join before_order as b using (production_order_id)
where o.company_id = f.company_id and o.production_order_id = f.production_order_id;

update erp.job_order as j
set status = b.status
from floor_job as f
inner join before_job as b using (job_order_id)
where j.company_id = f.company_id and j.job_order_id = f.job_order_id;
