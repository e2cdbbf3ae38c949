-- The history of movements: what a release moved stays there when a restore has taken it back.
select outcome from erp_api.release_production_orders(1, array[26], p_record_date => '2026-11-23');

select outcome from erp_api.restore_production_orders(1, array[26], p_note => 'released too early');

select warehouse_code, count(*) as movements, sum(quantity) as quantity, bool_or(in_force) as in_force
from erp_api.movement_history
where order_year = 2026 and order_number = 24
group by warehouse_code
order by warehouse_code;
