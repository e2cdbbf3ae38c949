-- Preview of a registration: the product and the scrap are loaded, the manual material of the phase is issued, on the
-- day that each was declared on.
select outcome
from erp_api.release_production_orders(1, array[179], p_record_date => '2026-11-23');

select ordinal, outcome
from erp_api.declare_production(
    1,
    '[
        {"order_id": 179, "phase": 20, "kind": "opening", "declared_at": "2026-11-23T08:00:00Z"},
        {"order_id": 179, "phase": 20, "kind": "closing", "declared_at": "2026-11-24T15:30:00Z", "good_quantity": 9,
            "scrap_quantity": 1}
    ]'
);

select ordinal, outcome, feasible_quantity as feasible, material_line as line, item_code, warehouse_code, reason_code,
    resolved_by, quantity, record_date
from erp_api.preview_registration(
    1,
    array(select declaration_id from erp_api.declaration_grid where company_id = 1 and order_id = 179)
);
