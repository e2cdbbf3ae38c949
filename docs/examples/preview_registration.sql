-- Preview of a registration: the product and the scrap are loaded, the manual material of the phase is issued.
select outcome
from erp_api.release_production_orders(1, array[179], p_record_date => '2026-11-23');

select ordinal, outcome
from erp_api.declare_production(
    1,
    '[
        {"order_id": 179, "phase": 20, "kind": "opening"},
        {"order_id": 179, "phase": 20, "kind": "closing", "good_quantity": 9, "scrap_quantity": 1}
    ]'
);

select ordinal, outcome, feasible_quantity as feasible, material_line as line, item_code, warehouse_code, reason_code,
    resolved_by, quantity
from erp_api.preview_registration(
    1,
    array(select declaration_id from erp_api.declaration_grid where company_id = 1 and order_id = 179),
    p_record_date => '2026-11-23'
);
