-- requires: internal/resolve/required_quantity, internal/resolve/moved_quantity
-- The materials of orders of every status: what each needs, and what has moved for it (R3-R6, R9, R21, R29). Quantities
-- are computed for the rows of a page only (R42).
create or replace view erp_api.material_grid as
select
    b.company_id,
    b.order_id,
    b.order_year,
    b.order_number,
    b.order_lot,
    b.order_status,
    b.order_item_code,
    b.start_date,
    b.end_date,
    b.material_line,
    b.item_code,
    b.variant_code,
    b.item_description,
    b.uom,
    b.picking_type,
    b.phase,
    b.sub_phase,
    b.movable,
    erp_internal.required_quantity(
        b.unit_quantity, b.fixed, b.scrap_percent, b.quantity_decimals, b.quantity_before, b.order_quantity
    ) as required_quantity,
    b.picked_quantity,
    b.issued_quantity,
    case
        when not b.movable or b.order_status not in ('launched', 'executive') then 0
        -- its release has issued it
        when b.order_status = 'executive' and b.picking_type = 'automatic' then 0
        else
            erp_internal.moved_quantity(
                b.unit_quantity, b.fixed, b.scrap_percent, b.quantity_decimals, b.quantity_before, b.order_quantity,
                b.picked_quantity + pg_catalog.abs(b.issued_quantity)
            )
    end as open_quantity
from (
    select
        m.company_id,
        m.production_order_id as order_id,
        o.order_year,
        o.order_number,
        o.order_lot,
        o.status as order_status,
        o.copied_item_code as order_item_code,
        o.start_date,
        o.end_date,
        o.quantity as order_quantity,
        o.quantity_before,
        m.line as material_line,
        i.item_code,
        (
            select v.variant_code
            from erp.item_variant as v
            where v.company_id = m.company_id and v.item_variant_id = m.item_variant_id
        ) as variant_code,
        i.description as item_description,
        i.uom,
        i.quantity_decimals,
        -- what release decided is a fact (R3): it kept what it did not issue
        case
            when o.release_run_id is null then p.picking_type
            when k.line is null then 'automatic'
            else k.picking_type
        end as picking_type,
        m.phase,
        m.sub_phase,
        coalesce(k.movable, m.movable and not i.phantom) as movable,
        m.unit_quantity,
        m.fixed,
        m.scrap_percent,
        m.picked_quantity,
        (
            select coalesce(-pg_catalog.sum(x.quantity), 0)
            from erp.stock_record as r
            inner join erp.stock_movement as x
                on
                    x.company_id = r.company_id and x.record_date = r.record_date
                    and x.stock_record_id = r.stock_record_id
            where
                r.company_id = m.company_id and r.production_order_id = m.production_order_id and r.run_id is not null
                and x.material_line = m.line and not x.counterpart and not x.picked
                -- a transfer issues nothing yet (R9)
                and not (
                    k.wip_warehouse_id is not null and r.production_declaration_id is null and r.document_key is null
                )
        ) as issued_quantity
    from erp.production_order_material as m
    inner join erp.production_order as o
        on o.company_id = m.company_id and o.production_order_id = m.production_order_id
    inner join erp.item as i on i.company_id = m.company_id and i.item_id = m.item_id
    left join erp.item_mrp_parameter as p on p.company_id = m.company_id and p.item_id = m.item_id
    left join erp.released_material as k
        on
            k.company_id = m.company_id and k.production_order_id = m.production_order_id and k.line = m.line
) as b;

comment on view erp_api.material_grid is 'The material grid: the materials of orders of every status, what each needs, and what has moved for it (R2-R6, R21); select it by order_id, or by item_code and order_status to see who waits for an item.';
comment on column erp_api.material_grid.company_id is 'The company.';
comment on column erp_api.material_grid.order_id is 'The order.';
comment on column erp_api.material_grid.order_year is 'Year of the order.';
comment on column erp_api.material_grid.order_number is 'Number within the year.';
comment on column erp_api.material_grid.order_lot is 'Lot of the order, from 0.';
comment on column erp_api.material_grid.order_status is 'Status of the order: launched, executive, closed or archived.';
comment on column erp_api.material_grid.order_item_code is 'The item that the order produces.';
comment on column erp_api.material_grid.start_date is 'Planned start of the order.';
comment on column erp_api.material_grid.end_date is 'Planned end of the order.';
comment on column erp_api.material_grid.material_line is 'Line of the material row, unique within the order.';
comment on column erp_api.material_grid.item_code is 'The item needed; the same item may stand in several rows (R22).';
comment on column erp_api.material_grid.variant_code is 'The variant needed, if any.';
comment on column erp_api.material_grid.item_description is 'Description of the item.';
comment on column erp_api.material_grid.uom is 'Unit of measure of the quantities.';
comment on column erp_api.material_grid.picking_type is 'automatic (issued at release), with_list or manual: of a released order as its release found it (R3), else of the item now; null where the item has no MRP parameters.';
comment on column erp_api.material_grid.phase is 'Phase that consumes it, if linked.';
comment on column erp_api.material_grid.sub_phase is 'Sub-phase that consumes it, if linked.';
comment on column erp_api.material_grid.movable is 'It moves: neither is the row marked not movable, nor the item a phantom (R4).';
comment on column erp_api.material_grid.required_quantity is 'What the order needs of it, with scrap, in uom (R21, R29); below zero for a by-product (R5).';
comment on column erp_api.material_grid.picked_quantity is 'What was picked beforehand, in uom (R6).';
comment on column erp_api.material_grid.issued_quantity is 'What the release and registrations in force have issued for it, less what came back, in uom; below zero for a by-product, which is loaded. A transfer to wip issues nothing (R9).';
comment on column erp_api.material_grid.open_quantity is 'What is still to move for it, in uom, never below zero: of a launched order what is required and not picked (R6); of an executive one what was not issued either, unless its release issued it; else 0.';
