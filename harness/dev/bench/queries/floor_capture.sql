-- What a release or a posting wrote, since the situation was kept.
create temporary table floor_document as
select d.*
from erp.stock_document as d
where d.run_id = %(run_id)s
order by d.document_key;
create temporary table floor_record as
select r.*
from erp.stock_record as r
where r.run_id = %(run_id)s
order by r.stock_record_id;
create temporary table floor_movement as
select m.*
from erp.stock_movement as m
inner join floor_record using (company_id, record_date, stock_record_id)
order by m.stock_record_id, m.line;
create temporary table floor_order as
select o.*
from erp.production_order as o
where o.release_run_id = %(run_id)s
order by o.production_order_id;
create temporary table floor_remainder as
select o.*
from erp.production_order as o
where
    not exists (
        select from before_order as b
        where b.production_order_id = o.production_order_id
    )
order by o.production_order_id;
create temporary table floor_released as
select m.*
from erp.released_material as m
inner join floor_order using (company_id, production_order_id)
order by m.production_order_id, m.line;
create temporary table floor_split as
select s.*
from erp.production_order_split as s;
create temporary table floor_phase as
select p.*
from erp.production_order_phase as p
inner join floor_remainder using (company_id, production_order_id)
order by p.production_order_id, p.phase, p.sub_phase;
create temporary table floor_material as
select m.*
from erp.production_order_material as m
inner join floor_remainder using (company_id, production_order_id)
order by m.production_order_id, m.line;
create temporary table floor_job as
select j.*
from erp.job_order as j
inner join before_job as b using (job_order_id)
where j.status <> b.status;
create temporary table floor_balance as
select b.*, coalesce(a.on_hand, 0) as on_hand_before
from erp.stock_balance as b
left join before_balance as a
    on
        a.company_id = b.company_id and a.warehouse_id = b.warehouse_id and a.item_id = b.item_id
        and coalesce(a.item_variant_id, 0) = coalesce(b.item_variant_id, 0)
        and coalesce(a.lot_id, 0) = coalesce(b.lot_id, 0)
        and coalesce(a.location_id, 0) = coalesce(b.location_id, 0)
where b.on_hand <> coalesce(a.on_hand, 0);
analyze floor_document;
analyze floor_record;
analyze floor_movement;
analyze floor_order;
analyze floor_released;
analyze floor_remainder;
analyze floor_split;
analyze floor_phase;
analyze floor_material;
analyze floor_job;
analyze floor_balance;
