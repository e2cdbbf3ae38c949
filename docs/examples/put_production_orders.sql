-- Putting orders: one is new, one is released and keeps its quantity; sent again, nothing changes.
select order_number, outcome, reasons -> 0 ->> 'code' as code, reasons -> 0 ->> 'column' as column
from erp_api.put_production_orders(
    1,
    '[
        {
            "order_year": 2026, "order_number": 901, "item_code": "MU-0500", "quantity": 20, "end_date": "2026-12-18",
            "phases": [{"phase": 10, "machine": "M1"}],
            "materials": [{"line": 1, "item_code": "SP-5800", "unit_quantity": "2.5", "phase": 10}]
        },
        {"order_year": 2026, "order_number": 902, "quantity": 20, "materials": [{"line": 1, "fixed": "maybe"}]}
    ]'
);

select r.outcome, r.movement_count
from erp_api.order_ids(1, array['2026/901']) as o
cross join lateral erp_api.release_production_orders(1, array[o.order_id], p_record_date => '2026-11-23') as r;

select order_number, outcome, jsonb_path_query_array(reasons, '$[*].message') as messages
from erp_api.put_production_orders(
    1,
    '[{"order_year": 2026, "order_number": 901, "quantity": 30, "priority": 1, "phases": [{"phase": 10}]}]'
);

select order_number, outcome
from erp_api.put_production_orders(1, '[{"order_year": 2026, "order_number": 901, "firm": "Rossi", "quantity": 20}]');
