-- Finds the items without a source, and the reasons and warehouses that cannot be used (R3, R10-R12): an error where
-- launched orders take or load with them, a warning where only the configuration names them.
create or replace function erp_internal.source_findings(
    p_company_id integer, p_record_date date, p_days_ahead integer, p_demand erp_internal.material_demand[]
)
returns table (code text, severity text, subject text, ordinal integer, line integer, example jsonb)
language plpgsql
stable
as $$
#variable_conflict use_column
declare
    v_parameter erp.production_parameter;
    v_modes text [];
begin
    select p.* into v_parameter
    from erp.production_parameter as p
    where p.company_id = p_company_id;
    v_modes := case
        when not v_parameter.wip_management then array['direct']
        when v_parameter.transfer_manual_to_wip then array['wip', 'direct', 'transfer']
        else array['wip']
    end;

    return query
    -- each warehouse and reason that launched orders take or load with, counterparts too
    with used as materialized (
        select distinct on (s.level, s.item_id, s.warehouse_id, s.movement_reason_id, s.loads)
            s.level,
            s.item_id,
            s.warehouse_id,
            s.movement_reason_id,
            s.loads,
            d.ordinal,
            d.line,
            pg_catalog.jsonb_build_object('item_code', i.item_code) as example
        from unnest(p_demand) as d
        cross join lateral (
            values
            (
                case d.resolved_by when 'machine' then 'site' else d.resolved_by end,
                case d.resolved_by when 'item' then d.item_id end, d.warehouse_id, d.movement_reason_id, d.load
            ),
            ('counterpart', null, d.counterpart_warehouse_id, d.counterpart_movement_reason_id, not d.load)
        ) as s (level, item_id, warehouse_id, movement_reason_id, loads)
        inner join erp.item as i on i.company_id = p_company_id and i.item_id = d.item_id
        where s.warehouse_id is not null
        order by s.level, s.item_id, s.warehouse_id, s.movement_reason_id, s.loads, d.ordinal, d.line
    ),

    given as materialized (
        select g.* from erp_internal.configured_sections(p_company_id, v_modes) as g
    ),

    -- each reason that the configuration names, by a rule or as a counterpart, used or not
    named as (
        select
            case g.mode when 'transfer' then 'counterpart' else g.level end as level,
            case g.mode when 'transfer' then null else g.item_id end as item_id,
            g.warehouse_id,
            g.movement_reason_id,
            g.mode = 'transfer' as loads,
            pg_catalog.jsonb_build_object(
                'level', g.level, 'site_code', g.site_code, 'item_code', g.item_code, 'section', g.section
            ) as example
        from given as g
        where g.movement_reason_id is null
        union all
        select
            r.level,
            r.item_id,
            r.warehouse_id,
            s.movement_reason_id,
            s.loads,
            pg_catalog.jsonb_build_object(
                'level', r.level, 'site_code', t.site_code, 'item_code', i.item_code, 'section', r.section
            )
        from erp.warehouse_rule as r
        cross join lateral (
            values
            (r.issue_movement_reason_id, false),
            (r.semi_finished_issue_movement_reason_id, false),
            (r.load_movement_reason_id, true)
        ) as s (movement_reason_id, loads)
        left join erp.site as t on t.company_id = p_company_id and t.site_id = r.site_id
        left join erp.item as i on i.company_id = p_company_id and i.item_id = r.item_id
        where r.company_id = p_company_id and s.movement_reason_id is not null
        union all
        select
            'counterpart',
            null,
            r.counterpart_warehouse_id,
            r.counterpart_movement_reason_id,
            r.direction = 'issue',
            pg_catalog.jsonb_build_object('counterpart_of', w.warehouse_code || '/' || r.reason_code)
        from erp.movement_reason as r
        inner join erp.warehouse as w on w.company_id = p_company_id and w.warehouse_id = r.warehouse_id
        where r.company_id = p_company_id and r.counterpart_movement_reason_id is not null and r.usable_in_production
    ),

    source as (
        select
            'error' as severity,
            u.*
        from used as u
        union all
        select
            'warning',
            n.level,
            n.item_id,
            n.warehouse_id,
            n.movement_reason_id,
            n.loads,
            null,
            null,
            n.example
        from named as n
    )

    select
        p.code,
        s.severity,
        case
            when r.movement_reason_id is null
                then pg_catalog.concat_ws('/', w.warehouse_code, s.level, s.item_id, s.loads)
            else w.warehouse_code || '/' || r.reason_code
        end as subject,
        s.ordinal,
        s.line,
        pg_catalog.jsonb_build_object('warehouse_code', w.warehouse_code, 'reason_code', r.reason_code) || s.example
            as example
    from source as s
    inner join erp.warehouse as w on w.company_id = p_company_id and w.warehouse_id = s.warehouse_id
    left join erp.movement_reason as r
        on r.company_id = p_company_id and r.movement_reason_id = s.movement_reason_id
    cross join lateral unnest(
        erp_internal.reason_problems(r.movement_reason_id, r.direction, r.usable_in_production, s.loads)
    ) as p (code)
    union all
    select
        case when w.valid_until < p_record_date then 'warehouse_expired' else 'warehouse_expiring' end,
        case when w.valid_until < p_record_date then s.severity else 'warning' end,
        w.warehouse_code,
        s.ordinal,
        s.line,
        pg_catalog.jsonb_build_object('warehouse_code', w.warehouse_code, 'valid_until', w.valid_until) || s.example
    from (
        select s.severity, s.warehouse_id, s.ordinal, s.line, s.example
        from source as s
        union all
        select
            'warning',
            r.warehouse_id,
            null,
            null,
            pg_catalog.jsonb_build_object('level', r.level, 'section', r.section)
        from erp.warehouse_rule as r
        where r.company_id = p_company_id
    ) as s
    inner join erp.warehouse as w on w.company_id = p_company_id and w.warehouse_id = s.warehouse_id
    where w.valid_until < least(p_record_date, date '5874897-12-31' - p_days_ahead) + p_days_ahead
    union all
    select
        r.code,
        'error',
        i.item_code,
        d.ordinal,
        d.line,
        pg_catalog.jsonb_build_object('item_code', i.item_code)
    from unnest(p_demand) as d
    cross join lateral unnest(d.refusals) as r (code)
    inner join erp.item as i on i.company_id = p_company_id and i.item_id = d.item_id
    where r.code in ('mrp_parameters_missing', 'warehouse_unresolved')
    union all
    select
        'warehouse_unresolved',
        'warning',
        i.item_code,
        null,
        null,
        pg_catalog.jsonb_build_object('item_code', i.item_code)
    from erp.item_mrp_parameter as r
    inner join erp.item as i on i.company_id = p_company_id and i.item_id = r.item_id
    where
        r.company_id = p_company_id and r.picking_type = 'automatic' and not i.phantom
        -- a rule of a site is not enough: an order may have no site
        and not exists (
            select
            from given as g
            where
                g.mode = v_modes[1] and g.level = 'company'
                and g.purchased = (r.procurement_type = 'purchase')
        )
        and not exists (select from given as g where g.mode = v_modes[1] and g.item_id = r.item_id)
        and not exists (select from unnest(p_demand) as d where d.item_id = r.item_id);
end;
$$;
