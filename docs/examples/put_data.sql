-- Putting data: an item with its parameters, and the next month. Sent again, it is unchanged.
select kind, key, outcome
from erp_api.put_data(
    1,
    '{
        "company": [{"period_end": "2027-01-31"}],
        "item": [{"item_code": "BR-0999", "description": "Bracket", "quantity_decimals": 0}],
        "item_mrp_parameter": [
            {"item_code": "BR-0999", "picking_type": "automatic", "procurement_type": "purchase"}
        ]
    }'
);

select key, outcome, reasons -> 0 ->> 'code' as code, reasons -> 0 ->> 'message' as message
from erp_api.put_data(
    1,
    '{
        "item": [
            {"item_code": "BR-0999", "description": "Bracket"},
            {"item_code": "BR-0510", "uom": "KG"},
            {"item_code": "BR-0998", "tracking": "serial"}
        ]
    }'
);
