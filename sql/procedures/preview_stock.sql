-- Shows what posting stock documents would do now, by the plan that a posting executes (R8, R13-R19).
-- Locks: none; runs in a read-only transaction. Errors: 22023, PR004.
create or replace function erp_api.preview_stock(p_company_id integer, p_documents jsonb)
returns table (
    ordinal integer,
    document_key text,
    outcome text,
    record_count integer,
    movement_count integer,
    reasons jsonb
)
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
    v_sent record;
    v_read record;
    v_documents erp_internal.requested_document [];
    v_resolved record;
    v_plan erp_internal.planned_movement [];
begin
    perform erp_internal.assert_member(p_company_id);
    v_sent := erp_internal.parse_documents(p_documents);
    v_read := erp_internal.read_documents(
        v_sent.documents, v_sent.lines, v_sent.faults, erp_internal.company_today(p_company_id)
    );
    v_documents := array(
        select d from erp_internal.find_documents(p_company_id, null, v_read.documents) as d
    );
    v_resolved := erp_internal.resolve_documents(p_company_id, v_documents, v_read.lines, v_read.faults);
    v_plan := array(
        select p
        from erp_internal.plan_documents(p_company_id, v_documents, v_resolved.moves, v_resolved.refusals) as p
    );
    -- a longer answer waits for the client on disk
    perform set_config('work_mem', '12MB', true);
    return query
    select
        p.ordinal, p.document_key, p.outcome, coalesce(m.record_count, 0) as record_count,
        coalesce(m.movement_count, 0) as movement_count, p.reasons
    from unnest(v_plan) as p
    left join (
        select
            m.ordinal,
            count(distinct (m.warehouse_id, m.movement_reason_id, m.production_order_id))::integer as record_count,
            count(*)::integer as movement_count
        from unnest(v_plan) as m
        where m.line is not null
        group by m.ordinal
    ) as m on m.ordinal = p.ordinal
    where p.line is null
    order by p.ordinal;
end;
$$;

comment on function erp_api.preview_stock is
'Shows what erp_api.post_stock would do now with the same documents, by the same plan; it locks and changes nothing,
opens no run and runs in a read-only transaction.
p_documents: as for post_stock.
Returns a row per document, in the order of the call: outcome posted, unchanged or refused; counts are those of the
records and movements that it would make, counterparts included; reasons is a JSON array.
Errors: 22023 bad call, PR004 unknown company or no membership.';
