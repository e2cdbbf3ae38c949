-- What an ERP knows of the orders that the company was made with, by codes: the columns of the CSV files that it fills.
create temporary table bench_order on commit drop as
select o.order_year, o.order_number, i.item_code, o.quantity, o.start_date, o.end_date
from erp.production_order as o
inner join erp.item as i using (company_id, item_id);

create temporary table bench_phase on commit drop as
select o.order_year, o.order_number, p.phase, p.description, p.machine
from erp.production_order_phase as p
inner join erp.production_order as o using (company_id, production_order_id);

create temporary table bench_material on commit drop as
select o.order_year, o.order_number, m.line, i.item_code, m.unit_quantity, m.scrap_percent, m.phase
from erp.production_order_material as m
inner join erp.production_order as o using (company_id, production_order_id)
inner join erp.item as i on i.company_id = m.company_id and i.item_id = m.item_id;

create index on bench_order (order_number);
create index on bench_phase (order_number);
create index on bench_material (order_number);
analyze bench_order, bench_phase, bench_material;
