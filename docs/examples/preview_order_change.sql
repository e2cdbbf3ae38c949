-- Preview of a short close: what would become of each order, and why not.
select outcome
from erp_api.release_production_orders(1, array[26], p_record_date => '2026-11-23');

select ordinal, outcome, jsonb_path_query_array(reasons, '$[*].message') as messages
from erp_api.preview_order_change(1, array[26, 129], 'close');
