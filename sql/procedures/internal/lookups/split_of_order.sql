-- Returns the split of a released order, if there was one.
create or replace function erp_internal.split_of_order(p_company_id integer, p_order_id bigint)
returns table (production_order_id bigint, remainder_order_id bigint, quantity numeric, remainder_digest bigint)
language sql
stable
rows 1
begin atomic
    select
        s.production_order_id,
        s.remainder_order_id,
        s.quantity,
        s.remainder_digest
    from erp.production_order_split as s
    where s.company_id = p_company_id and s.production_order_id = p_order_id
    offset 0;
end;
