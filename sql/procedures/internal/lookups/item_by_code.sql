-- Returns an item by its code.
create or replace function erp_internal.item_by_code(p_company_id integer, p_item_code text)
returns table (item_id bigint, tracking text)
language sql
stable
rows 1
begin atomic
    select
        i.item_id,
        i.tracking
    from erp.item as i
    where i.company_id = p_company_id and i.item_code = p_item_code
    offset 0;
end;
