-- Restores executive orders: each becomes launched again and the records of its release are removed, or it is refused
-- with all its reasons (R31-R38).
-- Locks: see erp_internal.execute_restore. Errors: 22023, PR001, PR004.
create or replace function erp_api.restore_production_orders(
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
    record_count integer,
    movement_count integer,
    merged_order_id bigint,
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
    v_order_ids bigint [];
    v_run record;
begin
    perform erp_internal.assert_member(p_company_id);
    v_order_ids := erp_internal.distinct_ids('p_order_ids', p_order_ids);
    v_run := erp_internal.begin_run(
        p_company_id,
        'restore',
        jsonb_build_object('order_ids', to_jsonb(p_order_ids), 'all_or_none', p_all_or_none),
        p_request_key,
        p_note
    );
    if not v_run.repeated then
        perform erp_internal.assert_note(p_company_id, p_note);
        perform erp_internal.execute_restore(
            p_company_id, v_run.run_id, v_order_ids, coalesce(p_all_or_none, false)
        );
        perform erp_internal.end_run(p_company_id, v_run.run_id);
    end if;
    -- a longer answer waits for the client on disk
    perform set_config('work_mem', '24MB', true);
    return query
    select
        a.ordinal, a.order_id, a.order_year, a.order_number, a.order_lot, a.outcome, a.run_id, a.record_count,
        a.movement_count, a.other_order_id as merged_order_id, a.reasons
    from erp_internal.run_answer(p_company_id, v_run.run_id, v_order_ids, 'order_not_found') as a;
end;
$$;

comment on function erp_api.restore_production_orders is
'Takes releases back, in the order of the call (R31-R38): each order becomes launched again, the records of its release
(counterparts included) leave stock and stand in movement_history, lot commitments come back, and an untouched remainder
of its split is merged back. Allowed only for executive orders without any production declaration.
p_order_ids: up to 200,000 ids, duplicates count once. p_all_or_none: one refusal refuses all. p_request_key: repeats
of the same call answer the same and change nothing (R60). p_note: kept with the run; the company''s
parameter note_required makes it obligatory.
Returns a row per order: outcome restored or refused; merged_order_id is the remainder that was removed; reasons is a
JSON array, with the warning remainder_kept where a remainder stays, and merged_back at a remainder that was requested
too and merged into its order. Errors: 22023 bad call, PR001 request key used with other arguments, PR004 unknown
company or no membership.';
