create or replace view erp_api.company as
select
    c.company_id,
    c.company_code,
    c.description
-- not by the index of all codes, which would be asked before the policy
from (select * from erp.company offset 0) as c;

comment on view erp_api.company is 'The companies that the caller is a member of.';
comment on column erp_api.company.company_id is 'Id to pass to the functions.';
comment on column erp_api.company.company_code is 'Code of the company.';
comment on column erp_api.company.description is 'Name of the company.';
