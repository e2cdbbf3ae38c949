-- Returns a lot by its code, which is unique for an item and, if it has variants, the variant (R25).
create or replace function erp_internal.lot_by_code(
    p_company_id integer, p_item_id bigint, p_item_variant_id bigint, p_lot_code text
)
returns table (lot_id bigint)
language sql
stable
rows 1
begin atomic
    select t.lot_id
    from erp.lot as t
    where
        t.company_id = p_company_id and t.item_id = p_item_id and t.lot_code = p_lot_code
        and t.item_variant_id is not distinct from p_item_variant_id
    offset 0;
end;
