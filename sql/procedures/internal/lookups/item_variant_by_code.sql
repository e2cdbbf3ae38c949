-- Returns a variant of an item by its code.
create or replace function erp_internal.item_variant_by_code(
    p_company_id integer, p_item_id bigint, p_variant_code text
)
returns table (item_variant_id bigint)
language sql
stable
rows 1
begin atomic
    select v.item_variant_id
    from erp.item_variant as v
    where v.company_id = p_company_id and v.item_id = p_item_id and v.variant_code = p_variant_code
    offset 0;
end;
