-- Preview: what a release of these orders would move, in this order, and what each issue finds in stock.
select ordinal, outcome, feasible_quantity as feasible, material_line as line, item_code, lot_code, warehouse_code,
    reason_code, resolved_by, quantity, available_quantity as available
from erp_api.preview_release(
    1, array[48, 129], p_record_date => '2026-11-23'
);
