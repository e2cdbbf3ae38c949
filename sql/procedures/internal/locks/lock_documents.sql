-- Locks the stock documents that are to be taken back, in key order (R62).
create or replace function erp_internal.lock_documents(p_company_id integer, p_document_keys text[])
returns void
language plpgsql
volatile
as $$
begin
    perform
    from (
        select distinct k.document_key collate "C" as document_key
        from unnest(p_document_keys) as k (document_key)
        order by document_key
    ) as k
    cross join lateral (
        select
        from erp.stock_document as d
        where d.company_id = p_company_id and d.document_key = k.document_key
        for no key update
        offset 0
    ) as d;
end;
$$;
