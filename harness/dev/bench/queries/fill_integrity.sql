-- Released orders with nine rows, in three records of three lines each, a hundred orders a run, a run a day; then the
-- stock that covers them all. Triggers and foreign keys are off, so the balance and the counters are written here.
truncate erp.stock_movement, erp.stock_balance, erp.stock_record, erp.stock_record_counter cascade;
truncate erp.production_order, erp.job_order, erp.run_place, erp.run_order, erp.run_row cascade;
delete from erp.run;

insert into erp.run (company_id, run_id, kind, session_role, caller_role, arguments)
select
    1, r, 'release', 'bench', 'bench',
    jsonb_build_object('order_ids', array(select generate_series(r * 100 - 99, least(r * 100, %(orders)s))))
from generate_series(1, (%(orders)s + 99) / 100) as r;

insert into erp.run_place (company_id, run_id)
select
    r.company_id,
    r.run_id
from erp.run as r
order by r.run_id;

insert into erp.production_order (
    company_id, production_order_id, order_year, order_number, item_id, copied_item_code, quantity, status,
    release_run_id, released_at
)
select 1, o, 2026, o, i.item_id, i.item_code, 10, 'executive', 1 + (o - 1) / 100, now()
from generate_series(1, %(orders)s) as o
inner join erp.item as i on i.company_id = 1 and i.item_id = 2001 + mod(o, 50);

insert into erp.production_order_phase (company_id, production_order_id, phase)
select 1, o, p from generate_series(1, %(orders)s) as o cross join (values (10), (20)) as v (p);

insert into erp.stock_record (
    company_id, record_date, stock_record_id, warehouse_id, movement_reason_id, record_number, production_order_id,
    order_year, order_number, order_lot, run_id
)
select
    1, current_date - 350 + mod(o.release_run_id::integer, 600), o.production_order_id * 3 + w, w, w * 10 + 1,
    mod(o.production_order_id - 1, 100) + 1 + 100 * (o.release_run_id / 600), o.production_order_id, 2026,
    o.order_number, 0, o.release_run_id
from erp.production_order as o cross join generate_series(1, 3) as w;

insert into erp.stock_movement (
    company_id, record_date, stock_record_id, line, warehouse_id, item_id, lot_id, quantity, material_line,
    picking_type, resolved_by
)
select
    1, r.record_date, r.stock_record_id, l, r.warehouse_id, i.item_id, i.lot_ids[1 + mod(r.stock_record_id, i.lots)],
    -1.5, r.warehouse_id * 3 + l - 3, 'automatic', 'company'
from erp.stock_record as r
cross join generate_series(1, 3) as l
inner join (
    select
        i.item_id,
        array_agg(t.lot_id) as lot_ids,
        count(*) as lots
    from erp.item as i
    left join erp.lot as t using (company_id, item_id)
    where i.item_id <= 2000
    group by i.item_id
) as i on i.item_id = 1 + mod(hashint8extended(r.stock_record_id, l) & 1073741823, 2000);

insert into erp.production_order_material (company_id, production_order_id, line, item_id, unit_quantity)
select 1, r.production_order_id, m.material_line, m.item_id, 0.15
from erp.stock_movement as m
inner join erp.stock_record as r using (company_id, record_date, stock_record_id);

insert into erp.run_order (
    company_id, run_id, ordinal, production_order_id, order_year, order_number, order_lot, outcome, record_count,
    movement_count, reasons
)
select
    1, o.release_run_id, mod(o.production_order_id - 1, 100) + 1, o.production_order_id, 2026, o.order_number, 0,
    'released', 3, 9, '[]'
from erp.production_order as o;

insert into erp.stock_record (
    company_id, record_date, stock_record_id, warehouse_id, movement_reason_id, record_number
)
select 1, current_date - 390, w, w, w * 10 + 2, 1 from generate_series(1, 3) as w;

insert into erp.stock_movement (
    company_id, record_date, stock_record_id, line, warehouse_id, item_id, lot_id, quantity
)
select
    1, current_date - 390, m.warehouse_id, row_number() over (partition by m.warehouse_id), m.warehouse_id, m.item_id,
    m.lot_id, 10 - sum(m.quantity)
from erp.stock_movement as m
group by m.warehouse_id, m.item_id, m.lot_id;

insert into erp.stock_record_counter (company_id, warehouse_id, record_date, last_number)
select 1, r.warehouse_id, r.record_date, max(r.record_number)
from erp.stock_record as r
group by r.warehouse_id, r.record_date;

insert into erp.stock_balance (company_id, warehouse_id, item_id, lot_id, on_hand)
select 1, m.warehouse_id, m.item_id, m.lot_id, sum(m.quantity)
from erp.stock_movement as m
group by m.warehouse_id, m.item_id, m.lot_id;
