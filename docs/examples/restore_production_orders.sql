-- Restore takes a release back.
select outcome, movement_count
from erp_api.release_production_orders(1, array[26], p_record_date => '2026-11-23');

select outcome, movement_count
from erp_api.restore_production_orders(1, array[26], p_note => 'released too early');
