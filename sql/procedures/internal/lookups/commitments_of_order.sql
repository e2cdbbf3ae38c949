-- Returns the lots that are committed to the material rows of an order.
create or replace function erp_internal.commitments_of_order(p_company_id integer, p_order_id bigint)
returns table (production_order_id bigint, line integer, item_id bigint, lot_id bigint, quantity numeric)
language sql
stable
begin atomic
    select
        c.production_order_id,
        c.line,
        c.item_id,
        c.lot_id,
        c.quantity
    from erp.material_lot as c
    where c.company_id = p_company_id and c.production_order_id = p_order_id
    offset 0;
end;
