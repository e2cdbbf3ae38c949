-- Deleting: an order without declarations can be restored.
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

select ordinal, outcome
from erp_api.delete_declarations(
    1, array(select declaration_id from erp_api.declaration_grid where company_id = 1 and order_id = 179)
);

select outcome, movement_count
from erp_api.restore_production_orders(1, array[179]);
