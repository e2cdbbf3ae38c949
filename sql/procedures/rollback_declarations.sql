-- Rolls registrations back: their records are removed and a closed order is executive again, or they are refused with
-- all their reasons (R53).
-- Locks: see erp_internal.execute_rollback. Errors: 22023, PR001, PR004.
create or replace function erp_api.rollback_declarations(
    p_company_id integer,
    p_declaration_ids bigint[],
    p_request_key uuid default null,
    p_note text default null
)
returns table (
    ordinal integer,
    declaration_id bigint,
    order_id bigint,
    outcome text,
    run_id bigint,
    record_count integer,
    movement_count integer,
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
    v_declaration_ids bigint [];
    v_run record;
begin
    perform erp_internal.assert_member(p_company_id);
    v_declaration_ids := erp_internal.distinct_ids('p_declaration_ids', p_declaration_ids);
    v_run := erp_internal.begin_run(
        p_company_id, 'rollback', jsonb_build_object('declaration_ids', to_jsonb(p_declaration_ids)), p_request_key,
        p_note
    );
    if not v_run.repeated then
        perform erp_internal.assert_note(p_company_id, p_note);
        perform erp_internal.execute_rollback(p_company_id, v_run.run_id, v_declaration_ids);
        perform erp_internal.end_run(p_company_id, v_run.run_id);
    end if;
    -- a longer answer waits for the client on disk
    perform set_config('work_mem', '24MB', true);
    return query
    select
        a.ordinal, a.declaration_id, a.order_id, a.outcome, a.run_id, a.record_count, a.movement_count, a.reasons
    from erp_internal.run_answer(p_company_id, v_run.run_id, v_declaration_ids, 'declaration_not_found') as a;
end;
$$;

comment on function erp_api.rollback_declarations is
'Rolls the registration of declarations back, those of one order from the last to the first (R53): the records that it
made leave stock and stand in movement_history, lots that it made go with their last movement, and the order is
executive again when its closing is rolled back. Refused where what was loaded has been used since, where a later row of
the phase stays registered, or, while the order is closed, where its closing does.
p_declaration_ids: up to 200,000 ids, duplicates count once. p_request_key: repeats of the same call answer the same
and change nothing (R60). p_note: kept with the run; the company''s parameter
note_required makes it obligatory.
Returns a row per declaration: outcome rolled_back or refused; reasons is a JSON array. Errors: 22023 bad call, PR001
request key used with other arguments, PR004 unknown company or no membership.';
