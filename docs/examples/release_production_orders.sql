-- Release: one row per order, in the order of the call. One lacks stock; the other goes on without it.
select ordinal, order_year, order_number, order_lot, outcome, record_count, movement_count,
    jsonb_path_query_array(reasons, '$[*].code') as reason_codes
from erp_api.release_production_orders(
    1, array[26, 129], p_record_date => '2026-11-23', p_note => 'morning release'
);
