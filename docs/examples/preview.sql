-- Preview: what a release of these orders would move, in this order, and what each issue finds in stock.
select ordinal, outcome, feasible_quantity as feasible, material_line as line, item_code, lot_code, warehouse_code,
    reason_code, resolved_by, quantity, available_quantity as available
from erp_api.preview_release(
    1,
    array(
        select order_id from erp_api.release_grid
        where order_year = 2026 and order_number in (46, 126)
        order by order_number
    ),
    p_record_date => '2026-11-23'
);
