-- The companies one may act for.
select company_id, company_code, description
from erp_api.company;
