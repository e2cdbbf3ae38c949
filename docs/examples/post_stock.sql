-- Posting stock: a receipt, an issue that stock does not cover, and a count. Sent again, a document is unchanged.
select document_key, outcome, record_count, movement_count,
    reasons -> 0 ->> 'code' as code, reasons -> 0 -> 'line' as line, reasons -> 0 -> 'available' as available
from erp_api.post_stock(
    1,
    '[
        {"document_key": "GR-4711", "record_date": "2026-11-24", "note": "goods receipt", "lines": [
            {"warehouse_code": "BS-RM", "reason_code": "CAR", "item_code": "BR-0510", "lot_code": "H-2700",
                "quantity": "250"},
            {"warehouse_code": "BS-RM", "reason_code": "CAR", "item_code": "SP-5800", "quantity": 40}
        ]},
        {"document_key": "GI-0815", "record_date": "2026-11-24", "lines": [
            {"warehouse_code": "BS-RM", "reason_code": "SCP", "item_code": "BR-0510", "lot_code": "H-2700",
                "quantity": 300}
        ]},
        {"document_key": "IC-0042", "record_date": "2026-11-24", "lines": [
            {"warehouse_code": "BS-RM", "reason_code": "SCP", "load_reason_code": "CAR", "item_code": "SP-5800",
                "counted_quantity": 1290}
        ]}
    ]'
);

select document_key, warehouse_code, record_date, reason_code, record_number, line, item_code, lot_code, quantity, uom
from erp_data.stock_movement
where company_id = 1 and document_key is not null
order by document_key, record_number, line;

select document_key, outcome, reasons -> 0 ->> 'code' as code
from erp_api.post_stock(
    1,
    '[
        {"document_key": "IC-0042", "lines": [
            {"warehouse_code": "BS-RM", "reason_code": "SCP", "load_reason_code": "CAR", "item_code": "SP-5800",
                "counted_quantity": "1290.0"}
        ]},
        {"document_key": "GR-4711", "lines": [
            {"warehouse_code": "BS-RM", "reason_code": "CAR", "item_code": "SP-5800", "quantity": 41}
        ]}
    ]'
);
