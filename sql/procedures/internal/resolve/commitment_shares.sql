-- requires: internal/lookups/commitments_of_order, internal/lookups/item_by_id, internal/lookups/lot_by_id
-- requires: internal/lookups/material_by_line, internal/lookups/order_by_id, internal/resolve/moved_quantity
-- Returns of each lot commitment the part that its material row needs at the order's present quantity, lots by code
-- (R23, R25). Tables are probed by key.
create or replace function erp_internal.commitment_shares(p_company_id integer, p_order_ids bigint[])
returns table (
    production_order_id bigint, line integer, item_id bigint, lot_id bigint, quantity numeric, share numeric
)
language sql
stable
begin atomic
    select
        c.production_order_id,
        c.line,
        c.item_id,
        c.lot_id,
        c.quantity,
        least(
            c.quantity,
            greatest(
                erp_internal.moved_quantity(
                    m.unit_quantity, m.fixed, m.scrap_percent, i.quantity_decimals, o.quantity_before, o.quantity,
                    m.picked_quantity
                ) - (pg_catalog.sum(c.quantity) over w - c.quantity),
                0
            )
        ) as share
    from unnest(p_order_ids) as a (production_order_id)
    cross join lateral erp_internal.order_by_id(p_company_id, a.production_order_id) as o
    cross join lateral erp_internal.commitments_of_order(p_company_id, a.production_order_id) as c
    cross join lateral erp_internal.material_by_line(p_company_id, c.production_order_id, c.line) as m
    cross join lateral erp_internal.item_by_id(p_company_id, m.item_id) as i
    cross join lateral erp_internal.lot_by_id(p_company_id, c.lot_id) as l
    window w as (partition by c.production_order_id, c.line order by l.lot_code);
end;
