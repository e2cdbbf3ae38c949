-- The restore grid: released orders, and what keeps one from being restored.
select outcome
from erp_api.release_production_orders(1, array[26], p_record_date => '2026-11-23');

select order_number, item_code, quantity, record_count, movement_count, restorable, blockers
from erp_api.restore_grid
where company_id = 1
order by order_number
limit 3;
