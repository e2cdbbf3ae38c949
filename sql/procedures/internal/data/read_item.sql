-- Turns sent rows without faulty cells into values: item.
-- Precondition: erp_internal.check_item_cells found nothing in them.
-- Errors: raw ones of casts, otherwise.
-- Written by `make docs` from the description of the load format (rilascio.loading.files).
create or replace function erp_internal.read_item(p_rows erp_internal.sent_row[])
returns setof erp_internal.item_row
language sql
stable
begin atomic
    select
        s.ordinal,
        s.parent,
        s.place,
        s.cells,
        s.item_code,
        s.item_class,
        s.description,
        s.uom,
        s.quantity_decimals::integer as quantity_decimals,
        s.tracking,
        s.lot_policy,
        s.expiry_block_days::integer as expiry_block_days,
        s.phantom::boolean as phantom,
        s.deletion::boolean as deletion
    from (
        select
            r.ordinal,
            r.parent,
            r.place,
            r.cells,
            nullif(r.cells ->> 'item_code', '') as item_code,
            nullif(r.cells ->> 'item_class', '') as item_class,
            nullif(r.cells ->> 'description', '') as description,
            nullif(r.cells ->> 'uom', '') as uom,
            nullif(r.cells ->> 'quantity_decimals', '') as quantity_decimals,
            nullif(r.cells ->> 'tracking', '') as tracking,
            nullif(r.cells ->> 'lot_policy', '') as lot_policy,
            nullif(r.cells ->> 'expiry_block_days', '') as expiry_block_days,
            nullif(r.cells ->> 'phantom', '') as phantom,
            nullif(r.cells ->> 'delete', '') as deletion
        from unnest(p_rows) as r
        offset 0
    ) as s;
end;
