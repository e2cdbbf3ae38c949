-- As many executive orders and launched ones after them, with all that the grids read: two phases each; of each
-- executive one a record with two movements, a thousand orders a run; of the first 10,000 launched ones eight
-- materials.
-- Of each attribute half of the orders have the value HALF, about fifty have FEW, and the others one of many. Of job
-- orders these are the numbers 1 and 2, and the others have some ten orders of each status: almost all of these are for
-- the customer HALF at the site HALF, a few of them for FEW.
-- Triggers and foreign keys are off, so the balance and the counters are written here.
create function pg_temp.number_of(p_order integer, p_attribute integer) returns integer
language sql
immutable
return (hashint8extended(p_order, p_attribute) & 1073741823)::integer;

create function pg_temp.value_of(p_order integer, p_attribute integer) returns text
language sql
immutable
return case
    when mod(p_order, greatest(%(orders)s / 50, 12)) = p_attribute then 'FEW'
    when mod(pg_temp.number_of(p_order, p_attribute), 2) = 0 then 'HALF'
    else 'V' || lpad(mod(pg_temp.number_of(p_order, p_attribute) / 2, 500)::text, 3, '0')
end;

create temporary table grid_order as
select
    k,
    pg_temp.value_of(k, 1) as item_code,
    pg_temp.value_of(k, 2) as job,
    pg_temp.value_of(k, 3) as project,
    pg_temp.value_of(k, 4) as machine,
    pg_temp.value_of(k, 5) as work_center,
    pg_temp.number_of(k, 1) as number
from generate_series(1, %(orders)s) as k;

analyze grid_order;

insert into erp.item (company_id, item_id, item_code, item_class, description)
select 1, 3000 + row_number() over (order by c.item_code), c.item_code, 'PRODUCT', 'Product ' || c.item_code
from (select distinct g.item_code from grid_order as g) as c;

insert into erp.site (company_id, site_id, site_code)
select 1, 10 + s, case s when 1 then 'HALF' when 2 then 'FEW' else 'S' || s end from generate_series(1, 20) as s;

insert into erp.job_order (
    company_id, job_order_id, job_year, job_number, job_type, site_id, copied_site_code, customer, status
)
select
    1, j, 2026, j, 'make', s.site_id, s.site_code,
    case
        when j > 2 and mod(j, d.few) = 3 then 'FEW'
        when j > 2 and mod(j, 20) <> 6 then 'HALF'
        else 'C' || mod(j / 20, 1000)
    end,
    'executive'
from (select 2 + (%(orders)s + 19) / 20 as jobs) as n
cross join lateral generate_series(1, n.jobs) as j
cross join lateral (select greatest(n.jobs / 5, 7) as few) as d
inner join erp.site as s
    on
        s.company_id = 1
        and s.site_id = case
            when j > 2 and mod(j, d.few) = 4 then 12
            when j > 2 and mod(j, 20) <> 5 then 11
            else 13 + mod(j, 18)
        end;

insert into erp.run (company_id, run_id, kind, session_role, caller_role, arguments, started_at)
select 1, r, 'release', 'bench', 'bench', '{}', now() - (d.runs - r + 1) * interval '10 minutes'
from (select (%(orders)s + 999) / 1000 as runs) as d
cross join lateral generate_series(1, d.runs) as r;

insert into erp.production_order (
    company_id, production_order_id, order_year, order_number, item_id, copied_item_code, quantity, status,
    start_date, end_date, job_order_id, copied_job_year, copied_job_number, project, priority, first_department,
    first_work_center, first_machine, release_run_id, released_at
)
select
    1, s * %(orders)s + g.k, 2026, s * %(orders)s + g.k, i.item_id, i.item_code, 10 + mod(g.number, 91),
    case s when 0 then 'executive' else 'launched' end,
    case when mod(g.number, 97) > 0 then current_date - 370 + mod(g.number, 720) end,
    case when mod(g.number, 89) > 0 then current_date - 360 + mod(g.number, 720) + mod(g.number, 7) end,
    j.job_order_id, j.job_year, j.job_number, g.project, case when mod(g.number, 11) > 0 then mod(g.number, 10) end,
    'D' || mod(g.number, 10), g.work_center, g.machine, r.run_id, r.started_at
from generate_series(0, 1) as s
cross join grid_order as g
inner join erp.item as i on i.company_id = 1 and i.item_code = g.item_code
inner join erp.job_order as j
    on
        j.company_id = 1
        and j.job_order_id = case g.job when 'HALF' then 1 when 'FEW' then 2 else 3 + (g.k - 1) / 20 end
left join erp.run as r on r.company_id = 1 and s = 0 and r.run_id = 1 + (g.k - 1) / 1000
order by s, g.k;

insert into erp.production_order_phase (company_id, production_order_id, phase, department, work_center, machine)
select
    1, s * %(orders)s + g.k, p, 'D' || mod(g.number, 10), case p when 10 then g.work_center else 'END' end,
    case p when 10 then g.machine else 'END' end
from generate_series(0, 1) as s
cross join grid_order as g
cross join (values (10), (20)) as v (p)
order by s, g.k, p;

insert into erp.production_order_material (
    company_id, production_order_id, line, item_id, unit_quantity, scrap_percent, phase, sub_phase
)
select
    1, %(orders)s + n, k,
    case
        when k <= 6 then mod(d.number, 1500) / 3 * 4 + mod(d.number, 3) + 1
        when k = 7 then 8 * (1 + mod(d.number, 250))
        else 8 * mod(d.number, 250) + 4
    end,
    1 + mod(d.number, 5) * 0.5, case when mod(k, 3) = 0 then 5 else 0 end, 10, 0
from generate_series(1, least(%(orders)s, 10000)) as n
cross join generate_series(1, 8) as k
cross join lateral (select pg_temp.number_of(n, k + 10) as number) as d;

insert into erp.stock_record (
    company_id, record_date, stock_record_id, warehouse_id, movement_reason_id, record_number, production_order_id,
    order_year, order_number, order_lot, run_id
)
select
    1, current_date - 350 + mod((k - 1) / 1000, 349), k, 1, 11, 1 + k, k, 2026, k, 0, 1 + (k - 1) / 1000
from generate_series(1, %(orders)s) as k;

insert into erp.stock_movement (
    company_id, record_date, stock_record_id, line, warehouse_id, item_id, quantity, material_line, picking_type,
    resolved_by
)
select
    1, current_date - 350 + mod((k - 1) / 1000, 349), k, l, 1, mod(k * 7 + l, 500) * 4 + 1, -1.5, l, 'automatic',
    'company'
from generate_series(1, %(orders)s) as k
cross join generate_series(1, 2) as l;

-- stock for all but every sixtieth item
insert into erp.stock_record (
    company_id, record_date, stock_record_id, warehouse_id, movement_reason_id, record_number
)
select 1, current_date - 390, %(orders)s + w, w, w * 10 + 2, 1 from generate_series(1, 2) as w;

insert into erp.stock_movement (
    company_id, record_date, stock_record_id, line, warehouse_id, item_id, quantity
)
select
    1, current_date - 390, %(orders)s + w, i.item_id, w, i.item_id,
    coalesce(m.quantity, 0) + case when mod(i.item_id, 60) = 1 then 20 else 1000000 end
from generate_series(1, 2) as w
cross join erp.item as i
left join (
    select
        m.warehouse_id,
        m.item_id,
        -sum(m.quantity) as quantity
    from erp.stock_movement as m
    group by m.warehouse_id, m.item_id
) as m on m.warehouse_id = w and m.item_id = i.item_id
where i.item_id <= 2000;

insert into erp.stock_record_counter (company_id, warehouse_id, record_date, last_number)
select 1, r.warehouse_id, r.record_date, max(r.record_number)
from erp.stock_record as r
group by r.warehouse_id, r.record_date;

insert into erp.stock_balance (company_id, warehouse_id, item_id, on_hand)
select 1, m.warehouse_id, m.item_id, sum(m.quantity)
from erp.stock_movement as m
group by m.warehouse_id, m.item_id;

drop table grid_order;
