-- All or none: one order that cannot be released keeps the others back.
select ordinal, order_number, outcome, movement_count, jsonb_path_query_array(reasons, '$[*].code') as reason_codes
from erp_api.release_production_orders(
    1, array[26, 129], p_record_date => '2026-11-23', p_all_or_none => true
);
