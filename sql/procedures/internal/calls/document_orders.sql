-- Returns the orders that lines of stock documents pick for or give back from, each once: of the documents that are
-- neither refused at once nor known from before.
create or replace function erp_internal.document_orders(
    p_company_id integer,
    p_documents erp_internal.requested_document[],
    p_lines erp_internal.stock_document_line_row[]
)
returns table (production_order_id bigint)
language plpgsql
stable
set enable_nestloop = off
as $$
#variable_conflict use_column
begin
    return query
    select o.production_order_id
    from (
        select distinct l.order_year, l.order_number, coalesce(l.order_lot, 0) as order_lot
        from unnest(p_lines) as l
        inner join unnest(p_documents) as d on d.ordinal = l.ordinal
        where
            l.order_year is not null and l.order_number is not null and d.posted_run_id is null
            and coalesce(d.refusal, '') = ''
    ) as l
    cross join lateral erp_internal.order_by_number(p_company_id, l.order_year, l.order_number, l.order_lot) as o;
end;
$$;
