-- Returns the stock records of an order that are in force, those of runs and those entered by hand.
create or replace function erp_internal.records_of_order(p_company_id integer, p_order_id bigint)
returns table (
    record_date date, stock_record_id bigint, run_id bigint, production_declaration_id bigint, document_key text
)
language sql
stable
begin atomic
    select
        r.record_date,
        r.stock_record_id,
        r.run_id,
        r.production_declaration_id,
        r.document_key
    from erp.stock_record as r
    where r.company_id = p_company_id and r.production_order_id = p_order_id
    offset 0;
end;
