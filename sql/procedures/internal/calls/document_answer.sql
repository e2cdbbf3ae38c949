-- requires: internal/lookups/document_by_key
-- Returns what a run answers for each document of the call, in the order of the call: the stored row, or, where there
-- is none, that the document was unchanged, with the run that posted it. So a repeated request key gets the same answer
-- (R60).
create or replace function erp_internal.document_answer(
    p_company_id integer, p_run_id bigint, p_document_keys text[]
)
returns table (
    ordinal integer, document_key text, outcome text, run_id bigint, record_count integer, movement_count integer,
    reasons jsonb
)
language sql
stable
begin atomic
    select
        a.ordinal::integer as ordinal,
        a.document_key,
        coalesce(r.outcome, 'unchanged') as outcome,
        case when r.ordinal is null then d.run_id else p_run_id end as run_id,
        coalesce(r.record_count, 0) as record_count,
        coalesce(r.movement_count, 0) as movement_count,
        coalesce(r.reasons, '[]') as reasons
    from unnest(p_document_keys) with ordinality as a (document_key, ordinal)
    left join lateral (
        select r.*
        from erp.run_row as r
        where r.company_id = p_company_id and r.run_id = p_run_id and r.ordinal = a.ordinal
        offset 0
    ) as r on true
    left join lateral erp_internal.document_by_key(p_company_id, a.document_key) as d on r.ordinal is null;
end;
