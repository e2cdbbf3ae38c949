-- Odd numbers make FRAME (level 2), even ones BIKE.
insert into erp.job_order (company_id, job_order_id, job_year, job_number, status)
select %(c)s, %(base)s + j, 2026, j, 'launched'
from generate_series(0, %(orders)s / 3) as j;

insert into erp.production_order (
    company_id, order_year, order_number, item_id, quantity, level, start_date, end_date, job_order_id
)
select
    %(c)s, 2026, n, %(base)s + case mod(n, 2) when 0 then 7 else 4 end, 3 + mod(n, 5), 1 + mod(n, 2),
    current_date, current_date + 10, %(base)s + n / 3
from generate_series(1, %(orders)s) as n
order by n;

insert into erp.production_order_phase (company_id, production_order_id, phase, description)
select o.company_id, o.production_order_id, p, 'Phase'
from erp.production_order as o
cross join unnest(%(phases)s::integer[]) as p
where o.company_id = %(c)s;

insert into erp.production_order_material (
    company_id, production_order_id, line, item_id, unit_quantity, fixed, scrap_percent, phase, sub_phase
)
select
    o.company_id, o.production_order_id, m.line, %(base)s + m.i, m.unit_quantity, m.fixed, m.scrap_percent,
    case when mod(m.line, 2) = 0 then 10 end, case when mod(m.line, 2) = 0 then 0 end
from erp.production_order as o
cross join (
    values (1, 1, 4, false, 0), (2, 2, 1.5, false, 5), (3, 3, 2, false, 0), (4, 4, 1, false, 0),
    (5, 5, 0.5, false, 0), (6, 6, 0.25, true, 10)
) as m (line, i, unit_quantity, fixed, scrap_percent)
where o.company_id = %(c)s and (m.i <> 4 or mod(o.order_number, 2) = 0);

insert into erp.material_lot (company_id, production_order_id, line, item_id, lot_id, quantity)
select o.company_id, o.production_order_id, 2, %(base)s + 2, %(base)s + 21 + mod(o.order_number, 3), 1.25
from erp.production_order as o
where o.company_id = %(c)s and mod(o.order_number, 4) = 0;
