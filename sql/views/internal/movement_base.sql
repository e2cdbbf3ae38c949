-- The columns that the movement grids and the history share: every movement ever made by a run, in force or removed, in
-- codes. A removed movement keeps the code of its lot, since the lot may have been removed with it.
create or replace view erp_internal.movement_base as
select
    x.company_id,
    x.production_order_id as order_id,
    x.order_year,
    x.order_number,
    x.order_lot,
    x.run_id,
    x.removal_run_id,
    x.stock_record_id,
    w.warehouse_code,
    x.record_date,
    x.record_number,
    r.reason_code,
    m.line,
    i.item_code,
    v.variant_code,
    coalesce(t.lot_code, m.lot_code) as lot_code,
    l.location_code,
    m.quantity,
    i.uom,
    m.material_line,
    m.picking_type,
    m.resolved_by,
    m.counterpart,
    x.production_declaration_id as declaration_id,
    x.document_key
from (
    select
        x.company_id,
        x.record_date,
        x.stock_record_id,
        x.warehouse_id,
        x.movement_reason_id,
        x.record_number,
        x.production_order_id,
        x.order_year,
        x.order_number,
        x.order_lot,
        x.production_declaration_id,
        x.document_key,
        x.run_id,
        null::bigint as removal_run_id
    from erp.stock_record as x
    where x.run_id is not null
    union all
    select
        y.company_id,
        y.record_date,
        y.stock_record_id,
        y.warehouse_id,
        y.movement_reason_id,
        y.record_number,
        y.production_order_id,
        y.order_year,
        y.order_number,
        y.order_lot,
        y.production_declaration_id,
        y.document_key,
        y.run_id,
        y.removal_run_id
    from erp.removed_stock_record as y
) as x
cross join
    lateral (
        -- the statistics do not know the records of today, so each is probed by key
        select u.*
        from (
            select
                m.line,
                m.item_id,
                m.item_variant_id,
                m.lot_id,
                null::text collate "C" as lot_code,
                m.location_id,
                m.quantity,
                m.material_line,
                m.picking_type,
                m.resolved_by,
                m.counterpart
            from erp.stock_movement as m
            where
                m.company_id = x.company_id and m.record_date = x.record_date and m.stock_record_id = x.stock_record_id
            union all
            select
                n.line,
                n.item_id,
                n.item_variant_id,
                n.lot_id,
                n.lot_code,
                n.location_id,
                n.quantity,
                n.material_line,
                n.picking_type,
                n.resolved_by,
                n.counterpart
            from erp.removed_stock_movement as n
            where
                n.company_id = x.company_id and n.record_date = x.record_date and n.stock_record_id = x.stock_record_id
        ) as u
        offset 0
    ) as m
inner join erp.warehouse as w on w.company_id = x.company_id and w.warehouse_id = x.warehouse_id
inner join erp.movement_reason as r
    on r.company_id = x.company_id and r.movement_reason_id = x.movement_reason_id
inner join erp.item as i on i.company_id = x.company_id and i.item_id = m.item_id
left join erp.item_variant as v on v.company_id = x.company_id and v.item_variant_id = m.item_variant_id
left join erp.lot as t on t.company_id = x.company_id and t.lot_id = m.lot_id
left join erp.location as l on l.company_id = x.company_id and l.location_id = m.location_id;
