-- Returns the days between which the stock records in force of documents lie, null bounds where there are none (see
-- erp_internal.days_of_orders). Precondition: the documents are locked.
create or replace function erp_internal.days_of_documents(p_company_id integer, p_document_keys text[])
returns daterange
language plpgsql
stable
as $$
begin
    return (
        select pg_catalog.daterange(pg_catalog.min(r.record_date), pg_catalog.max(r.record_date), '[]')
        from unnest(p_document_keys) as a (document_key)
        cross join lateral erp_internal.records_of_document(p_company_id, a.document_key) as r
    );
end;
$$;
