-- requires: internal/lookups/movements_of_record, internal/lookups/records_in_force
-- Returns the movements of erp_internal.records_in_force.
create or replace function erp_internal.movements_in_force(p_company_id integer, p_removals erp_internal.removal[])
returns table (
    ordinal integer,
    record_date date,
    stock_record_id bigint,
    warehouse_id bigint,
    item_id bigint,
    item_variant_id bigint,
    lot_id bigint,
    location_id bigint,
    quantity numeric,
    material_line integer,
    counterpart boolean,
    picked boolean
)
language sql
stable
begin atomic
    select
        r.ordinal,
        r.record_date,
        r.stock_record_id,
        m.warehouse_id,
        m.item_id,
        m.item_variant_id,
        m.lot_id,
        m.location_id,
        m.quantity,
        m.material_line,
        m.counterpart,
        m.picked
    from erp_internal.records_in_force(p_company_id, p_removals) as r
    cross join lateral erp_internal.movements_of_record(p_company_id, r.record_date, r.stock_record_id) as m;
end;
