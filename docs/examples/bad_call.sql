-- A wrong call is an error with a code; nothing is changed.
select outcome
from erp_api.release_production_orders(1, '{}');
