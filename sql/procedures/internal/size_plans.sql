-- How the statements of a call are planned: few orders take the plans cached in the session, which need no planning and
-- answer in milliseconds; many orders are planned anew, with their true number. Ends with the routine that called it,
-- which must set plan_cache_mode itself.
create or replace function erp_internal.size_plans(p_order_ids bigint[])
returns void
language plpgsql
stable
as $$
begin
    perform pg_catalog.set_config(
        'plan_cache_mode',
        case
            when pg_catalog.cardinality(p_order_ids) <= 50 then 'force_generic_plan' else 'force_custom_plan'
        end,
        true
    );
end;
$$;
