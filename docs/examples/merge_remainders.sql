-- Merge: the remainder of a split was rescheduled, so restore keeps it, and merge puts it back into its order.
select outcome
from erp_api.put_production_orders(1, '[{
    "order_year": 2026, "order_number": 901, "item_code": "PF-5700", "quantity": 9000,
    "materials": [{"line": 1, "item_code": "SP-5800", "unit_quantity": 1}]
}]');

select r.order_lot, r.outcome
from erp_api.order_ids(1, array['2026/901']) as o
cross join lateral erp_api.release_production_orders(
    1, array[o.order_id], p_record_date => '2026-11-23', p_on_shortage => 'split'
) as r;

select order_lot, outcome
from erp_api.put_production_orders(1, '[
    {"order_year": 2026, "order_number": 901, "order_lot": 1, "end_date": "2026-12-18"}
]');

select r.order_lot, r.outcome, r.reasons -> 0 ->> 'message' as message
from erp_api.order_ids(1, array['2026/901']) as o
cross join lateral erp_api.restore_production_orders(1, array[o.order_id]) as r;

select r.order_lot, r.outcome
from erp_api.order_ids(1, array['2026/901/1']) as o
cross join lateral erp_api.merge_remainders(1, array[o.order_id]) as r;

select order_lot, status, quantity
from erp_data.production_order
where company_id = 1 and order_number = 901;
