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
