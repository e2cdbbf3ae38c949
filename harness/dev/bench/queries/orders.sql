-- Orders with two phases and eight materials each.
insert into erp.job_order (company_id, job_order_id, job_year, job_number, site_id, status)
select 1, j, 2026, j, 1 + mod(j, 3), 'launched'
from generate_series(1, (%(orders)s + 9) / 10) as j
where %(rich)s;

insert into erp.production_order (
    company_id, order_year, order_number, item_id, quantity, start_date, end_date, job_order_id
)
select
    1, 2026, n, 2001 + mod(n, 50), 10 + mod(n, 91), current_date, current_date + 10,
    case when %(rich)s then (n + 9) / 10 end
from generate_series(1, %(orders)s) as n
order by n;

insert into erp.production_order_phase (company_id, production_order_id, phase, description, machine)
select 1, o.production_order_id, p, 'Phase', 'MACHINE'
from erp.production_order as o
cross join (values (10), (20)) as v (p)
order by o.production_order_id, p;

insert into erp.production_order_material (
    company_id, production_order_id, line, item_id, unit_quantity, scrap_percent, phase, sub_phase
)
select
    1, o.production_order_id, k,
    case
        when k <= 6 then mod(d.number, 1500) / 3 * 4 + mod(d.number, 3) + 1
        when k = 7 then 8 * (1 + mod(d.number, 250))
        else 8 * mod(d.number, 250) + 4
    end,
    1 + mod(d.number, 5) * 0.5,
    case when mod(k, 3) = 0 then 5 else 0 end, case when mod(k, 2) = 0 then 20 else 10 end, 0
from erp.production_order as o
cross join generate_series(1, 8) as k
cross join lateral (select (hashint8extended(o.order_number, k) & 1073741823)::integer as number) as d
order by o.production_order_id, k;
