-- Ids of company c begin at 100 c: warehouses RAW, SEMI, WIP, FIN, SCR are 1 to 5, their reasons 10 w + 1 (issue) and
-- 10 w + 2 (load); 29 is an issue from SEMI with counterpart SCR.
insert into erp.company (company_id, company_code) values (%(c)s, 'SOAK' || %(c)s);
-- and who watches over the soak
insert into erp.company_member (company_id, member_role) values (%(c)s, 'erp_operator'), (%(c)s, session_user);
insert into erp.production_parameter (
    company_id, wip_management, split_on_shortage, transfer_manual_to_wip, allow_negative_stock,
    over_production_percent, period_start, period_end
)
values (%(c)s, %(c)s = 2, %(c)s = 2, %(c)s = 2, %(c)s = 2, 10, current_date - 400, current_date + 400);

insert into erp.warehouse (company_id, warehouse_id, warehouse_code, allow_negative_stock, check_location)
select %(c)s, %(base)s + w.id, w.code, w.code = 'RAW', w.code = 'RAW' and %(c)s = 1
from (values (1, 'RAW'), (2, 'SEMI'), (3, 'WIP'), (4, 'FIN'), (5, 'SCR')) as w (id, code);

insert into erp.location (company_id, location_id, warehouse_id, location_code)
select %(c)s, %(base)s + n, %(base)s + 1, 'A' || n
from generate_series(1, 2) as n;

insert into erp.movement_reason (company_id, movement_reason_id, warehouse_id, reason_code, direction)
select %(c)s, %(base)s * 10 + w * 10 + r.number, %(base)s + w, r.code, r.direction
from generate_series(1, 5) as w
cross join (values (1, 'ISS', 'issue'), (2, 'LD', 'load')) as r (number, code, direction);
insert into erp.movement_reason (
    company_id, movement_reason_id, warehouse_id, reason_code, direction, counterpart_warehouse_id,
    counterpart_movement_reason_id
)
values (%(c)s, %(base)s * 10 + 29, %(base)s + 2, 'TR', 'issue', %(base)s + 5, %(base)s * 10 + 52);

insert into erp.item (company_id, item_id, item_code, quantity_decimals, tracking)
select %(c)s, %(base)s + i.id, i.code, i.decimals, i.tracking
from (
    values (1, 'BOLT', 0, 'none'), (2, 'STEEL', 3, 'lot'), (3, 'GEAR', 0, 'none'), (4, 'FRAME', 0, 'lot'),
    (5, 'PAINT', 3, 'none'), (6, 'OIL', 3, 'lot'), (7, 'BIKE', 0, 'none')
) as i (id, code, decimals, tracking);
insert into erp.item_mrp_parameter (company_id, item_id, picking_type, procurement_type)
select
    %(c)s, %(base)s + i, case when i in (5, 6) then 'manual' else 'automatic' end,
    case when i in (3, 4, 7) then 'production' else 'purchase' end
from generate_series(1, 7) as i;
insert into erp.item_location (company_id, item_id, warehouse_id, location_id, priority)
select %(c)s, %(base)s + i, %(base)s + 1, %(base)s + 1, 1
from unnest(array[1, 5]) as i;

insert into erp.warehouse_rule (
    company_id, level, section, warehouse_id, issue_movement_reason_id, semi_finished_issue_movement_reason_id,
    load_movement_reason_id
)
select
    %(c)s, 'company', r.section, %(base)s + r.w, %(base)s * 10 + r.w * 10 + 1,
    case when r.section = 'wip' then %(base)s * 10 + r.w * 10 + 1 end, %(base)s * 10 + r.w * 10 + 2
from (values ('raw_material', 1), ('semi_finished', 2), ('wip', 3), ('finished', 4), ('scrap', 5)) as r (section, w)
where r.section <> 'wip' or %(c)s = 2;
insert into erp.warehouse_rule (
    company_id, level, item_id, section, warehouse_id, issue_movement_reason_id, load_movement_reason_id
)
values (%(c)s, 'item', %(base)s + 3, 'semi_finished', %(base)s + 2, %(base)s * 10 + 29, %(base)s * 10 + 22);

insert into erp.lot (company_id, lot_id, item_id, lot_code, start_date)
select %(c)s, %(base)s + i * 10 + l, %(base)s + i, 'L' || l, current_date - 90 + l
from unnest(array[2, 4, 6]) as i
cross join generate_series(1, 3) as l;
select setval(pg_get_serial_sequence('erp.lot', 'lot_id'), 1000, false);
