-- Restore takes a release back; its movements stay in the history.
select outcome, movement_count
from erp_api.release_production_orders(1, array[26], p_record_date => '2026-11-23');

select outcome, movement_count
from erp_api.restore_production_orders(1, array[26], p_note => 'released too early');

select order_number, warehouse_code, count(*) as movements, bool_or(in_force) as in_force
from erp_api.movement_history
where order_id = 26
group by order_number, warehouse_code
order by warehouse_code;
