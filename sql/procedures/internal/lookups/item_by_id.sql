-- Returns an item by its id.
create or replace function erp_internal.item_by_id(p_company_id integer, p_item_id bigint)
returns table (
    item_id bigint,
    item_code text,
    uom text,
    quantity_decimals integer,
    tracking text,
    lot_policy text,
    expiry_block_days integer,
    phantom boolean
)
language sql
stable
rows 1
begin atomic
    select
        i.item_id,
        i.item_code,
        i.uom,
        i.quantity_decimals,
        i.tracking,
        i.lot_policy,
        i.expiry_block_days,
        i.phantom
    from erp.item as i
    where i.company_id = p_company_id and i.item_id = p_item_id
    offset 0;
end;
