-- Recomputes the state of job orders from facts (R50), in one statement.
create or replace function erp_internal.refresh_job_orders(p_company_id integer, p_job_order_ids bigint [])
returns void
language plpgsql
volatile
as $$
begin
    update erp.job_order as j
    set status = f.status
    from (
        select
            j.job_order_id,
            case
                when j.supply_released or pg_catalog.bool_or(o.status in ('executive', 'closed')) then 'executive'
                when pg_catalog.bool_or(o.status = 'launched') then 'launched'
                else 'scheduled'
            end as status
        from erp.job_order as j
        left join erp.production_order as o on o.company_id = j.company_id and o.job_order_id = j.job_order_id
        where j.company_id = p_company_id and j.job_order_id = any (p_job_order_ids)
        group by j.job_order_id, j.supply_released
    ) as f
    where j.company_id = p_company_id and j.job_order_id = f.job_order_id and j.status <> f.status;
end;
$$;
