-- The materials of an order, and where what is open of them comes from. Parameters: company_id, order_id.
select
    m.material_line,
    m.item_code,
    m.variant_code,
    m.item_description,
    m.picking_type,
    m.phase,
    m.sub_phase,
    m.movable,
    m.required_quantity,
    m.picked_quantity,
    m.issued_quantity,
    m.open_quantity,
    m.uom,
    s.warehouse_code,
    s.reason_code,
    s.level as resolved_by
from erp_api.material_grid as m
left join lateral (
    select
        e.warehouse_code,
        e.reason_code,
        e.level
    from erp_api.explain_material_source(m.company_id, m.order_id, m.material_line) as e
    where e.wins and m.open_quantity > 0
) as s on true
where m.company_id = %(company_id)s and m.order_id = %(order_id)s
order by m.material_line
