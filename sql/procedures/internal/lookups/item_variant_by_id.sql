-- Returns a variant of an item by its id.
create or replace function erp_internal.item_variant_by_id(p_company_id integer, p_item_variant_id bigint)
returns table (variant_code text)
language sql
stable
rows 1
begin atomic
    select v.variant_code
    from erp.item_variant as v
    where v.company_id = p_company_id and v.item_variant_id = p_item_variant_id
    offset 0;
end;
