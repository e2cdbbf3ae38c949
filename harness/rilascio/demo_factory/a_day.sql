-- A day of the ERP: what comes in, what is released, what comes too late

-- Morning: the ERP plans an order.
select
    order_number,
    outcome
from erp_api.put_production_orders(1, '[{
    "order_year": 2026, "order_number": 901, "item_code": "PF-5700",
    "quantity": 100, "end_date": "2026-12-18",
    "phases": [{"phase": 10, "machine": "BC-02", "machine_site_code": "BS"}],
    "materials": [
        {"line": 1, "item_code": "BR-0510", "unit_quantity": "0.75",
         "scrap_percent": 2, "phase": 10},
        {"line": 2, "item_code": "SP-5800", "unit_quantity": 1, "phase": 10}
    ]
}]');

-- Goods come in: a new lot of brass, and springs.
select
    document_key,
    outcome,
    movement_count
from erp_api.post_stock(1, '[{
    "document_key": "GR-4711", "record_date": "2026-11-23",
    "lines": [
        {"warehouse_code": "BS-RM", "reason_code": "CAR",
         "item_code": "BR-0510", "lot_code": "H-2612", "quantity": "250"},
        {"warehouse_code": "BS-RM", "reason_code": "CAR",
         "item_code": "SP-5800", "quantity": 500}
    ]
}]');

-- The order is released.
select
    r.order_number,
    r.outcome,
    r.movement_count
from erp_api.order_ids(1, array['2026/901']) as o
cross join lateral erp_api.release_production_orders(
    1, array[o.order_id], p_record_date => '2026-11-23'
) as r;

-- Too late for another quantity: what was released stays.
select
    order_number,
    outcome,
    reasons -> 0 ->> 'column' as "column",
    reasons -> 0 ->> 'message' as message
from erp_api.put_production_orders(1, '[
    {"order_year": 2026, "order_number": 901, "quantity": 120}
]');

-- Springs are counted, and five come back from the workshop.
select
    document_key,
    outcome,
    movement_count
from erp_api.post_stock(1, '[
    {"document_key": "COUNT-31", "record_date": "2026-11-23", "lines": [
        {"warehouse_code": "BS-RM", "reason_code": "SCP",
         "load_reason_code": "CAR", "item_code": "SP-5800",
         "counted_quantity": 1690}
    ]},
    {"document_key": "RET-12", "record_date": "2026-11-23", "lines": [
        {"warehouse_code": "BS-RM", "reason_code": "CAR",
         "item_code": "SP-5800", "quantity": 5,
         "order_year": 2026, "order_number": 901, "material_line": 2}
    ]}
]');

-- Night: the ERP sends every order again, and nothing changes.
select
    outcome,
    count(*) as orders
from
    erp_api.put_production_orders(1, (
        select jsonb_agg(to_jsonb(o)) from erp_data.production_order as o
        where o.company_id = 1
    ))
group by outcome;
