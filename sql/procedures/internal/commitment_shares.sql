-- requires: internal/moved_quantity
-- The part of each lot commitment that its row needs at the order's present quantity, lots by code (R23, R25).
create or replace function erp_internal.commitment_shares(p_company_id integer, p_order_ids bigint[])
returns table (production_order_id bigint, line integer, lot_id bigint, quantity numeric, share numeric)
language sql
stable
begin atomic
    select
        c.production_order_id,
        c.line,
        c.lot_id,
        c.quantity,
        least(
            c.quantity,
            greatest(
                erp_internal.moved_quantity(
                    m.unit_quantity, m.fixed, m.scrap_percent, i.quantity_decimals, o.quantity, m.picked_quantity
                ) - (pg_catalog.sum(c.quantity) over w - c.quantity),
                0
            )
        ) as share
    from erp.material_lot as c
    inner join erp.production_order as o
        on o.company_id = c.company_id and o.production_order_id = c.production_order_id
    inner join erp.production_order_material as m
        on m.company_id = c.company_id and m.production_order_id = c.production_order_id and m.line = c.line
    inner join erp.item as i on i.company_id = c.company_id and i.item_id = m.item_id
    inner join erp.lot as l on l.company_id = c.company_id and l.lot_id = c.lot_id
    where c.company_id = p_company_id and c.production_order_id = any(p_order_ids)
    window w as (partition by c.production_order_id, c.line order by l.lot_code);
end;
