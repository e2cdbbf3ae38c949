-- The movements of a registration.
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

select ordinal, outcome, record_count, movement_count
from erp_api.register_declarations(
    1,
    array(select declaration_id from erp_api.declaration_grid where company_id = 1 and order_id = 179),
    p_record_date => '2026-11-23'
);

select warehouse_code, reason_code, record_number, line, material_line, item_code, quantity, uom, resolved_by
from erp_api.declaration_movement_grid
where company_id = 1 and order_id = 179
order by stock_record_id, line;
