-- Returns the orders of the company that documents of a put name by their keys and, of each whose document has a list,
-- all its rows, lot commitments as they were before the release (R34). One statement reads them all, so that they are
-- of one moment, whether the orders are locked or not. Orders and their rows are probed by key.
create or replace function erp_internal.order_documents(
    p_company_id integer,
    p_orders erp_internal.production_order_row[],
    out orders erp.production_order[],
    out phases erp.production_order_phase[],
    out materials erp.production_order_material[],
    out lots erp.material_lot[]
)
language sql
stable
begin atomic
    with found as materialized (
        select
            o.found_order,
            o.production_order_id,
            r.cells ? 'phases' or r.cells ? 'materials' as rows_sent
        from unnest(p_orders) as r
        cross join lateral (
            select
                o as found_order,
                o.production_order_id
            from erp.production_order as o
            where
                o.company_id = p_company_id and o.order_year = r.order_year and o.order_number = r.order_number
                and o.order_lot = r.order_lot
            offset 0
        ) as o
    )

    select
        array(select f.found_order from found as f) as orders,
        array(
            select p.found_phase
            from found as f
            cross join
                lateral (
                    select p as found_phase
                    from erp.production_order_phase as p
                    where p.company_id = p_company_id and p.production_order_id = f.production_order_id
                    offset 0
                ) as p
            where f.rows_sent
        ) as phases,
        array(
            select m.found_material
            from found as f
            cross join
                lateral (
                    select m as found_material
                    from erp.production_order_material as m
                    where m.company_id = p_company_id and m.production_order_id = f.production_order_id
                    offset 0
                ) as m
            where f.rows_sent
        ) as materials,
        array(
            select c::erp.material_lot
            from found as f
            cross join
                lateral (
                    select
                        p_company_id as company_id,
                        f.production_order_id,
                        coalesce(b.line, n.line) as line,
                        coalesce(b.item_id, n.item_id) as item_id,
                        coalesce(b.lot_id, n.lot_id) as lot_id,
                        coalesce(b.quantity, n.quantity) as quantity
                    from (
                        select n.*
                        from erp.material_lot as n
                        where n.company_id = p_company_id and n.production_order_id = f.production_order_id
                        offset 0
                    ) as n
                    full join (
                        select b.*
                        from erp.material_lot_before_release as b
                        where b.company_id = p_company_id and b.production_order_id = f.production_order_id
                        offset 0
                    ) as b
                        on b.line = n.line and b.lot_id = n.lot_id
                ) as c
            where f.rows_sent
        ) as lots;
end;
