-- requires: internal/lookups/movements_of_record, internal/lookups/records_of_order, internal/messages/some_of
-- Returns the stock documents in force that picked for an order or gave something back, if there are any, as a text: up
-- to five keys, and how many there are if they are more. p_line: those of that material row alone.
create or replace function erp_internal.order_document_keys(
    p_company_id integer, p_order_id bigint, p_line integer default null
)
returns table (document_keys text)
language sql
stable
begin atomic
    select erp_internal.some_of(pg_catalog.array_agg(d.document_key order by d.document_key)) as document_keys
    from (
        select distinct r.document_key
        from erp_internal.records_of_order(p_company_id, p_order_id) as r
        where
            r.document_key is not null
            and (
                p_line is null
                or exists (
                    select
                    from erp_internal.movements_of_record(p_company_id, r.record_date, r.stock_record_id) as m
                    where m.material_line = p_line
                )
            )
    ) as d
    having pg_catalog.count(*) > 0;
end;
