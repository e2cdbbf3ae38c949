-- Previewing data: what would become of rows, without a run. A warehouse that something names is not deleted.
select kind, key, outcome, reasons -> 0 ->> 'message' as message
from erp_api.preview_data(
    1,
    '{
        "item": [{"item_code": "BR-0510", "description": "Bracket, painted"}],
        "warehouse": [{"warehouse_code": "BS-RM", "delete": true}, {"warehouse_code": "NEW", "delete": true}]
    }'
);
