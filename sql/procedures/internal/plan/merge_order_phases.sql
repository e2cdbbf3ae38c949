-- Merges the phases of a put with those that there are (R70, R71): see erp_internal.merge_orders. Of an order whose
-- phases were sent, those that were not go. Returns what is to be written, and the faults.
create or replace function erp_internal.merge_order_phases(
    p_company_id integer,
    p_orders erp_internal.put_order[],
    p_sent erp_internal.production_order_phase_row[],
    p_there erp.production_order_phase[],
    out phases erp_internal.put_phase[],
    out faults erp_internal.cell_fault[]
)
language plpgsql
stable
set enable_nestloop = off
as $$
declare
    c_free constant text [] := erp_internal.free_columns('production_order_phase');
begin
    with sent as materialized (
        select
            o.ordinal,
            s.place,
            o.status_before,
            s.phase,
            s.sub_phase,
            e.phase is null as is_new,
            case when s.cells ? 'description' then coalesce(s.description, '') else coalesce(e.description, '') end
                as description,
            case when s.cells ? 'department' then s.department else e.department end as department,
            case when s.cells ? 'work_center' then s.work_center else e.work_center end as work_center,
            case when s.cells ? 'machine' then s.machine else e.machine end as machine,
            case when s.cells ? 'machine_site_code' then s.machine_site_code end as machine_site_code,
            s.cells ? 'machine_site_code' as machine_site_sent,
            case when s.cells ? 'external' then coalesce(s.external, false) else coalesce(e.external, false) end
                as external,
            case when s.cells ? 'productive' then coalesce(s.productive, true) else coalesce(e.productive, true) end
                as productive,
            case when s.cells ? 'movable' then coalesce(s.movable, true) else coalesce(e.movable, true) end as movable,
            e.description as description_before,
            e.department as department_before,
            e.work_center as work_center_before,
            e.machine as machine_before,
            e.machine_site_id as machine_site_id_before,
            e.external as external_before,
            e.productive as productive_before,
            e.movable as movable_before
        from unnest(p_orders) as o
        inner join unnest(p_sent) as s on s.ordinal = o.ordinal
        left join unnest(p_there) as e
            on e.production_order_id = o.production_order_id and e.phase = s.phase and e.sub_phase = s.sub_phase
        where o.phases_sent
    ),

    site as materialized (
        select c.machine_site_code, i.site_id
        from (select distinct s.machine_site_code from sent as s where s.machine_site_code is not null) as c
        cross join lateral erp_internal.site_by_code(p_company_id, c.machine_site_code) as i
    ),

    merged as materialized (
        select
            s.*,
            case when s.machine_site_sent then i.site_id else s.machine_site_id_before end as machine_site_id
        from sent as s
        left join site as i on i.machine_site_code = s.machine_site_code
    ),

    judged as materialized (
        select
            m.*,
            case
                when m.is_new then 'insert'
                when
                    (
                        m.description, m.department, m.work_center, m.machine, m.machine_site_id, m.external,
                        m.productive, m.movable
                    ) is distinct from (
                        m.description_before, m.department_before, m.work_center_before, m.machine_before,
                        m.machine_site_id_before, m.external_before, m.productive_before, m.movable_before
                    )
                    then 'update'
            end as action
        from merged as m
    ),

    gone as materialized (
        select o.ordinal, o.status_before, e.phase, e.sub_phase
        from unnest(p_orders) as o
        inner join unnest(p_there) as e on e.production_order_id = o.production_order_id
        left join unnest(p_sent) as s
            on s.ordinal = o.ordinal and s.phase = e.phase and s.sub_phase = e.sub_phase
        where o.phases_sent and s.ordinal is null
    ),

    fault as (
        select
            m.ordinal,
            m.place,
            'phases.machine_site_code' as column_name,
            'unknown_reference' as code,
            m.machine_site_code as cell,
            'site' as expected
        from judged as m
        where m.machine_site_code is not null and m.machine_site_id is null
        union all
        select m.ordinal, m.place, 'phases.' || f.column_name, erp_internal.frozen_code(m.status_before), null, null
        from judged as m
        cross join lateral (
            values
            ('phase', m.is_new),
            ('description', not m.is_new and m.description <> m.description_before),
            ('department', not m.is_new and m.department is distinct from m.department_before),
            ('work_center', not m.is_new and m.work_center is distinct from m.work_center_before),
            ('machine', not m.is_new and m.machine is distinct from m.machine_before),
            ('machine_site_code', not m.is_new and m.machine_site_id is distinct from m.machine_site_id_before),
            ('external', not m.is_new and m.external <> m.external_before),
            ('productive', not m.is_new and m.productive <> m.productive_before),
            ('movable', not m.is_new and m.movable <> m.movable_before)
        ) as f (column_name, differs)
        where
            m.action is not null and m.status_before <> 'launched' and f.differs
            and (m.status_before = 'archived' or f.column_name <> all (c_free))
        union all
        select
            g.ordinal,
            null as place,
            'phases' as column_name,
            erp_internal.frozen_code(g.status_before) as code,
            ' ' || erp_internal.phase_label(g.phase, g.sub_phase) as cell,
            null as expected
        from gone as g
        where g.status_before <> 'launched'
        union all
        -- a declaration names its phase
        select
            g.ordinal,
            null as place,
            'phases' as column_name,
            'phase_used' as code,
            erp_internal.phase_label(g.phase, g.sub_phase) as cell,
            'production_declaration' as expected
        from gone as g
        inner join unnest(p_orders) as o on o.ordinal = g.ordinal
        where
            g.status_before = 'launched'
            and exists (
                select
                from erp_internal.declarations_of_order(p_company_id, o.production_order_id) as d
                where d.phase = g.phase and d.sub_phase = g.sub_phase
            )
    )

    select
        array(
            select r::erp_internal.put_phase
            from (
                select
                    j.ordinal,
                    j.action,
                    j.phase,
                    j.sub_phase,
                    j.description,
                    j.department,
                    j.work_center,
                    j.machine,
                    j.machine_site_id,
                    j.external,
                    j.productive,
                    j.movable
                from judged as j
                where j.action is not null
                union all
                select
                    g.ordinal,
                    'delete' as action,
                    g.phase,
                    g.sub_phase,
                    null as description,
                    null as department,
                    null as work_center,
                    null as machine,
                    null as machine_site_id,
                    null as external,
                    null as productive,
                    null as movable
                from gone as g
            ) as r
        ),
        array(
            select r::erp_internal.cell_fault
            from (
                select
                    f.ordinal,
                    null::integer as parent,
                    f.place,
                    f.column_name,
                    f.code,
                    f.cell,
                    f.expected
                from fault as f
            ) as r
        )
    into phases, faults;
end;
$$;
