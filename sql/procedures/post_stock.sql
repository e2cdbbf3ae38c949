-- Posts stock documents of other programs: each one whole, or it is refused with all its reasons (R8, R13-R19, R73,
-- R74).
-- Locks: see erp_internal.execute_posting. Errors: 22023, 40001, PR001, PR004.
create or replace function erp_api.post_stock(
    p_company_id integer,
    p_documents jsonb,
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
    v_sent record;
    v_read record;
    v_run record;
begin
    perform erp_internal.assert_member(p_company_id);
    v_sent := erp_internal.parse_documents(p_documents);
    v_read := erp_internal.read_documents(
        v_sent.documents, v_sent.lines, v_sent.faults, erp_internal.company_today(p_company_id)
    );
    v_run := erp_internal.begin_run(
        p_company_id,
        'posting',
        erp_internal.sent_arguments(
            p_documents,
            jsonb_build_object(
                'stock_document', cardinality(v_sent.documents), 'stock_document_line', cardinality(v_sent.lines)
            ),
            p_all_or_none
        ),
        p_request_key,
        p_note
    );
    if not v_run.repeated then
        perform erp_internal.execute_posting(
            p_company_id, v_run.run_id, v_read.documents, v_read.lines, v_read.faults, coalesce(p_all_or_none, false)
        );
        perform erp_internal.end_run(p_company_id, v_run.run_id);
    end if;
    -- a longer answer waits for the client on disk
    perform set_config('work_mem', '24MB', true);
    return query
    select a.ordinal, a.document_key, a.outcome, a.run_id, a.record_count, a.movement_count, a.reasons
    from erp_internal.document_answer(
        p_company_id, v_run.run_id, array(select d.document_key from unnest(v_read.documents) as d order by d.ordinal)
    ) as a;
end;
$$;

comment on function erp_api.post_stock is
'Posts stock documents of other programs, in the order of the call, each seeing what earlier ones did (R7): each one
whole, or it is refused with all its reasons and moves nothing (R8). A key is posted once: the same document again is
unchanged, another one under its key is refused (key_used).
p_documents: a JSON array of up to 200,000 objects {"document_key", "record_date" (default today of the company),
"note", "lines"}. Up to 2,000,000 lines in all are objects {"warehouse_code", "reason_code", "item_code",
"variant_code", "lot_code", "location_code", "quantity"}: the direction of the reason tells whether they load or issue,
and its counterpart moves too (R13). A count has {"counted_quantity", "reason_code", "load_reason_code"} instead of
quantity and reason: what differs in that lot and location at the end of the record date is issued with the one or
loaded with the other. With {"order_year", "order_number", "order_lot" (default 0), "material_line"} an issue picks for
a material row of a launched or executive order, and a load gives back what was issued for it.
p_all_or_none: one refusal refuses all.
p_request_key: repeats of the same call answer the same and change nothing (R60). p_note: kept with the run.
Returns a row per document: outcome posted, unchanged (run_id is the run that posted it) or refused; counts include
counterparts; reasons is a JSON array, with the line and column where it is about one. Errors: 22023 bad call, 40001
send again, PR001 request key used with other arguments, PR004 unknown company or no membership.';
