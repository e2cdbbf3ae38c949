-- The companies that the reader is a member of.
create or replace view erp_api.company as
select
    c.company_id,
    c.company_code,
    c.description
-- the offset keeps the index of all codes away, which would be searched before the policy is checked
from (select * from erp.company offset 0) as c;

comment on view erp_api.company is 'The companies that the caller is a member of.';
comment on column erp_api.company.company_id is 'Id to pass to the functions.';
comment on column erp_api.company.company_code is 'Code of the company.';
comment on column erp_api.company.description is 'Name of the company.';
