-- Returns the ctid of the row that stands for a stock key (R62), the one without lot and location, if there is one.
-- Variant 0 stands for none.
create or replace function erp_internal.stock_key_row(
    p_company_id integer, p_warehouse_id bigint, p_item_id bigint, p_item_variant_id bigint
)
returns table (row_ctid tid)
language sql
stable
rows 1
begin atomic
    select b.ctid as row_ctid
    from erp.stock_balance as b
    where
        b.company_id = p_company_id and b.warehouse_id = p_warehouse_id and b.item_id = p_item_id
        and coalesce(b.item_variant_id, 0) = p_item_variant_id
        and b.lot_id is null and b.location_id is null
    offset 0;
end;
