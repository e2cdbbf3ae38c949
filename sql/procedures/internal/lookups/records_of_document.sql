-- Returns the stock records in force of a stock document.
create or replace function erp_internal.records_of_document(p_company_id integer, p_document_key text)
returns table (record_date date, stock_record_id bigint, production_order_id bigint)
language sql
stable
begin atomic
    select
        r.record_date,
        r.stock_record_id,
        r.production_order_id
    from erp.stock_record as r
    where r.company_id = p_company_id and r.document_key = p_document_key
    offset 0;
end;
