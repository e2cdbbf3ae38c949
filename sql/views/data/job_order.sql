-- Job orders, with their state (R50).
-- Written by `make docs` from the description of the load format (rilascio.loading.files).
create or replace view erp_data.job_order as
select
    t.company_id,
    t.job_year,
    t.job_number,
    t.job_type,
    site.site_code,
    t.customer,
    t.description,
    t.supply_released,
    t.status
from erp.job_order as t
left join erp.site as site
    on
        site.company_id = t.company_id
        and site.site_id = t.site_id;

comment on view erp_data.job_order is 'Job orders, with their state (R50), in the columns of job_order.csv.';
comment on column erp_data.job_order.company_id is 'The company.';
comment on column erp_data.job_order.job_year is 'Year of the job order.';
comment on column erp_data.job_order.job_number is 'Number within the year.';
comment on column erp_data.job_order.job_type is 'Type, for filters.';
comment on column erp_data.job_order.site_code is 'Code of the site.';
comment on column erp_data.job_order.customer is 'Customer.';
comment on column erp_data.job_order.description is 'Description.';
comment on column erp_data.job_order.supply_released is 'A purchase or subcontract release exists for it; makes it executive (R50).';
comment on column erp_data.job_order.status is 'scheduled, launched or executive; recomputed from facts after each run (R50).';
