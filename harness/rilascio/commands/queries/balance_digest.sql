-- How many balances there are, and a digest of them all.
select
    count(*) as balances,
    coalesce(md5(string_agg(b::text, ' ' order by b)), '') as digest
from (
    select (
        b.company_id, b.warehouse_id, b.item_id, b.item_variant_id, b.lot_id, b.location_id, trim_scale(b.on_hand)
    )::text
    from erp.stock_balance as b
    where b.on_hand <> 0
) as q (b)
