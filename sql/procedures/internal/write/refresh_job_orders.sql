-- Computes the state of job orders from facts (R50), in one statement for all of them.
create or replace function erp_internal.refresh_job_orders(p_company_id integer, p_job_order_ids bigint[])
returns void
language plpgsql
volatile
as $$
begin
    update erp.job_order as j
    set status = case when j.supply_released then 'executive' else f.status end
    from (
        select
            a.job_order_id,
            case
                when o.released then 'executive'
                when o.launched then 'launched'
                else 'scheduled'
            end as status
        from (select distinct a.job_order_id from unnest(p_job_order_ids) as a (job_order_id)) as a
        cross join lateral (
            select
                pg_catalog.bool_or(o.status in ('executive', 'closed')) as released,
                pg_catalog.bool_or(o.status = 'launched') as launched
            from erp.production_order as o
            where o.company_id = p_company_id and o.job_order_id = a.job_order_id
        ) as o
    ) as f
    -- also if the status stays: a transaction at repeatable read that waited learns that its orders have changed
    where j.company_id = p_company_id and j.job_order_id = f.job_order_id;
end;
$$;
