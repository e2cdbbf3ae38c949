-- noqa: disable=layout.long_lines,LT01,LT02,LT05,LT09,LT14,ST02
-- Compares sent rows with those that are there, and tells what is to be written and what is wrong: movement_reason.
-- A row is merged with the one of its key (R70): an absent key leaves the column, null is the default. Codes are
-- resolved where a row differs; one that does not is asked nothing else.
-- Precondition: the cells are without faults.
-- Written by `make docs` from the description of the load format (rilascio.loading.files) and the catalog.
create or replace function erp_internal.plan_movement_reason(p_company_id integer, p_rows erp_internal.sent_row[])
returns setof erp_internal.movement_reason_plan
language plpgsql
stable
as $$
begin
    return query
    select
        x.ordinal,
        x.row_ctid,
        x.movement_reason_id,
        x.warehouse_id,
        x.reason_code,
        x.description,
        x.direction,
        x.usable_in_production,
        x.allow_unavailable_lots,
        case when not (x.differs and x.counterpart_reason_code is not null and new_counterpart_warehouse.warehouse_id is not null and new_counterpart_movement_reason.movement_reason_id is null) then new_counterpart_warehouse.warehouse_id end as counterpart_warehouse_id,
        new_counterpart_movement_reason.movement_reason_id as counterpart_movement_reason_id,
        new_default_location.location_id as default_location_id,
        x.warehouse_code,
        x.counterpart_warehouse_code,
        x.counterpart_reason_code,
        x.differs and x.counterpart_reason_code is not null and new_counterpart_warehouse.warehouse_id is not null and new_counterpart_movement_reason.movement_reason_id is null as missing,
        x.differs,
        pg_catalog.array_remove(array[
            case when x.row_ctid is not null and x.direction is distinct from x.old_direction then 'direction' end
        ], null) as guarded,
        pg_catalog.array_remove(array[
            case when x.differs and x.direction is null
                then erp_internal.cell_fault(
                    p_ordinal => x.ordinal, p_parent => null, p_place => x.place, p_column_name => 'direction', p_code => 'value_required',
                    p_cell => null,
                    p_expected => null
                ) end,
            case when x.differs and x.warehouse_code is not null and x.warehouse_id is null
                then erp_internal.cell_fault(
                    p_ordinal => x.ordinal, p_parent => null, p_place => x.place, p_column_name => 'warehouse_code', p_code => 'unknown_reference',
                    p_cell => pg_catalog.left(x.warehouse_code::text, 60),
                    p_expected => 'warehouse'
                ) end,
            case when x.differs and x.counterpart_warehouse_code is not null and new_counterpart_warehouse.warehouse_id is null
                then erp_internal.cell_fault(
                    p_ordinal => x.ordinal, p_parent => null, p_place => x.place, p_column_name => 'counterpart_warehouse_code', p_code => 'unknown_reference',
                    p_cell => pg_catalog.left(x.counterpart_warehouse_code::text, 60),
                    p_expected => 'warehouse'
                ) end,
            case when x.differs and x.default_location_code is not null and new_default_location.location_id is null and x.warehouse_id is not null
                then erp_internal.cell_fault(
                    p_ordinal => x.ordinal, p_parent => null, p_place => x.place, p_column_name => 'default_location_code', p_code => 'unknown_reference',
                    p_cell => pg_catalog.left(x.default_location_code::text, 60),
                    p_expected => 'location'
                ) end,
            case when x.differs and x.counterpart_reason_code is not null and x.counterpart_warehouse_code is null
                then erp_internal.cell_fault(
                    p_ordinal => x.ordinal, p_parent => null, p_place => x.place, p_column_name => 'counterpart_reason_code', p_code => 'rule_broken',
                    p_cell => pg_catalog.left(x.counterpart_reason_code::text, 60),
                    p_expected => 'counterpart_reason_code is given without counterpart_warehouse_code'
                ) end,
            case when x.differs and x.counterpart_warehouse_code is not null and x.counterpart_reason_code is null
                then erp_internal.cell_fault(
                    p_ordinal => x.ordinal, p_parent => null, p_place => x.place, p_column_name => 'counterpart_warehouse_code', p_code => 'rule_broken',
                    p_cell => pg_catalog.left(x.counterpart_warehouse_code::text, 60),
                    p_expected => 'counterpart_warehouse_code is given without counterpart_reason_code'
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
            m.row_ctid is null or ((m.description, m.direction, m.usable_in_production, m.allow_unavailable_lots, m.counterpart_warehouse_code, m.counterpart_reason_code, m.default_location_code) is distinct from (m.old_description, m.old_direction, m.old_usable_in_production, m.old_allow_unavailable_lots, m.old_counterpart_warehouse_code, m.old_counterpart_reason_code, m.old_default_location_code)) as differs
        from (
            select
                s.ordinal,
                s.place,
                s.cells,
                t.row_ctid,
                t.movement_reason_id,
                key_warehouse.warehouse_id,
                s.warehouse_code,
                s.reason_code,
                (case when s.cells ? 'description' then coalesce(s.description, ''::text) when t.row_ctid is null then ''::text else t.description collate "C" end) collate "C" as description,
                (case when s.cells ? 'direction' then s.direction when t.row_ctid is null then null else t.direction collate "C" end) collate "C" as direction,
                (case when s.cells ? 'usable_in_production' then coalesce(s.usable_in_production, true) when t.row_ctid is null then true else t.usable_in_production end) as usable_in_production,
                (case when s.cells ? 'allow_unavailable_lots' then coalesce(s.allow_unavailable_lots, false) when t.row_ctid is null then false else t.allow_unavailable_lots end) as allow_unavailable_lots,
                (case when s.cells ? 'counterpart_warehouse_code' then s.counterpart_warehouse_code when t.row_ctid is null then null else old_counterpart_warehouse.warehouse_code collate "C" end) collate "C" as counterpart_warehouse_code,
                (case when s.cells ? 'counterpart_reason_code' then s.counterpart_reason_code when t.row_ctid is null then null else old_counterpart_movement_reason.reason_code collate "C" end) collate "C" as counterpart_reason_code,
                (case when s.cells ? 'default_location_code' then s.default_location_code when t.row_ctid is null then null else old_default_location.location_code collate "C" end) collate "C" as default_location_code,
                t.description collate "C" as old_description,
                t.direction collate "C" as old_direction,
                t.usable_in_production as old_usable_in_production,
                t.allow_unavailable_lots as old_allow_unavailable_lots,
                old_counterpart_warehouse.warehouse_code collate "C" as old_counterpart_warehouse_code,
                old_counterpart_movement_reason.reason_code collate "C" as old_counterpart_reason_code,
                old_default_location.location_code collate "C" as old_default_location_code
            from erp_internal.read_movement_reason(p_rows) as s
            left join lateral erp_internal.warehouse_by_code(p_company_id, s.warehouse_code) as key_warehouse on true
            left join lateral (
                select
                    t.ctid as row_ctid,
                    t.movement_reason_id,
                    t.description,
                    t.direction,
                    t.usable_in_production,
                    t.allow_unavailable_lots,
                    t.counterpart_warehouse_id,
                    t.counterpart_movement_reason_id,
                    t.default_location_id
                from erp.movement_reason as t
                where
                    t.company_id = p_company_id and t.warehouse_id = key_warehouse.warehouse_id and t.reason_code = s.reason_code
                offset 0
            ) as t on true
            left join lateral erp_internal.warehouse_by_id(p_company_id, t.counterpart_warehouse_id) as old_counterpart_warehouse on true
            left join lateral erp_internal.movement_reason_by_id(p_company_id, t.counterpart_movement_reason_id) as old_counterpart_movement_reason on true
            left join lateral erp_internal.location_by_id(p_company_id, t.default_location_id) as old_default_location on true
        ) as m
        offset 0
    ) as x
    left join lateral erp_internal.warehouse_by_code(p_company_id, case when x.differs then x.counterpart_warehouse_code end) as new_counterpart_warehouse on true
    left join lateral erp_internal.movement_reason_by_code(p_company_id, new_counterpart_warehouse.warehouse_id, case when x.differs then x.counterpart_reason_code end) as new_counterpart_movement_reason on true
    left join lateral erp_internal.location_by_code(p_company_id, x.warehouse_id, case when x.differs then x.default_location_code end) as new_default_location on true;
end;
$$;
