-- requires: internal/lookups/declaration_by_id, internal/lookups/order_by_id, internal/lookups/records_of_document
-- requires: internal/lookups/records_of_order
-- Returns the records in force that releases of orders or, where a declaration is named, its registration made, and
-- those of stock documents; ordinal is the position of the element.
-- The statistics do not know records and movements of a new day, so each is probed by key.
create or replace function erp_internal.records_in_force(p_company_id integer, p_removals erp_internal.removal[])
returns table (ordinal integer, record_date date, stock_record_id bigint)
language sql
stable
begin atomic
    select
        a.ordinality::integer as ordinal,
        r.record_date,
        r.stock_record_id
    from unnest(p_removals) with ordinality as a
    cross join lateral erp_internal.order_by_id(p_company_id, a.production_order_id) as o
    left join lateral erp_internal.declaration_by_id(p_company_id, a.production_declaration_id) as d on true
    cross join lateral erp_internal.records_of_order(p_company_id, a.production_order_id) as r
    where
        r.run_id = case when a.production_declaration_id is null then o.release_run_id else d.registration_run_id end
        and coalesce(r.production_declaration_id, 0) = coalesce(a.production_declaration_id, 0)
    union all
    select
        a.ordinality::integer as ordinal,
        r.record_date,
        r.stock_record_id
    from unnest(p_removals) with ordinality as a
    cross join lateral erp_internal.records_of_document(p_company_id, a.document_key) as r;
end;
