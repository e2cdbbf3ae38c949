-- Takes posted stock documents back: the records of each leave stock and stand in the history, or it is refused with
-- all its reasons (R8, R18, R37, R38).
-- Locks: see erp_internal.execute_stock_removal. Errors: 22023, PR001, PR004.
create or replace function erp_api.remove_stock(
    p_company_id integer,
    p_document_keys text[],
    p_all_or_none boolean default false,
    p_request_key uuid default null,
    p_note text default null
)
returns table (
    ordinal integer,
    document_key text,
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
    v_document_keys text [];
    v_run record;
begin
    perform erp_internal.assert_member(p_company_id);
    v_document_keys := erp_internal.distinct_keys('p_document_keys', p_document_keys);
    v_run := erp_internal.begin_run(
        p_company_id,
        'stock_removal',
        jsonb_build_object('document_keys', to_jsonb(p_document_keys), 'all_or_none', p_all_or_none),
        p_request_key,
        p_note
    );
    if not v_run.repeated then
        perform erp_internal.assert_note(p_company_id, p_note);
        perform erp_internal.execute_stock_removal(
            p_company_id, v_run.run_id, v_document_keys, coalesce(p_all_or_none, false)
        );
        perform erp_internal.end_run(p_company_id, v_run.run_id);
    end if;
    -- a longer answer waits for the client on disk
    perform set_config('work_mem', '24MB', true);
    return query
    select a.ordinal, a.document_key, a.outcome, a.run_id, a.record_count, a.movement_count, a.reasons
    from erp_internal.document_answer(p_company_id, v_run.run_id, v_document_keys) as a;
end;
$$;

comment on function erp_api.remove_stock is
'Takes posted stock documents back, in the order of the call: the records of each, counterparts included, leave stock
and stand in movement_history (R37), and its key stays taken. Refused are what was not posted or is taken back already
(document_not_found), records outside the open period (period_closed), loads that have been used since
(counterpart_stock_used), and what a registration in force counted of picks and returns (counted_by_registration).
p_document_keys: up to 200,000 keys, duplicates count once. p_all_or_none: one refusal refuses all.
p_request_key: repeats of the same call answer the same and change nothing (R60). p_note: kept with the run; the
company''s parameter note_required makes it obligatory.
Returns a row per document: outcome removed or refused; reasons is a JSON array. Errors: 22023 bad call, PR001 request
key used with other arguments, PR004 unknown company or no membership.';
