-- Orders are made of STEEL (by lots, some of them committed), GEAR (with a counterpart warehouse) and PAINT (manual).
-- The product FRAME is of level 2, so the rule for semi-finished loads it. BAR is what other orders lack.
insert into erp.item (company_id, item_id, item_code, tracking)
values
(1, 1, 'STEEL', 'lot'),
(1, 2, 'GEAR', 'none'),
(1, 3, 'PAINT', 'none'),
(1, 4, 'FRAME', 'lot'),
(1, 5, 'BAR', 'lot');

insert into erp.item_mrp_parameter (company_id, item_id, picking_type, procurement_type)
values
(1, 1, 'automatic', 'purchase'),
(1, 2, 'automatic', 'production'),
(1, 3, 'manual', 'purchase'),
(1, 5, 'automatic', 'purchase');

insert into erp.warehouse_rule (company_id, level, item_id, section, warehouse_id, issue_movement_reason_id)
values (1, 'item', 2, 'semi_finished', 2, 29);

insert into erp.lot (company_id, item_id, lot_code, start_date)
select 1, 1, 'L' || l, current_date - 60 - l
from generate_series(1, 3) as l;

-- everything else
insert into erp.item (company_id, item_id, item_code, tracking)
select 1, 100 + n, 'OLD' || n, case mod(n, 2) when 0 then 'lot' else 'none' end
from generate_series(1, 1000) as n;

insert into erp.lot (company_id, item_id, lot_code, start_date)
select 1, i.item_id, 'L1', current_date - 60
from erp.item as i
where i.item_id > 100 and i.tracking = 'lot';

create temporary table opening_stock as
select
    case when i.item_id > 100 then current_date - 60 else current_date - 30 end as record_date,
    case i.item_id when 2 then 2 else 1 end as warehouse_id,
    i.item_id,
    l.lot_id,
    null::bigint as location_id,
    case when i.item_id > 100 then 100 else 1e9 end as quantity
from erp.item as i
left join erp.lot as l on l.company_id = 1 and l.item_id = i.item_id
where i.item_id not in (4, 5);

-- items that are put get ids of their own
select setval(pg_get_serial_sequence('erp.item', 'item_id'), 10000);
