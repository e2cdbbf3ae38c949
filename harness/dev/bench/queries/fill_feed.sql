-- So many releases of one order each, that were refused and that no reader of the feed has met.
insert into erp.run (company_id, run_id, kind, session_role, caller_role, arguments)
select
    1,
    1000000000 + r,
    'release',
    'bench',
    'bench',
    jsonb_build_object('order_ids', jsonb_build_array(r))
from generate_series(1, %(runs)s) as r;

insert into erp.run_order (
    company_id, run_id, ordinal, production_order_id, order_year, order_number, order_lot, outcome, record_count,
    movement_count, reasons
)
select
    1,
    1000000000 + r,
    1,
    r,
    2026,
    r,
    0,
    'refused',
    0,
    0,
    '[]'
from generate_series(1, %(runs)s) as r;

insert into erp.run_place (company_id, run_id)
select
    1,
    1000000000 + r
from generate_series(1, %(runs)s) as r;
