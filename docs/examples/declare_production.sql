-- Declaring: the last phase of an executive order is opened, and closed with nine good pieces and a scrapped one.
select outcome
from erp_api.release_production_orders(1, array[179], p_record_date => '2026-11-23');

select ordinal, outcome, jsonb_path_query_array(reasons, '$[*].message') as messages
from erp_api.declare_production(
    1,
    '[
        {"order_id": 179, "phase": 20, "kind": "opening"},
        {"order_id": 179, "phase": 20, "kind": "closing", "good_quantity": 9, "scrap_quantity": 1},
        {"order_id": 26, "phase": 10, "kind": "opening"}
    ]'
);
