-- Turns sent rows without faulty cells into values: stock_document.
-- Precondition: erp_internal.check_stock_document_cells found nothing in them.
-- Errors: raw ones of casts, otherwise.
-- Written by `make docs` from the description of the load format (rilascio.loading.files).
create or replace function erp_internal.read_stock_document(p_rows erp_internal.sent_row[])
returns setof erp_internal.stock_document_row
language sql
stable
begin atomic
    select
        s.ordinal,
        s.parent,
        s.place,
        s.cells,
        s.document_key,
        s.record_date::date as record_date,
        s.note
    from (
        select
            r.ordinal,
            r.parent,
            r.place,
            r.cells,
            nullif(r.cells ->> 'document_key', '') as document_key,
            nullif(r.cells ->> 'record_date', '') as record_date,
            nullif(r.cells ->> 'note', '') as note
        from unnest(p_rows) as r
        offset 0
    ) as s;
end;
