-- requires: internal/plan/plan_restore, internal/calls/distinct_ids, internal/guards/assert_member
-- The answer has more columns since, and the parameters other names.
create or replace function erp_api.preview_restore(p_company integer, p_orders bigint[])
returns table (order_id bigint, outcome text)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
    perform erp_internal.assert_member(p_company);
    return query
    select p.order_id, p.outcome
    from erp_internal.plan_restore(p_company, erp_internal.distinct_ids('p_orders', p_orders)) as p
    order by p.ordinal;
end;
$$;

comment on function erp_api.preview_restore is 'Shows what a restore would do.';
