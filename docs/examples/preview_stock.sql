-- What posting would do: pieces are picked for an order that is still launched, and more than that given back.
select document_key, outcome, record_count, movement_count, reasons -> 0 ->> 'message' as message
from erp_api.preview_stock(
    1,
    '[
        {"document_key": "PL-0001", "record_date": "2026-11-24", "lines": [
            {"warehouse_code": "BS-RM", "reason_code": "SCP", "item_code": "SP-5800", "quantity": 12,
                "order_year": 2026, "order_number": 46, "material_line": 2}
        ]},
        {"document_key": "RT-0001", "record_date": "2026-11-24", "lines": [
            {"warehouse_code": "BS-RM", "reason_code": "CAR", "item_code": "SP-5800", "quantity": 15,
                "order_year": 2026, "order_number": 46, "material_line": 2}
        ]}
    ]'
);
