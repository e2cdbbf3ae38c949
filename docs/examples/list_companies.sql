-- The companies that one may check.
select company_id, company_code, description
from erp_api.list_companies();
