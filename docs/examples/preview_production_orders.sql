-- Previewing orders: what would become of documents, with the column at fault and its place in the list.
select
    p.order_number, p.outcome, r.reason ->> 'column' as column, r.reason ->> 'line' as line,
    r.reason ->> 'message' as message
from erp_api.preview_production_orders(
    1,
    '[
        {"order_year": 2026, "order_number": 24, "priority": 5},
        {"order_year": 2026, "order_number": 126, "materials": [{"line": 1}, {"line": 2, "item_code": "NO-SUCH"}]},
        {"order_year": 2026, "order_number": 999, "delete": true}
    ]'
) as p
left join lateral jsonb_array_elements(p.reasons) as r (reason) on true
order by p.ordinal;
