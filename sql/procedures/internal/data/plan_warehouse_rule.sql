-- noqa: disable=layout.long_lines,LT01,LT02,LT05,LT09,LT14,ST02
-- Compares sent rows with those that are there, and tells what is to be written and what is wrong: warehouse_rule.
-- A row is merged with the one of its key (R70): an absent key leaves the column, null is the default. Codes are
-- resolved where a row differs; one that does not is asked nothing else.
-- Precondition: the cells are without faults.
-- Written by `make docs` from the description of the load format (rilascio.loading.files) and the catalog.
create or replace function erp_internal.plan_warehouse_rule(p_company_id integer, p_rows erp_internal.sent_row[])
returns setof erp_internal.warehouse_rule_plan
language plpgsql
stable
as $$
begin
    return query
    select
        x.ordinal,
        x.row_ctid,
        x.warehouse_rule_id,
        x.level,
        x.site_id,
        x.item_id,
        x.section,
        new_warehouse.warehouse_id,
        new_issue_movement_reason.movement_reason_id as issue_movement_reason_id,
        new_semi_finished_issue_movement_reason.movement_reason_id as semi_finished_issue_movement_reason_id,
        new_load_movement_reason.movement_reason_id as load_movement_reason_id,
        x.differs,
        '{}'::text[] as guarded,
        pg_catalog.array_remove(array[
            case when x.differs and x.warehouse_code is null
                then erp_internal.cell_fault(
                    p_ordinal => x.ordinal, p_parent => null, p_place => x.place, p_column_name => 'warehouse_code', p_code => 'value_required',
                    p_cell => null,
                    p_expected => null
                ) end,
            case when x.differs and x.site_code is not null and x.site_id is null
                then erp_internal.cell_fault(
                    p_ordinal => x.ordinal, p_parent => null, p_place => x.place, p_column_name => 'site_code', p_code => 'unknown_reference',
                    p_cell => pg_catalog.left(x.site_code::text, 60),
                    p_expected => 'site'
                ) end,
            case when x.differs and x.item_code is not null and x.item_id is null
                then erp_internal.cell_fault(
                    p_ordinal => x.ordinal, p_parent => null, p_place => x.place, p_column_name => 'item_code', p_code => 'unknown_reference',
                    p_cell => pg_catalog.left(x.item_code::text, 60),
                    p_expected => 'item'
                ) end,
            case when x.differs and x.warehouse_code is not null and new_warehouse.warehouse_id is null
                then erp_internal.cell_fault(
                    p_ordinal => x.ordinal, p_parent => null, p_place => x.place, p_column_name => 'warehouse_code', p_code => 'unknown_reference',
                    p_cell => pg_catalog.left(x.warehouse_code::text, 60),
                    p_expected => 'warehouse'
                ) end,
            case when x.differs and x.issue_reason_code is not null and new_issue_movement_reason.movement_reason_id is null and new_warehouse.warehouse_id is not null
                then erp_internal.cell_fault(
                    p_ordinal => x.ordinal, p_parent => null, p_place => x.place, p_column_name => 'issue_reason_code', p_code => 'unknown_reference',
                    p_cell => pg_catalog.left(x.issue_reason_code::text, 60),
                    p_expected => 'movement_reason'
                ) end,
            case when x.differs and x.semi_finished_issue_reason_code is not null and new_semi_finished_issue_movement_reason.movement_reason_id is null and new_warehouse.warehouse_id is not null
                then erp_internal.cell_fault(
                    p_ordinal => x.ordinal, p_parent => null, p_place => x.place, p_column_name => 'semi_finished_issue_reason_code', p_code => 'unknown_reference',
                    p_cell => pg_catalog.left(x.semi_finished_issue_reason_code::text, 60),
                    p_expected => 'movement_reason'
                ) end,
            case when x.differs and x.load_reason_code is not null and new_load_movement_reason.movement_reason_id is null and new_warehouse.warehouse_id is not null
                then erp_internal.cell_fault(
                    p_ordinal => x.ordinal, p_parent => null, p_place => x.place, p_column_name => 'load_reason_code', p_code => 'unknown_reference',
                    p_cell => pg_catalog.left(x.load_reason_code::text, 60),
                    p_expected => 'movement_reason'
                ) end,
            case when x.differs and x.level = 'site' and x.site_code is null
                then erp_internal.cell_fault(
                    p_ordinal => x.ordinal, p_parent => null, p_place => x.place, p_column_name => 'site_code', p_code => 'rule_broken',
                    p_cell => pg_catalog.left(x.site_code::text, 60),
                    p_expected => 'a rule of level site names its site'
                ) end,
            case when x.differs and x.level <> 'site' and x.site_code is not null
                then erp_internal.cell_fault(
                    p_ordinal => x.ordinal, p_parent => null, p_place => x.place, p_column_name => 'site_code', p_code => 'rule_broken',
                    p_cell => pg_catalog.left(x.site_code::text, 60),
                    p_expected => 'only level site names a site'
                ) end,
            case when x.differs and x.level = 'item' and x.item_code is null
                then erp_internal.cell_fault(
                    p_ordinal => x.ordinal, p_parent => null, p_place => x.place, p_column_name => 'item_code', p_code => 'rule_broken',
                    p_cell => pg_catalog.left(x.item_code::text, 60),
                    p_expected => 'a rule of level item names its item'
                ) end,
            case when x.differs and x.level <> 'item' and x.item_code is not null
                then erp_internal.cell_fault(
                    p_ordinal => x.ordinal, p_parent => null, p_place => x.place, p_column_name => 'item_code', p_code => 'rule_broken',
                    p_cell => pg_catalog.left(x.item_code::text, 60),
                    p_expected => 'only level item names an item'
                ) end,
            case when x.differs and x.section <> 'wip' and x.semi_finished_issue_reason_code is not null
                then erp_internal.cell_fault(
                    p_ordinal => x.ordinal, p_parent => null, p_place => x.place, p_column_name => 'semi_finished_issue_reason_code', p_code => 'rule_broken',
                    p_cell => pg_catalog.left(x.semi_finished_issue_reason_code::text, 60),
                    p_expected => 'only section wip has a reason for semi-finished items'
                ) end,
            case when x.cells ? 'company_id' and nullif(x.cells ->> 'company_id', '') is distinct from p_company_id::text
                then erp_internal.cell_fault(
                    p_ordinal => x.ordinal, p_parent => null, p_place => x.place, p_column_name => 'company_id', p_code => 'read_only_value',
                    p_cell => pg_catalog.left(x.cells ->> 'company_id', 60),
                    p_expected => p_company_id::text
                ) end
        ], null) as faults
    from (
        select
            m.*,
            m.row_ctid is null or ((m.warehouse_code, m.issue_reason_code, m.semi_finished_issue_reason_code, m.load_reason_code) is distinct from (m.old_warehouse_code, m.old_issue_reason_code, m.old_semi_finished_issue_reason_code, m.old_load_reason_code)) as differs
        from (
            select
                s.ordinal,
                s.place,
                s.cells,
                t.row_ctid,
                t.warehouse_rule_id,
                key_site.site_id,
                key_item.item_id,
                s.level,
                s.site_code,
                s.item_code,
                s.section,
                (case when s.cells ? 'warehouse_code' then s.warehouse_code when t.row_ctid is null then null else old_warehouse.warehouse_code collate "C" end) collate "C" as warehouse_code,
                (case when s.cells ? 'issue_reason_code' then s.issue_reason_code when t.row_ctid is null then null else old_issue_movement_reason.reason_code collate "C" end) collate "C" as issue_reason_code,
                (case when s.cells ? 'semi_finished_issue_reason_code' then s.semi_finished_issue_reason_code when t.row_ctid is null then null else old_semi_finished_issue_movement_reason.reason_code collate "C" end) collate "C" as semi_finished_issue_reason_code,
                (case when s.cells ? 'load_reason_code' then s.load_reason_code when t.row_ctid is null then null else old_load_movement_reason.reason_code collate "C" end) collate "C" as load_reason_code,
                old_warehouse.warehouse_code collate "C" as old_warehouse_code,
                old_issue_movement_reason.reason_code collate "C" as old_issue_reason_code,
                old_semi_finished_issue_movement_reason.reason_code collate "C" as old_semi_finished_issue_reason_code,
                old_load_movement_reason.reason_code collate "C" as old_load_reason_code
            from erp_internal.read_warehouse_rule(p_rows) as s
            left join lateral erp_internal.site_by_code(p_company_id, s.site_code) as key_site on true
            left join lateral erp_internal.item_by_code(p_company_id, s.item_code) as key_item on true
            left join lateral (
                select u.*
                from (
                select
                    t.ctid as row_ctid,
                    t.warehouse_rule_id,
                    t.warehouse_id,
                    t.issue_movement_reason_id,
                    t.semi_finished_issue_movement_reason_id,
                    t.load_movement_reason_id
                from erp.warehouse_rule as t
                where
                    t.company_id = p_company_id and t.level = s.level and t.site_id = key_site.site_id and t.item_id = key_item.item_id and t.section = s.section
                union all
                select
                    t.ctid as row_ctid,
                    t.warehouse_rule_id,
                    t.warehouse_id,
                    t.issue_movement_reason_id,
                    t.semi_finished_issue_movement_reason_id,
                    t.load_movement_reason_id
                from erp.warehouse_rule as t
                where
                    t.company_id = p_company_id and t.level = s.level and t.site_id = key_site.site_id and t.item_id is null and s.item_code is null and t.section = s.section
                union all
                select
                    t.ctid as row_ctid,
                    t.warehouse_rule_id,
                    t.warehouse_id,
                    t.issue_movement_reason_id,
                    t.semi_finished_issue_movement_reason_id,
                    t.load_movement_reason_id
                from erp.warehouse_rule as t
                where
                    t.company_id = p_company_id and t.level = s.level and t.site_id is null and s.site_code is null and t.item_id = key_item.item_id and t.section = s.section
                union all
                select
                    t.ctid as row_ctid,
                    t.warehouse_rule_id,
                    t.warehouse_id,
                    t.issue_movement_reason_id,
                    t.semi_finished_issue_movement_reason_id,
                    t.load_movement_reason_id
                from erp.warehouse_rule as t
                where
                    t.company_id = p_company_id and t.level = s.level and t.site_id is null and s.site_code is null and t.item_id is null and s.item_code is null and t.section = s.section
                ) as u
                offset 0
            ) as t on true
            left join lateral erp_internal.warehouse_by_id(p_company_id, t.warehouse_id) as old_warehouse on true
            left join lateral erp_internal.movement_reason_by_id(p_company_id, t.issue_movement_reason_id) as old_issue_movement_reason on true
            left join lateral erp_internal.movement_reason_by_id(p_company_id, t.semi_finished_issue_movement_reason_id) as old_semi_finished_issue_movement_reason on true
            left join lateral erp_internal.movement_reason_by_id(p_company_id, t.load_movement_reason_id) as old_load_movement_reason on true
        ) as m
        offset 0
    ) as x
    left join lateral erp_internal.warehouse_by_code(p_company_id, case when x.differs then x.warehouse_code end) as new_warehouse on true
    left join lateral erp_internal.movement_reason_by_code(p_company_id, new_warehouse.warehouse_id, case when x.differs then x.issue_reason_code end) as new_issue_movement_reason on true
    left join lateral erp_internal.movement_reason_by_code(p_company_id, new_warehouse.warehouse_id, case when x.differs then x.semi_finished_issue_reason_code end) as new_semi_finished_issue_movement_reason on true
    left join lateral erp_internal.movement_reason_by_code(p_company_id, new_warehouse.warehouse_id, case when x.differs then x.load_reason_code end) as new_load_movement_reason on true;
end;
$$;
