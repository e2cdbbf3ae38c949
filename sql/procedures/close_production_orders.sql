-- Closes executive orders short: each becomes closed though less than planned was produced, or it is refused with the
-- reason (R55).
-- Locks: see erp_internal.execute_status_change. Errors: 22023, PR001, PR004.
create or replace function erp_api.close_production_orders(
    p_company_id integer,
    p_order_ids bigint[],
    p_all_or_none boolean default false,
    p_request_key uuid default null,
    p_note text default null
)
returns table (
    ordinal integer,
    order_id bigint,
    order_year integer,
    order_number integer,
    order_lot integer,
    outcome text,
    run_id bigint,
    reasons jsonb
)
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set work_mem = '64MB'
set jit = off
as $$
#variable_conflict use_column
declare
    v_run record;
begin
    perform erp_internal.assert_member(p_company_id);
    v_run := erp_internal.run_status_change(
        p_company_id, 'close', p_order_ids, p_all_or_none, p_request_key, p_note
    );
    -- a longer answer waits for the client on disk
    perform set_config('work_mem', '24MB', true);
    return query
    select
        a.ordinal, a.order_id, a.order_year, a.order_number, a.order_lot, a.outcome, a.run_id, a.reasons
    from erp_internal.run_answer(p_company_id, v_run.run_id, v_run.order_ids, 'order_not_found') as a;
end;
$$;

comment on function erp_api.close_production_orders is
'Closes executive orders short (R55): each becomes closed though less than planned was produced. Nothing moves: what was
issued and produced stays, what is still open is no longer needed. An order with declarations that are not registered is
refused. erp_api.reopen_production_orders takes it back.
p_order_ids: up to 200,000 ids, duplicates count once. p_all_or_none: one refusal refuses all. p_request_key: repeats
of the same call answer the same and change nothing (R60). p_note: kept with the run.
Returns a row per order, in the order of the call: outcome closed, unchanged or refused; reasons is a JSON array.
Errors: 22023 bad call, PR001 request key used with other arguments, PR004 unknown company or no membership.';
