-- Returns a stock document by its key, posted before or taken back since.
create or replace function erp_internal.document_by_key(p_company_id integer, p_document_key text)
returns table (
    document_key text, record_date date, digest bytea, run_id bigint, removal_run_id bigint, row_ctid tid
)
language sql
stable
rows 1
begin atomic
    select
        d.document_key,
        d.record_date,
        d.digest,
        d.run_id,
        d.removal_run_id,
        d.ctid as row_ctid
    from erp.stock_document as d
    where d.company_id = p_company_id and d.document_key = p_document_key
    offset 0;
end;
