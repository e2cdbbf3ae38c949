-- Computes the state of the job orders to which orders belong (see erp_internal.refresh_job_orders).
create or replace function erp_internal.refresh_jobs_of_orders(p_company_id integer, p_order_ids bigint[])
returns void
language plpgsql
volatile
as $$
begin
    perform erp_internal.refresh_job_orders(
        p_company_id,
        array(
            select distinct o.job_order_id
            from erp.production_order as o
            where
                o.company_id = p_company_id and o.production_order_id = any (p_order_ids)
                and o.job_order_id is not null
        )
    );
end;
$$;
