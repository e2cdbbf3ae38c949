-- Returns the ctid of a row of the balance, if there is one. Rows with a lot are looked up by the lot: an item may have
-- had thousands of them, and only an equality uses the index.
create or replace function erp_internal.find_balance_row(
    p_company_id integer, p_warehouse_id bigint, p_item_id bigint, p_item_variant_id bigint, p_lot_id bigint,
    p_location_id bigint
)
returns table (row_ctid tid)
language sql
stable
begin atomic
    select b.ctid as row_ctid
    from erp.stock_balance as b
    where
        p_lot_id is not null and b.lot_id = p_lot_id
        and b.company_id = p_company_id and b.warehouse_id = p_warehouse_id and b.item_id = p_item_id
        and b.item_variant_id is not distinct from p_item_variant_id
        and b.location_id is not distinct from p_location_id
    union all
    select b.ctid as row_ctid
    from erp.stock_balance as b
    where
        p_lot_id is null and b.lot_id is null
        and b.company_id = p_company_id and b.warehouse_id = p_warehouse_id and b.item_id = p_item_id
        and b.item_variant_id is not distinct from p_item_variant_id
        and b.location_id is not distinct from p_location_id;
end;
