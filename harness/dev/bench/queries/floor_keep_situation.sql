-- How orders, job orders and balances stand before the run that the floor is to copy.
create temporary table before_order as
select o.production_order_id, o.quantity, o.status, o.changed_at, o.changed_by
from erp.production_order as o;
create temporary table before_job as
select j.job_order_id, j.status
from erp.job_order as j;
create temporary table before_balance as
select b.*
from erp.stock_balance as b;
analyze before_order;
analyze before_job;
analyze before_balance;
