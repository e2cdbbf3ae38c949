-- Warehouse rules (R10).
-- Written by `make docs` from the description of the load format (rilascio.loading.files).
create or replace view erp_data.warehouse_rule as
select
    t.company_id,
    t.level,
    site.site_code,
    item.item_code,
    t.section,
    warehouse.warehouse_code,
    issue_movement_reason.reason_code as issue_reason_code,
    semi_finished_issue_movement_reason.reason_code as semi_finished_issue_reason_code,
    load_movement_reason.reason_code as load_reason_code
from erp.warehouse_rule as t
left join erp.site as site
    on
        site.company_id = t.company_id
        and site.site_id = t.site_id
left join erp.item as item
    on
        item.company_id = t.company_id
        and item.item_id = t.item_id
left join erp.warehouse as warehouse
    on
        warehouse.company_id = t.company_id
        and warehouse.warehouse_id = t.warehouse_id
left join erp.movement_reason as issue_movement_reason
    on
        issue_movement_reason.company_id = t.company_id
        and issue_movement_reason.movement_reason_id = t.issue_movement_reason_id
left join erp.movement_reason as semi_finished_issue_movement_reason
    on
        semi_finished_issue_movement_reason.company_id = t.company_id
        and semi_finished_issue_movement_reason.movement_reason_id = t.semi_finished_issue_movement_reason_id
left join erp.movement_reason as load_movement_reason
    on
        load_movement_reason.company_id = t.company_id
        and load_movement_reason.movement_reason_id = t.load_movement_reason_id;

comment on view erp_data.warehouse_rule is 'Warehouse rules (R10), in the columns of warehouse_rule.csv.';
comment on column erp_data.warehouse_rule.company_id is 'The company.';
comment on column erp_data.warehouse_rule.level is 'company, site or item; a machine asks the rules of its site (R10).';
comment on column erp_data.warehouse_rule.site_code is 'Code of the site.';
comment on column erp_data.warehouse_rule.item_code is 'Code of the item.';
comment on column erp_data.warehouse_rule.section is 'raw_material, semi_finished, finished, scrap or wip.';
comment on column erp_data.warehouse_rule.warehouse_code is 'Code of the warehouse.';
comment on column erp_data.warehouse_rule.issue_reason_code is 'Issue movement reason: Code, one to three characters, unique within the warehouse.';
comment on column erp_data.warehouse_rule.semi_finished_issue_reason_code is 'Semi finished issue movement reason: Code, one to three characters, unique within the warehouse.';
comment on column erp_data.warehouse_rule.load_reason_code is 'Load movement reason: Code, one to three characters, unique within the warehouse.';
