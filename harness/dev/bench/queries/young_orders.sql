-- Orders `first` to `last`, ten of them to a job order.
insert into erp.job_order (company_id, job_order_id, job_year, job_number, status)
select distinct 1, n / 10, 2026, n / 10, 'launched'
from generate_series(%(first)s, %(last)s) as n
on conflict do nothing;

insert into erp.production_order (company_id, order_year, order_number, item_id, quantity, level, job_order_id)
select 1, 2026, n, 4, 1 + mod(n, 9), 2, n / 10
from generate_series(%(first)s, %(last)s) as n
order by n;

insert into erp.production_order_phase (company_id, production_order_id, phase)
select 1, o.production_order_id, p
from erp.production_order as o
cross join unnest(array[10, 20]) as p
where o.order_number between %(first)s and %(last)s
order by o.production_order_id, p;

insert into erp.production_order_material (
    company_id, production_order_id, line, item_id, unit_quantity, phase, sub_phase
)
select 1, o.production_order_id, i, i, i * 0.5, 10, 0
from erp.production_order as o
cross join generate_series(1, 3) as i
where o.order_number between %(first)s and %(last)s
order by o.production_order_id, i;

insert into erp.material_lot (company_id, production_order_id, line, item_id, lot_id, quantity)
select 1, o.production_order_id, 1, l.item_id, l.lot_id, 0.25
from erp.production_order as o
inner join erp.lot as l on l.company_id = 1 and l.item_id = 1 and l.lot_code = 'L' || 1 + mod(o.order_number, 3)
where o.order_number between %(first)s and %(last)s and mod(o.order_number, 2) = 0
order by o.production_order_id;

-- As many orders again that can be released in part only: each has a lot of BAR to itself, and half of what it needs.
insert into erp.production_order (company_id, order_year, order_number, item_id, quantity)
select 1, 2026, %(short)s + n, 4, 2
from generate_series(%(first)s, %(last)s) as n
order by n;

insert into erp.lot (company_id, item_id, lot_code, start_date)
select 1, 5, 'B' || n, current_date - 60
from generate_series(%(first)s, %(last)s) as n
order by n;

insert into erp.production_order_material (company_id, production_order_id, line, item_id, unit_quantity)
select 1, o.production_order_id, 1, 5, 1
from erp.production_order as o
where o.order_number between %(short)s + %(first)s and %(short)s + %(last)s and o.order_lot = 0
order by o.production_order_id;

insert into erp.material_lot (company_id, production_order_id, line, item_id, lot_id, quantity)
select 1, o.production_order_id, 1, l.item_id, l.lot_id, 2
from erp.production_order as o
inner join erp.lot as l on l.company_id = 1 and l.item_id = 5 and l.lot_code = 'B' || o.order_number - %(short)s
where o.order_number between %(short)s + %(first)s and %(short)s + %(last)s and o.order_lot = 0
order by o.production_order_id;

create temporary table opening_stock as
select
    current_date - 30 as record_date,
    1 as warehouse_id,
    l.item_id,
    l.lot_id,
    null::bigint as location_id,
    1 as quantity
from generate_series(%(first)s, %(last)s) as n
inner join erp.lot as l on l.company_id = 1 and l.item_id = 5 and l.lot_code = 'B' || n;
