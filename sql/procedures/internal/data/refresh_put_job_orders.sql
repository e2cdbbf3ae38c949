-- Computes the state of job orders that a call made or changed (R50).
-- Precondition: they are locked. p_ordinals: which of the rows.
create or replace function erp_internal.refresh_put_job_orders(
    p_company_id integer, p_rows erp_internal.sent_row[], p_ordinals integer[]
)
returns void
language plpgsql
volatile
as $$
begin
    perform erp_internal.refresh_job_orders(
        p_company_id,
        array(
            select j.job_order_id
            from erp_internal.read_job_order(p_rows) as s
            cross join lateral erp_internal.job_order_by_number(p_company_id, s.job_year, s.job_number) as j
            where s.ordinal in (select o.ordinal from unnest(p_ordinals) as o (ordinal))
        )
    );
end;
$$;
