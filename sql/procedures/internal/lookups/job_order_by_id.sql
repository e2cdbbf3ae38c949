-- Returns a job order by its id.
create or replace function erp_internal.job_order_by_id(p_company_id integer, p_job_order_id bigint)
returns table (job_order_id bigint, site_id bigint)
language sql
stable
rows 1
begin atomic
    select
        j.job_order_id,
        j.site_id
    from erp.job_order as j
    where j.company_id = p_company_id and j.job_order_id = p_job_order_id
    offset 0;
end;
