-- Sites.
-- Written by `make docs` from the description of the load format (rilascio.loading.files).
create or replace view erp_data.site as
select
    t.company_id,
    t.site_code,
    t.description
from erp.site as t;

comment on view erp_data.site is 'Sites, in the columns of site.csv.';
comment on column erp_data.site.company_id is 'The company.';
comment on column erp_data.site.site_code is 'Code of the site.';
comment on column erp_data.site.description is 'Name of the site.';
