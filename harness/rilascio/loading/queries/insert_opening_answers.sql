-- What the run of the load says of each record that it made.
insert into erp.run_row (
    company_id, run_id, ordinal, kind, place, key, outcome, record_count, movement_count, reasons
)
select
    %(company_id)s,
    %(run_id)s,
    r.ordinal,
    'opening_stock' as kind,
    r.ordinal as place,
    jsonb_build_object(
        'warehouse_code', w.warehouse_code, 'record_date', r.record_date, 'reason_code', n.reason_code
    ) as key,
    'posted' as outcome,
    1 as record_count,
    m.movement_count,
    '[]'::jsonb as reasons
from opening_record as r
inner join ready_warehouse as w on w.warehouse_id = r.warehouse_id
inner join ready_movement_reason as n on n.movement_reason_id = r.movement_reason_id
inner join (
    select
        m.stock_record_id,
        count(*) as movement_count
    from opening_movement as m
    group by m.stock_record_id
) as m on m.stock_record_id = r.stock_record_id
