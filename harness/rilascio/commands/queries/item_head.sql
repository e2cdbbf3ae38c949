-- An item. Parameters: company_id, item_code.
select
    i.item_code,
    i.description,
    i.uom,
    i.item_class,
    i.tracking,
    i.lot_policy,
    p.picking_type,
    p.procurement_type
from erp_data.item as i
left join erp_data.item_mrp_parameter as p on p.company_id = i.company_id and p.item_code = i.item_code
where i.company_id = %(company_id)s and i.item_code = %(item_code)s
