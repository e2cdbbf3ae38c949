-- Locks stock in key order (R62): every balance row of the warehouses, items and variants named, and one row per
-- key without lot and location, made at zero where there is none, so that what is not there can be locked too.
-- Variant 0 stands for none.
create or replace function erp_internal.lock_stock(
    p_company_id integer, p_warehouse_ids bigint [], p_item_ids bigint [], p_item_variant_ids bigint []
)
returns void
language plpgsql
volatile
as $$
begin
    insert into erp.stock_balance (company_id, warehouse_id, item_id, item_variant_id, on_hand)
    select distinct p_company_id, k.warehouse_id, k.item_id, nullif(k.item_variant_id, 0) as item_variant_id, 0
    from unnest(p_warehouse_ids, p_item_ids, p_item_variant_ids)
        as k (warehouse_id, item_id, item_variant_id)
    where
        not exists (
            select
            from erp.stock_balance as b
            where
                b.company_id = p_company_id and b.warehouse_id = k.warehouse_id and b.item_id = k.item_id
                and coalesce(b.item_variant_id, 0) = k.item_variant_id
                and b.lot_id is null and b.location_id is null
        )
    order by k.warehouse_id, k.item_id, item_variant_id
    on conflict on constraint stock_balance_key do nothing;

    perform
    from erp.stock_balance as b
    inner join (
        select distinct k.warehouse_id, k.item_id, k.item_variant_id
        from unnest(p_warehouse_ids, p_item_ids, p_item_variant_ids)
            as k (warehouse_id, item_id, item_variant_id)
    ) as k
        on
            b.warehouse_id = k.warehouse_id and b.item_id = k.item_id
            and coalesce(b.item_variant_id, 0) = k.item_variant_id
    where b.company_id = p_company_id
    order by b.warehouse_id, b.item_id, b.item_variant_id, b.lot_id, b.location_id
    for update of b;
end;
$$;
