-- Reopening takes a short close back: the order is executive again.
select outcome
from erp_api.release_production_orders(1, array[26], p_record_date => '2026-11-23');

select outcome
from erp_api.close_production_orders(1, array[26]);

select ordinal, outcome
from erp_api.reopen_production_orders(1, array[26], p_note => 'ten more after all');
