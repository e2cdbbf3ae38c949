-- Shows what a restore would do now, by the plan that restore executes (R31-R38).
-- Locks: none; runs in a read-only transaction. Errors: 22023, PR004.
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
    v_requested record;
begin
    perform erp_internal.assert_member(p_company_id);
    v_order_ids := erp_internal.distinct_ids('p_order_ids', p_order_ids);
    v_requested := erp_internal.known_ids(p_company_id, 'order', v_order_ids);
    -- a longer answer waits for the client on disk
    perform set_config('work_mem', '12MB', true);
    return query
    select
        p.ordinal, p.order_id, p.outcome, p.movement_count,
        case
            when p.known then p.reasons
            else
                jsonb_build_array(u.reason || jsonb_build_object('message', format(u.reason ->> 'message', p.order_id)))
        end as reasons
    from (
        select
            true as known, v_requested.known_ordinals[p.ordinal] as ordinal, p.order_id, p.outcome, p.movement_count,
            p.reasons
        from erp_internal.plan_restore(p_company_id, v_requested.known_ids) as p
        union all
        select false, n.ordinal, n.id, 'refused', 0, null
        from unnest(v_requested.unknown) as n
        order by ordinal
        offset 0
    ) as p
    cross join lateral (
        select (select erp_internal.unknown_reason(p_company_id, 'order_not_found', erp_internal.message_language()))
            as reason
    ) as u;
end;
$$;

comment on function erp_api.preview_restore is
'Shows what erp_api.restore_production_orders would do now, by the same plan; it locks and changes nothing and runs in
a read-only transaction (R31-R38). Returns a row per order, in the order of the call: outcome restored or refused, the
movements that would be removed, and the reasons as a JSON array. Errors: 22023 bad call, PR004 unknown company or no
membership.';
