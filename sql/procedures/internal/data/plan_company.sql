-- noqa: disable=layout.long_lines,LT01,LT02,LT05,LT09,LT14,ST02
-- Compares sent rows with those that are there, and tells what is to be written and what is wrong: company.
-- A row is merged with the one of its key (R70): an absent key leaves the column, null is the default. Codes are
-- resolved where a row differs; one that does not is asked nothing else.
-- Precondition: the cells are without faults.
-- Written by `make docs` from the description of the load format (rilascio.loading.files) and the catalog.
create or replace function erp_internal.plan_company(p_company_id integer, p_rows erp_internal.sent_row[])
returns setof erp_internal.company_plan
language plpgsql
stable
as $$
begin
    return query
    select
        x.ordinal,
        x.row_ctid,
        x.description,
        x.wip_management,
        x.split_on_shortage,
        x.transfer_manual_to_wip,
        x.allow_negative_stock,
        x.over_production_percent,
        x.note_required,
        x.notify_runs,
        x.time_zone,
        x.period_start,
        x.period_end,
        x.differs,
        pg_catalog.array_remove(array[
            case when x.row_ctid is not null and x.wip_management is distinct from x.old_wip_management then 'wip_management' end,
            case when x.row_ctid is not null and x.split_on_shortage is distinct from x.old_split_on_shortage then 'split_on_shortage' end,
            case when x.row_ctid is not null and x.transfer_manual_to_wip is distinct from x.old_transfer_manual_to_wip then 'transfer_manual_to_wip' end,
            case when x.row_ctid is not null and x.allow_negative_stock is distinct from x.old_allow_negative_stock then 'allow_negative_stock' end,
            case when x.row_ctid is not null and x.over_production_percent is distinct from x.old_over_production_percent then 'over_production_percent' end,
            case when x.row_ctid is not null and x.note_required is distinct from x.old_note_required then 'note_required' end,
            case when x.row_ctid is not null and x.time_zone is distinct from x.old_time_zone then 'time_zone' end,
            case when x.row_ctid is not null and x.period_start is distinct from x.old_period_start then 'period_start' end,
            case when x.row_ctid is not null and x.period_end is distinct from x.old_period_end then 'period_end' end
        ], null) as guarded,
        pg_catalog.array_remove(array[
            case when x.differs and x.period_start is null
                then erp_internal.cell_fault(
                    p_ordinal => x.ordinal, p_parent => null, p_place => x.place, p_column_name => 'period_start', p_code => 'value_required',
                    p_cell => null,
                    p_expected => null
                ) end,
            case when x.differs and x.period_end is null
                then erp_internal.cell_fault(
                    p_ordinal => x.ordinal, p_parent => null, p_place => x.place, p_column_name => 'period_end', p_code => 'value_required',
                    p_cell => null,
                    p_expected => null
                ) end,
            case when x.differs and x.period_end < x.period_start
                then erp_internal.cell_fault(
                    p_ordinal => x.ordinal, p_parent => null, p_place => x.place, p_column_name => 'period_end', p_code => 'rule_broken',
                    p_cell => pg_catalog.left(x.period_end::text, 60),
                    p_expected => 'period_end lies before period_start'
                ) end,
            case when x.cells ? 'company_id' and nullif(x.cells ->> 'company_id', '') is distinct from p_company_id::text
                then erp_internal.cell_fault(
                    p_ordinal => x.ordinal, p_parent => null, p_place => x.place, p_column_name => 'company_id', p_code => 'read_only_value',
                    p_cell => pg_catalog.left(x.cells ->> 'company_id', 60),
                    p_expected => p_company_id::text
                ) end,
            case when x.cells ? 'company_code' and nullif(x.cells ->> 'company_code', '') is distinct from (
                    select c.company_code from erp.company as c where c.company_id = p_company_id
                )
                then erp_internal.cell_fault(
                    p_ordinal => x.ordinal, p_parent => null, p_place => x.place, p_column_name => 'company_code', p_code => 'unknown_reference',
                    p_cell => pg_catalog.left(x.cells ->> 'company_code', 60),
                    p_expected => 'company'
                ) end
        ], null) as faults
    from (
        select
            m.*,
            m.row_ctid is null or ((m.description, m.wip_management, m.split_on_shortage, m.transfer_manual_to_wip, m.allow_negative_stock, m.over_production_percent, m.note_required, m.notify_runs, m.time_zone, m.period_start, m.period_end) is distinct from (m.old_description, m.old_wip_management, m.old_split_on_shortage, m.old_transfer_manual_to_wip, m.old_allow_negative_stock, m.old_over_production_percent, m.old_note_required, m.old_notify_runs, m.old_time_zone, m.old_period_start, m.old_period_end)) as differs
        from (
            select
                s.ordinal,
                s.place,
                s.cells,
                t.row_ctid,
                (case when s.cells ? 'description' then coalesce(s.description, ''::text) else t.description collate "C" end) collate "C" as description,
                (case when s.cells ? 'wip_management' then coalesce(s.wip_management, false) else t.wip_management end) as wip_management,
                (case when s.cells ? 'split_on_shortage' then coalesce(s.split_on_shortage, false) else t.split_on_shortage end) as split_on_shortage,
                (case when s.cells ? 'transfer_manual_to_wip' then coalesce(s.transfer_manual_to_wip, false) else t.transfer_manual_to_wip end) as transfer_manual_to_wip,
                (case when s.cells ? 'allow_negative_stock' then coalesce(s.allow_negative_stock, false) else t.allow_negative_stock end) as allow_negative_stock,
                (case when s.cells ? 'over_production_percent' then coalesce(s.over_production_percent, 0) else t.over_production_percent end) as over_production_percent,
                (case when s.cells ? 'note_required' then coalesce(s.note_required, false) else t.note_required end) as note_required,
                (case when s.cells ? 'notify_runs' then coalesce(s.notify_runs, false) else t.notify_runs end) as notify_runs,
                (case when s.cells ? 'time_zone' then s.time_zone else t.time_zone collate "C" end) collate "C" as time_zone,
                (case when s.cells ? 'period_start' then s.period_start else t.period_start end) as period_start,
                (case when s.cells ? 'period_end' then s.period_end else t.period_end end) as period_end,
                t.description collate "C" as old_description,
                t.wip_management as old_wip_management,
                t.split_on_shortage as old_split_on_shortage,
                t.transfer_manual_to_wip as old_transfer_manual_to_wip,
                t.allow_negative_stock as old_allow_negative_stock,
                t.over_production_percent as old_over_production_percent,
                t.note_required as old_note_required,
                t.notify_runs as old_notify_runs,
                t.time_zone collate "C" as old_time_zone,
                t.period_start as old_period_start,
                t.period_end as old_period_end
            from erp_internal.read_company(p_rows) as s
            left join lateral (
                select
                    t.ctid as row_ctid,
                    c.description,
                    t.wip_management,
                    t.split_on_shortage,
                    t.transfer_manual_to_wip,
                    t.allow_negative_stock,
                    t.over_production_percent,
                    t.note_required,
                    t.notify_runs,
                    t.time_zone,
                    t.period_start,
                    t.period_end
                from erp.production_parameter as t
                inner join erp.company as c on c.company_id = t.company_id
                where t.company_id = p_company_id
                offset 0
            ) as t on true
        ) as m
        offset 0
    ) as x;
end;
$$;
