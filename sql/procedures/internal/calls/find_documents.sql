-- Looks up which documents of a call were posted before: the same document has the run that posted it; one with other
-- lines or on another date, or that was taken back since, is refused. A document sent without a date is the same
-- whatever day it is.
-- p_run_id: the run that has taken their keys (see erp_internal.claim_documents); null in a preview.
create or replace function erp_internal.find_documents(
    p_company_id integer, p_run_id bigint, p_documents erp_internal.requested_document[]
)
returns setof erp_internal.requested_document
language plpgsql
stable
set enable_nestloop = off
as $$
begin
    return query
    select
        d.ordinal,
        d.document_key,
        d.record_date,
        d.date_sent,
        d.note,
        d.digest,
        case when f.same then f.run_id end as posted_run_id,
        case when d.refusal is null and not f.same then 'key_used' else d.refusal end as refusal
    from unnest(p_documents) as d
    left join lateral (
        select
            k.run_id,
            k.removal_run_id is null and k.digest = d.digest and (k.record_date = d.record_date or not d.date_sent)
                as same
        from erp_internal.document_by_key(p_company_id, d.document_key) as k
        where d.refusal is null and k.run_id is distinct from p_run_id
        offset 0
    ) as f on true
    order by d.ordinal;
end;
$$;
