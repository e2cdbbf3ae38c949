-- The material grid: what the materials of an order need.
select material_line as line, item_code, picking_type, required_quantity as required, picked_quantity as picked,
    issued_quantity as issued, open_quantity as open, uom
from erp_api.material_grid
where company_id = 1 and order_year = 2026 and order_number = 24
order by material_line;

-- Who waits for an item, the most urgent first.
select order_year, order_number, order_lot, end_date, open_quantity as open, uom
from erp_api.material_grid
where company_id = 1 and item_code = 'EV-0450' and order_status = 'launched' and open_quantity > 0
order by end_date, order_id
limit 3;
