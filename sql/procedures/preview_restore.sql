-- requires: internal/plan_restore, internal/distinct_ids, internal/assert_member
-- Shows what restore would do now, by the very plan that restore executes. Errors: 22023, 42501.
create or replace function erp_api.preview_restore(p_company_id integer, p_order_ids bigint[])
returns table (ordinal integer, order_id bigint, outcome text, movement_count integer, reasons jsonb)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set work_mem = '64MB'
set jit = off
as $$
#variable_conflict use_column
declare
    v_order_ids bigint [];
begin
    perform erp_internal.assert_member(p_company_id);
    v_order_ids := erp_internal.distinct_ids('p_order_ids', p_order_ids);
    return query
    select p.ordinal, p.order_id, p.outcome, p.movement_count, p.reasons
    from erp_internal.plan_restore(p_company_id, v_order_ids) as p
    order by p.ordinal;
end;
$$;

comment on function erp_api.preview_restore is
'Shows what erp_api.restore_production_orders would do now, by the same plan; it locks and changes nothing and runs in
a read-only transaction (R31-R38). Returns a row per order, in the order asked: outcome restored or refused, the
movements that would be removed, and the reasons as a JSON array. Errors: 22023 bad call, 42501 unknown company or no
membership.';
