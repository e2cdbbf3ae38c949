-- Takes the keys of the documents that a call posts, in key order: of each there is a row from now on, and whoever
-- sends one of them too waits here for the end of this call. Rows that are there already are locked, so that nobody
-- takes one of these documents back meanwhile.
-- Locks (R62): the documents, after the request key and the configuration, before orders.
create or replace function erp_internal.claim_documents(
    p_company_id integer, p_run_id bigint, p_documents erp_internal.requested_document[]
)
returns void
language plpgsql
volatile
as $$
begin
    insert into erp.stock_document (company_id, document_key, record_date, note, digest, run_id)
    select p_company_id, d.document_key, d.record_date, d.note, d.digest, p_run_id
    from unnest(p_documents) as d
    where d.refusal is null
    order by d.document_key collate "C"
    on conflict on constraint stock_document_pkey do nothing;
    perform
    from (
        select d.document_key
        from unnest(p_documents) as d
        where d.refusal is null
        order by d.document_key collate "C"
    ) as k
    cross join lateral (
        select
        from erp.stock_document as d
        where d.company_id = p_company_id and d.document_key = k.document_key
        for share
        offset 0
    ) as d;
end;
$$;
