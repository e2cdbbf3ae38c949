-- Archiving puts a launched order away; one that is archived is left as it is.
select ordinal, outcome
from erp_api.archive_production_orders(1, array[26, 129]);

select outcome
from erp_api.archive_production_orders(1, array[26]);
