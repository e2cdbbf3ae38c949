-- Shows what a call would make of orders now whose status it changes or which it merges, by the plan that it executes
-- (R55-R57).
-- Locks: none; runs in a read-only transaction. Errors: 22023, PR004.
create or replace function erp_api.preview_order_change(p_company_id integer, p_order_ids bigint[], p_change text)
returns table (ordinal integer, order_id bigint, outcome text, reasons jsonb, into_order_id bigint)
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
    if p_change is null or p_change not in ('close', 'reopen', 'archive', 'merge') then
        raise exception using
            errcode = '22023',
            message = format('p_change is %s.', coalesce(quote_literal(p_change), 'null')),
            hint = 'Pass close, reopen, archive or merge.',
            column = 'p_change';
    end if;
    v_requested := erp_internal.known_ids(p_company_id, 'order', v_order_ids);
    -- a longer answer waits for the client on disk
    perform set_config('work_mem', '12MB', true);
    return query
    select
        v_requested.known_ordinals[p.ordinal] as ordinal, p.order_id, p.outcome, p.reasons,
        null::bigint as into_order_id
    from erp_internal.plan_status_change(p_company_id, v_requested.known_ids, p_change) as p
    where p_change <> 'merge'
    union all
    select
        v_requested.known_ordinals[p.ordinal], p.order_id, p.outcome, p.reasons, p.into_order_id
    from erp_internal.plan_merge(p_company_id, v_requested.known_ids) as p
    where p_change = 'merge'
    union all
    select
        n.ordinal, n.id, 'refused',
        jsonb_build_array(u.reason || jsonb_build_object('message', format(u.reason ->> 'message', n.id))),
        null
    from unnest(v_requested.unknown) as n
    cross join lateral (
        select (select erp_internal.unknown_reason(p_company_id, 'order_not_found', erp_internal.message_language()))
            as reason
    ) as u
    order by ordinal;
end;
$$;

comment on function erp_api.preview_order_change is
'Shows what erp_api.close_production_orders, reopen_production_orders, archive_production_orders or merge_remainders
would do now, by the same plan; it locks and changes nothing and runs in a read-only transaction (R55-R57).
p_change: close, reopen, archive or merge.
Returns a row per order, in the order of the call: outcome closed, reopened, archived, merged, unchanged or refused, the
reasons as a JSON array, and the order that a merge would put it into.
Errors: 22023 bad call, PR004 unknown company or no membership.';
