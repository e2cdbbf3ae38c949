-- requires: internal/lookups/movements_of_record, internal/lookups/records_of_order
-- Returns what the registrations in force moved of the material rows of orders (R54), net of what was given back since
-- the release: the sum of their movements without counterparts, below zero for an issue. Tables are probed by key.
create or replace function erp_internal.registered_materials(p_company_id integer, p_order_ids bigint[])
returns table (production_order_id bigint, line integer, quantity numeric)
language sql
stable
begin atomic
    select
        a.production_order_id,
        m.material_line as line,
        pg_catalog.sum(m.quantity) as quantity
    from unnest(p_order_ids) as a (production_order_id)
    cross join lateral erp_internal.records_of_order(p_company_id, a.production_order_id) as r
    cross join lateral erp_internal.movements_of_record(p_company_id, r.record_date, r.stock_record_id) as m
    where
        (r.production_declaration_id is not null or r.document_key is not null and not m.picked)
        and m.material_line is not null and not m.counterpart
    group by a.production_order_id, m.material_line;
end;
