-- Returns the lot commitments of an order as they were before its release (R34), which are those that there are if it
-- was not released.
create or replace function erp_internal.commitments_before_release(p_company_id integer, p_order_id bigint)
returns table (line integer, item_id bigint, lot_id bigint, quantity numeric)
language sql
stable
begin atomic
    select
        coalesce(b.line, n.line) as line,
        coalesce(b.item_id, n.item_id) as item_id,
        coalesce(b.lot_id, n.lot_id) as lot_id,
        coalesce(b.quantity, n.quantity) as quantity
    from (
        select n.*
        from erp.material_lot as n
        where n.company_id = p_company_id and n.production_order_id = p_order_id
        offset 0
    ) as n
    full join (
        select b.*
        from erp.material_lot_before_release as b
        where b.company_id = p_company_id and b.production_order_id = p_order_id
        offset 0
    ) as b
        on b.line = n.line and b.lot_id = n.lot_id;
end;
