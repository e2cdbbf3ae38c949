-- Locks stock keys in their order (R62): of each warehouse, item and variant the balance row without lot and location,
-- which is inserted at zero where there is none, so that stock which is not there can be locked too. It stands for all
-- lots and locations of its key: whoever changes one of these locks it first (erp_internal.add_to_balance).
-- Variant 0 stands for none. Each key is probed by its index, whatever the statistics say (offset 0).
create or replace function erp_internal.lock_stock(p_company_id integer, p_keys erp_internal.stock_key[])
returns void
language plpgsql
volatile
as $$
begin
    insert into erp.stock_balance (company_id, warehouse_id, item_id, item_variant_id, on_hand)
    select p_company_id, k.warehouse_id, k.item_id, nullif(k.item_variant_id, 0), 0
    from (
        select distinct k.warehouse_id, k.item_id, k.item_variant_id
        from unnest(p_keys) as k
    ) as k
    left join lateral erp_internal.stock_key_row(
        p_company_id, k.warehouse_id, k.item_id, k.item_variant_id
    ) as b on true
    where b.row_ctid is null
    order by k.warehouse_id, k.item_id, k.item_variant_id
    on conflict on constraint stock_balance_key do nothing;

    perform
    from (
        select distinct k.warehouse_id, k.item_id, k.item_variant_id
        from unnest(p_keys) as k
        order by k.warehouse_id, k.item_id, k.item_variant_id
    ) as k
    cross join lateral (
        select
        from erp.stock_balance as b
        where
            b.company_id = p_company_id and b.warehouse_id = k.warehouse_id and b.item_id = k.item_id
            and coalesce(b.item_variant_id, 0) = k.item_variant_id
            and b.lot_id is null and b.location_id is null
        for update
        offset 0
    ) as b;
end;
$$;
