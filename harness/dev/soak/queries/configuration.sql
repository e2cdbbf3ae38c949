-- What the companies have beside warehouses, reasons and rules; those who write are members, and who watches over the
-- soak.
insert into erp.company_member (company_id, member_role) values (%(c)s, session_user), (%(c)s, 'erp_writer');
update erp.production_parameter
set
    wip_management = %(c)s = 2,
    split_on_shortage = %(c)s = 2,
    transfer_manual_to_wip = %(c)s = 2,
    allow_negative_stock = %(c)s = 2,
    over_production_percent = 10
where company_id = %(c)s;
update erp.warehouse
set
    allow_negative_stock = true,
    check_location = %(c)s = 1
where company_id = %(c)s and warehouse_code = 'RAW';

insert into erp.location (company_id, location_id, warehouse_id, location_code)
select %(c)s, %(base)s + n, %(base)s + 1, 'A' || n
from generate_series(1, 2) as n;
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
    company_id, level, item_id, section, warehouse_id, issue_movement_reason_id, load_movement_reason_id
)
values (%(c)s, 'item', %(base)s + 3, 'semi_finished', %(base)s + 2, %(base)s * 10 + 29, %(base)s * 10 + 22);

insert into erp.lot (company_id, lot_id, item_id, lot_code, start_date)
select %(c)s, %(base)s + i * 10 + l, %(base)s + i, 'L' || l, current_date - 90 + l
from unnest(array[2, 4, 6]) as i
cross join generate_series(1, 3) as l;
