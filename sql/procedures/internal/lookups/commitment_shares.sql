-- requires: internal/resolve/moved_quantity
-- Returns of each lot commitment the part that its material row needs at the order's present quantity, lots by code
-- (R23, R25). Tables are probed by key (offset 0).
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
    cross join
        lateral (
            select
                o.quantity,
                o.quantity_before
            from erp.production_order as o
            where o.company_id = p_company_id and o.production_order_id = a.production_order_id
            offset 0
        ) as o
    cross join
        lateral (
            select c.*
            from erp.material_lot as c
            where c.company_id = p_company_id and c.production_order_id = a.production_order_id
            offset 0
        ) as c
    cross join
        lateral (
            select m.*
            from erp.production_order_material as m
            where
                m.company_id = p_company_id and m.production_order_id = c.production_order_id and m.line = c.line
            offset 0
        ) as m
    cross join
        lateral (
            select i.quantity_decimals
            from erp.item as i
            where i.company_id = p_company_id and i.item_id = m.item_id
            offset 0
        ) as i
    cross join
        lateral (
            select l.lot_code
            from erp.lot as l
            where l.company_id = p_company_id and l.lot_id = c.lot_id
            offset 0
        ) as l
    window w as (partition by c.production_order_id, c.line order by l.lot_code);
end;
