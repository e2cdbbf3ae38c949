-- A company with an open period of two years, warehouses with a reason to issue and one to load, and its rules.
-- Ids begin at first_id. Warehouse w has the reasons 10 w + 1 (issue) and 10 w + 2 (load); 29 is an issue from the
-- second with a counterpart.
insert into erp.company (company_id, company_code) values (%(company_id)s, %(code)s);

insert into erp.company_member (company_id, member_role) values (%(company_id)s, 'erp_operator');

insert into erp.production_parameter (company_id, period_start, period_end)
values (%(company_id)s, current_date - 400, current_date + 400);

insert into erp.warehouse (company_id, warehouse_id, warehouse_code)
select %(company_id)s, %(first_id)s + w.number::integer, w.code
from jsonb_each_text(%(warehouses)s) as w (number, code);

insert into erp.movement_reason (company_id, movement_reason_id, warehouse_id, reason_code, direction)
select %(company_id)s, w.warehouse_id * 10 + r.number, w.warehouse_id, r.code, r.direction
from erp.warehouse as w
cross join (values (1, 'ISS', 'issue'), (2, 'LD', 'load')) as r (number, code, direction)
where w.company_id = %(company_id)s;

insert into erp.movement_reason (
    company_id, movement_reason_id, warehouse_id, reason_code, direction, counterpart_warehouse_id,
    counterpart_movement_reason_id
)
values (
    %(company_id)s, (%(first_id)s + 2) * 10 + 9, %(first_id)s + 2, 'TR', 'issue', %(first_id)s + %(counterpart)s,
    (%(first_id)s + %(counterpart)s) * 10 + 2
);

insert into erp.warehouse_rule (
    company_id, level, section, warehouse_id, issue_movement_reason_id, semi_finished_issue_movement_reason_id,
    load_movement_reason_id
)
select
    %(company_id)s, 'company', s.section, w.warehouse_id, w.warehouse_id * 10 + 1,
    case when s.section = 'wip' then w.warehouse_id * 10 + 1 end, w.warehouse_id * 10 + 2
from jsonb_each_text(%(sections)s) as s (section, number)
inner join erp.warehouse as w
    on w.company_id = %(company_id)s and w.warehouse_id = %(first_id)s + s.number::integer
order by w.warehouse_id;
