-- Returns a job order by its year and number.
create or replace function erp_internal.job_order_by_number(
    p_company_id integer, p_job_year integer, p_job_number integer
)
returns table (job_order_id bigint)
language sql
stable
rows 1
begin atomic
    select j.job_order_id
    from erp.job_order as j
    where j.company_id = p_company_id and j.job_year = p_job_year and j.job_number = p_job_number
    offset 0;
end;
