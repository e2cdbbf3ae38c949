-- The companies of the caller, and what it may do there: where a client begins.
select company_id, company_code, description, time_zone, may_read, may_release, may_restore, may_write
from erp_api.my_companies;
