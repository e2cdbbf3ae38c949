-- requires: internal/lookups/movements_of_record, internal/lookups/records_in_force, internal/lookups/removal
-- Returns the material rows that the releases in force issued: these are settled, and never due at registration (R3).
-- Tables are probed by key.
create or replace function erp_internal.issued_by_release(p_company_id integer, p_order_ids bigint[])
returns table (production_order_id bigint, line integer)
language sql
stable
begin atomic
    select distinct
        a.production_order_id,
        m.material_line as line
    from unnest(p_order_ids) as a (production_order_id)
    cross join
        lateral erp_internal.records_in_force(
            p_company_id, array[erp_internal.removal(p_production_order_id => a.production_order_id)]
        ) as r
    cross join lateral erp_internal.movements_of_record(p_company_id, r.record_date, r.stock_record_id) as m
    where m.material_line is not null and m.picking_type = 'automatic';
end;
