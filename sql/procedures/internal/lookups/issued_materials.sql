-- requires: internal/lookups/movements_of_record, internal/lookups/records_of_order
-- Returns what was issued of the material rows of orders, by lot (0 for none), net of what was given back: by releases,
-- registrations and documents in force, without counterparts and without what a release transferred (R9), which is not
-- used yet. Of it, registered_quantity is what registrations issued, picked_quantity what counts in that of the row,
-- and returned_quantity what was given back since the release. By-products, which are loaded, have their signs turned
-- round. Tables are probed by key.
create or replace function erp_internal.issued_materials(p_company_id integer, p_order_ids bigint[])
returns table (
    production_order_id bigint,
    line integer,
    lot_id bigint,
    quantity numeric,
    registered_quantity numeric,
    picked_quantity numeric,
    returned_quantity numeric
)
language sql
stable
begin atomic
    select
        a.production_order_id,
        m.material_line as line,
        coalesce(m.lot_id, 0) as lot_id,
        -pg_catalog.sum(m.quantity) as quantity,
        -coalesce(pg_catalog.sum(m.quantity) filter (where r.production_declaration_id is not null), 0)
            as registered_quantity,
        -coalesce(pg_catalog.sum(m.quantity) filter (where m.picked), 0) as picked_quantity,
        coalesce(pg_catalog.sum(m.quantity) filter (where r.document_key is not null and not m.picked), 0)
            as returned_quantity
    from unnest(p_order_ids) as a (production_order_id)
    cross join lateral erp_internal.records_of_order(p_company_id, a.production_order_id) as r
    cross join lateral erp_internal.movements_of_record(p_company_id, r.record_date, r.stock_record_id) as m
    where
        r.run_id is not null and m.material_line is not null and not m.counterpart
        and (
            r.production_declaration_id is not null or r.document_key is not null
            or not exists (
                select
                from erp.released_material as k
                where
                    k.company_id = p_company_id and k.production_order_id = a.production_order_id
                    and k.line = m.material_line and k.wip_warehouse_id is not null
            )
        )
    group by 1, 2, 3;
end;
