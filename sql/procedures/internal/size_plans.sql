-- How the statements of a call are planned. Few orders take the plans cached in the session, which need no planning and
-- answer in milliseconds. Many orders are read with plans made for their true number and with memory to match; before
-- anything is written (p_writing) the cached plans come back, because every foreign key check would otherwise be
-- planned anew as well. Ends with the routine that called it, which must set plan_cache_mode and work_mem itself.
create or replace function erp_internal.size_plans(p_order_ids bigint[], p_writing boolean default false)
returns void
language plpgsql
stable
as $$
declare
    v_many constant boolean := pg_catalog.cardinality(p_order_ids) > 50;
begin
    perform pg_catalog.set_config(
        'plan_cache_mode',
        case when v_many and not p_writing then 'force_custom_plan' else 'force_generic_plan' end,
        true
    );
    if v_many then
        perform pg_catalog.set_config('work_mem', '64MB', true);
    end if;
end;
$$;
