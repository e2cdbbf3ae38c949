-- requires: internal/plan_movements
-- What of a launched order could be released today, taken alone (R41): all, partly, none, or not needed where nothing
-- of it moves.
create or replace function erp_internal.order_feasibility(p_company_id integer, p_order_id bigint)
returns text
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set work_mem = '64MB'
set jit = off
as $$
declare
    v_orders erp_internal.asked_order [];
    v_demand erp_internal.material_demand [];
    v_answer text;
begin
    v_orders := array(select o from erp_internal.ask_orders(p_company_id, array[p_order_id], true) as o);
    v_demand := array(select d from erp_internal.resolve_materials(p_company_id, v_orders, current_date) as d);
    if cardinality(v_demand) = 0 then
        return 'not needed';
    end if;
    select case p.outcome when 'released' then 'all' when 'split' then 'partly' else 'none' end
    into v_answer
    from erp_internal.plan_movements(p_company_id, current_date, true, 'released', v_orders, v_demand) as p
    limit 1;
    return v_answer;
end;
$$;
