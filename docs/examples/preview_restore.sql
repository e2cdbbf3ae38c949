-- Preview of a restore: what would be taken back, and why not.
select outcome, movement_count
from erp_api.release_production_orders(1, array[26], p_record_date => '2026-11-23');

select ordinal, outcome, movement_count, jsonb_path_query_array(reasons, '$[*].message') as messages
from erp_api.preview_restore(1, array[26, 129]);
