-- Warehouses: 1 raw material, 2 semi-finished, 3 work in progress, 11 to 13 raw material of a site.
-- Warehouse w has the reasons 10 w + 1 (issue) and 10 w + 2 (load); 29 is an issue from 2 with counterpart 3.
insert into erp.company (company_id, company_code) values (1, 'BENCH');
insert into erp.company_member (company_id, member_role) values (1, 'erp_operator');
insert into erp.production_parameter (company_id, period_start, period_end)
values (1, current_date - 400, current_date + 400);

insert into erp.site (company_id, site_id, site_code) select 1, s, 'SITE' || s from generate_series(1, 3) as s;

insert into erp.warehouse (company_id, warehouse_id, warehouse_code, site_id)
values
(1, 1, 'RAW', null), (1, 2, 'SEMI', null), (1, 3, 'WIP', null), (1, 11, 'RAW1', 1),
(1, 12, 'RAW2', 2), (1, 13, 'RAW3', 3);

insert into erp.movement_reason (company_id, movement_reason_id, warehouse_id, reason_code, direction)
select 1, w.warehouse_id * 10 + r.number, w.warehouse_id, r.code, r.direction
from erp.warehouse as w
cross join (values (1, 'ISS', 'issue'), (2, 'LD', 'load')) as r (number, code, direction);
insert into erp.movement_reason (
    company_id, movement_reason_id, warehouse_id, reason_code, direction, counterpart_warehouse_id,
    counterpart_movement_reason_id
)
values (1, 29, 2, 'TR', 'issue', 3, 32);

insert into erp.warehouse_rule (
    company_id, level, section, warehouse_id, issue_movement_reason_id, load_movement_reason_id
)
values (1, 'company', 'raw_material', 1, 11, 12), (1, 'company', 'semi_finished', 2, 21, 22);
