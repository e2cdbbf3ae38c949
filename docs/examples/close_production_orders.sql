-- Short close: no more of the order is needed, so it is closed; nothing moves.
select outcome
from erp_api.release_production_orders(1, array[26], p_record_date => '2026-11-23');

select ordinal, outcome, jsonb_path_query_array(reasons, '$[*].message') as messages
from erp_api.close_production_orders(1, array[26, 129], p_note => 'the customer wants no more');

select outcome, reasons -> 0 ->> 'message' as message, reasons -> 0 ->> 'hint' as hint
from erp_api.restore_production_orders(1, array[26]);
