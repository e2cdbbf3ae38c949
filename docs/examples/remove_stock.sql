-- Taking a document back: what it moved leaves stock, and stands in the history.
select document_key, outcome
from erp_api.post_stock(
    1,
    '[
        {"document_key": "GR-4711", "record_date": "2026-11-24", "lines": [
            {"warehouse_code": "BS-RM", "reason_code": "CAR", "item_code": "SP-5800", "quantity": 40}
        ]}
    ]'
);

select document_key, outcome, movement_count, reasons -> 0 ->> 'message' as message
from erp_api.remove_stock(1, array['GR-4711', 'GR-4712'], p_note => 'booked twice');

select document_key, item_code, quantity, in_force, removal_run_id > run_id as removed_later
from erp_api.movement_history
where company_id = 1 and document_key = 'GR-4711';
