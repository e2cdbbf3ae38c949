-- requires: internal/lookups/commitments_before_release, internal/plan/equal_lists
-- Returns the orders of the company that documents of a put name by their keys and, of each whose document has a list,
-- all its rows, lot commitments as they were before the release (R34); but of those whose lists are what there is
-- (settled, see erp_internal.equal_lists) none. One statement reads them all, so that they are of one moment, whether
-- the orders are locked or not. Orders and their rows are probed by key.
create or replace function erp_internal.order_documents(
    p_company_id integer,
    p_orders erp_internal.production_order_row[],
    p_phases erp_internal.production_order_phase_row[],
    p_materials erp_internal.production_order_material_row[],
    p_lots erp_internal.material_lot_row[],
    out orders erp.production_order[],
    out phases erp.production_order_phase[],
    out materials erp.production_order_material[],
    out lots erp.material_lot[],
    out settled integer[]
)
language sql
stable
begin atomic
    with settled as materialized (
        select q.ordinal
        from erp_internal.equal_lists(p_company_id, p_orders, p_phases, p_materials, p_lots) as q
    ),

    found as materialized (
        select
            o.found_order,
            o.production_order_id,
            (r.cells ? 'phases' or r.cells ? 'materials') and q.ordinal is null as rows_sent
        from unnest(p_orders) as r
        left join settled as q on q.ordinal = r.ordinal
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
            from (
                select
                    p_company_id as company_id,
                    f.production_order_id,
                    c.line,
                    c.item_id,
                    c.lot_id,
                    c.quantity
                from found as f
                cross join
                    lateral erp_internal.commitments_before_release(p_company_id, f.production_order_id) as c
                where f.rows_sent
            ) as c
        ) as lots,
        array(
            select q.ordinal
            from settled as q
        ) as settled;
end;
