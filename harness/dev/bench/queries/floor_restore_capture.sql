-- What a restore kept of the records that it took back, and what it answered.
create temporary table floor_removed_record as
select r.*
from erp.removed_stock_record as r
where r.removal_run_id = %(run_id)s
order by r.stock_record_id;
create temporary table floor_removed_movement as
select m.*
from erp.removed_stock_movement as m
inner join floor_removed_record using (company_id, record_date, stock_record_id)
order by m.stock_record_id, m.line;
create temporary table floor_answer as
select o.*
from erp.run_order as o
where o.run_id = %(run_id)s
order by o.ordinal;
analyze floor_removed_record;
analyze floor_removed_movement;
analyze floor_answer;
