-- requires: internal/member_companies
create or replace view erp_api.company with (security_barrier) as
select
    c.company_id,
    c.company_code,
    c.description
from erp.company as c
where c.company_id = any((select erp_internal.member_companies(current_user))::integer[]);

comment on view erp_api.company is 'The companies that the caller is a member of.';
comment on column erp_api.company.company_id is 'Id to pass to the functions.';
comment on column erp_api.company.company_code is 'Code of the company.';
comment on column erp_api.company.description is 'Name of the company.';
