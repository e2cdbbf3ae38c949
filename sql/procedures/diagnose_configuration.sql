-- requires: internal/assert_member, internal/ask_orders, internal/resolve_materials, internal/stock_cells
-- requires: internal/section_levels, internal/reason_problems, internal/finding_catalog, internal/spoken_language
-- requires: internal/order_label
-- Finds the configuration on which releases will fail (R10-R14, R18, R25, R26). What the launched orders need is asked
-- of the plan's own steps, so that no rule stands here again; what none of them needs yet is read from the tables.
-- Locks and changes nothing. Errors: 42501.
create or replace function erp_api.diagnose_configuration(p_company_id integer, p_record_date date default null)
returns table (
    code text,
    severity text,
    finding_count bigint,
    examples jsonb,
    message text,
    hint text
)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set work_mem = '64MB'
set jit = off
as $$
#variable_conflict use_column
declare
    c_soon constant integer := 30;
    v_record_date constant date := coalesce(p_record_date, current_date);
    v_parameter erp.production_parameter;
    v_modes text [];
    v_orders erp_internal.asked_order [];
    v_demand erp_internal.material_demand [];
    v_by_lot erp_internal.material_demand [];
begin
    perform erp_internal.assert_member(p_company_id);

    select p.* into v_parameter
    from erp.production_parameter as p
    where p.company_id = p_company_id;
    v_modes := case
        when not v_parameter.wip_management then array['direct']
        when v_parameter.transfer_manual_to_wip then array['wip', 'direct', 'transfer']
        else array['wip']
    end;

    v_orders := array(
        select a
        from erp_internal.ask_orders(
            p_company_id,
            array(
                select o.production_order_id
                from erp.production_order as o
                where o.company_id = p_company_id and o.status = 'launched'
                order by o.order_year, o.order_number, o.order_lot
            ),
            false
        ) as a
    );
    v_demand := array(select d from erp_internal.resolve_materials(p_company_id, v_orders, v_record_date) as d);
    -- the lots of a material are looked at once, whatever the rows that want it
    v_by_lot := array(
        select one.demand
        from (
            select distinct on (d.item_id, d.item_variant_id, d.warehouse_id, d.allow_unavailable_lots)
                d::erp_internal.material_demand as demand
            from unnest(v_demand) as d
            where d.by_lot and not d.load and d.warehouse_id is not null
            order by d.item_id, d.item_variant_id, d.warehouse_id, d.allow_unavailable_lots, d.ordinal, d.line
        ) as one
    );

    return query
    with demand as materialized (
        select
            d.*,
            jsonb_build_object(
                'order', erp_internal.order_label(o.order_year, o.order_number, o.order_lot), 'line', d.line,
                'ordinal', d.ordinal
            ) as example
        from unnest(v_demand) as d
        inner join unnest(v_orders) as o on o.ordinal = d.ordinal
    ),

    -- every warehouse and reason that launched orders take or load with, mirrors too, once
    used as materialized (
        select distinct on (s.level, s.item_id, s.warehouse_id, s.movement_reason_id, s.loads)
            s.level,
            s.item_id,
            s.warehouse_id,
            s.movement_reason_id,
            s.loads,
            d.example || jsonb_build_object('item_code', i.item_code) as example
        from demand as d
        cross join lateral (
            values
            (
                case d.resolved_by when 'machine' then 'site' else d.resolved_by end,
                case d.resolved_by when 'item' then d.item_id end, d.warehouse_id, d.movement_reason_id, d.load
            ),
            ('mirror', null, d.mirror_warehouse_id, d.mirror_movement_reason_id, not d.load)
        ) as s (level, item_id, warehouse_id, movement_reason_id, loads)
        inner join erp.item as i on i.company_id = p_company_id and i.item_id = d.item_id
        where s.warehouse_id is not null
        order by s.level, s.item_id, s.warehouse_id, s.movement_reason_id, s.loads, d.ordinal, d.line
    ),

    -- what each level of the rules gives by itself, by the sections that releases want now
    given as materialized (
        select
            k.level,
            k.purchased,
            k.item_id,
            k.site_code,
            k.item_code,
            m.mode,
            s.section,
            s.warehouse_id,
            case when m.mode = 'transfer' then s.load_movement_reason_id else s.issue_movement_reason_id end
                as movement_reason_id
        from (
            select
                5 as place,
                'company' as level,
                b.purchased,
                null::bigint as item_id,
                null::bigint as site_id,
                null as item_code,
                null as site_code
            from (values (true), (false)) as b (purchased)
            union all
            select
                2,
                'site',
                b.purchased,
                null,
                t.site_id,
                null,
                t.site_code
            from erp.site as t
            cross join (values (true), (false)) as b (purchased)
            where t.company_id = p_company_id
            union all
            select
                3,
                'item',
                r.procurement_type = 'purchase',
                i.item_id,
                null,
                i.item_code,
                null
            from erp.item as i
            inner join erp.item_mrp_parameter as r on r.company_id = p_company_id and r.item_id = i.item_id
            where
                i.company_id = p_company_id
                and exists (
                    select
                    from erp.warehouse_rule as w
                    where w.company_id = p_company_id and w.level = 'item' and w.item_id = i.item_id
                )
        ) as k
        cross join unnest(v_modes) as m (mode)
        cross join lateral erp_internal.section_levels(
            p_company_id, m.mode, k.purchased, k.item_id, k.site_id, null
        ) as s
        where s.place = k.place
    ),

    -- every reason that the configuration names, used or not: by rules, and as a counterpart
    named as (
        select
            case g.mode when 'transfer' then 'mirror' else g.level end as level,
            case g.mode when 'transfer' then null else g.item_id end as item_id,
            g.warehouse_id,
            g.movement_reason_id,
            g.mode = 'transfer' as loads,
            jsonb_build_object(
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
            jsonb_build_object(
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
            'mirror',
            null,
            r.counterpart_warehouse_id,
            r.counterpart_movement_reason_id,
            r.direction = 'issue',
            jsonb_build_object('counterpart_of', w.warehouse_code || '/' || r.reason_code)
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
            n.*
        from named as n
    ),

    reason_finding as (
        select
            p.code,
            s.severity,
            case
                when r.movement_reason_id is null then concat_ws('/', w.warehouse_code, s.level, s.item_id, s.loads)
                else w.warehouse_code || '/' || r.reason_code
            end as subject,
            jsonb_build_object('warehouse_code', w.warehouse_code, 'reason_code', r.reason_code) || s.example as example
        from source as s
        inner join erp.warehouse as w on w.company_id = p_company_id and w.warehouse_id = s.warehouse_id
        left join erp.movement_reason as r
            on r.company_id = p_company_id and r.movement_reason_id = s.movement_reason_id
        cross join lateral unnest(
            erp_internal.reason_problems(r.movement_reason_id, r.direction, r.usable_in_production, s.loads)
        ) as p (code)
    ),

    warehouse_finding as (
        select
            case when w.valid_until < v_record_date then 'warehouse_expired' else 'warehouse_expiring' end as code,
            case when w.valid_until < v_record_date then s.severity else 'warning' end as severity,
            w.warehouse_code as subject,
            jsonb_build_object('warehouse_code', w.warehouse_code, 'valid_until', w.valid_until) || s.example as example
        from (
            select s.severity, s.warehouse_id, s.example
            from source as s
            union all
            select
                'warning',
                r.warehouse_id,
                jsonb_build_object('level', r.level, 'section', r.section)
            from erp.warehouse_rule as r
            where r.company_id = p_company_id
        ) as s
        inner join erp.warehouse as w on w.company_id = p_company_id and w.warehouse_id = s.warehouse_id
        where w.valid_until < least(v_record_date, date '5874897-12-31' - c_soon) + c_soon
    ),

    item_finding as (
        select
            r.code,
            'error' as severity,
            i.item_code as subject,
            jsonb_build_object('item_code', i.item_code) || d.example as example
        from demand as d
        cross join lateral unnest(d.refusals) as r (code)
        inner join erp.item as i on i.company_id = p_company_id and i.item_id = d.item_id
        where r.code in ('mrp_parameters_missing', 'warehouse_unresolved')
        union all
        select
            'warehouse_unresolved',
            'warning',
            i.item_code,
            jsonb_build_object('item_code', i.item_code)
        from erp.item_mrp_parameter as r
        inner join erp.item as i on i.company_id = p_company_id and i.item_id = r.item_id
        where
            r.company_id = p_company_id and r.picking_type = 'automatic' and not i.phantom
            -- the rules of the sites would do, but not for an order without one
            and not exists (
                select
                from given as g
                where
                    g.mode = v_modes[1] and g.level = 'company'
                    and g.purchased = (r.procurement_type = 'purchase')
            )
            and not exists (select from given as g where g.mode = v_modes[1] and g.item_id = r.item_id)
            and not exists (select from demand as d where d.item_id = r.item_id)
    ),

    location_finding as (
        select
            'location_blocked' as code,
            b.severity,
            w.warehouse_code || '/' || l.location_code as subject,
            jsonb_build_object('warehouse_code', w.warehouse_code, 'location_code', l.location_code)
            || b.example as example
        from (
            -- a row of a lot item takes from its own location alone, any other row goes on to the next place (R14)
            select
                case when d.by_lot and not d.load then 'error' else 'warning' end as severity,
                d.own_location_id as location_id,
                d.example
            from demand as d
            where d.own_location_id <> 0
            union all
            select
                'warning',
                m.location_id,
                jsonb_build_object('item_code', i.item_code)
            from erp.item_location as m
            inner join erp.item as i on i.company_id = p_company_id and i.item_id = m.item_id
            where m.company_id = p_company_id
            union all
            select
                'warning',
                r.default_location_id,
                jsonb_build_object('reason_code', r.reason_code)
            from erp.movement_reason as r
            where r.company_id = p_company_id
        ) as b
        inner join erp.location as l
            on l.company_id = p_company_id and l.location_id = b.location_id and l.blocked
        inner join erp.warehouse as w on w.company_id = p_company_id and w.warehouse_id = l.warehouse_id
    ),

    -- manual policy and by-products: the lots written on the row have to cover it (R5, R25)
    lot_required_finding as (
        select
            'lot_required' as code,
            'error' as severity,
            to_char(d.ordinal, '000000000') || to_char(d.line, '000000000') as subject,
            jsonb_build_object(
                'item_code', i.item_code, 'required', trim_scale(d.quantity), 'available', trim_scale(c.quantity)
            ) || d.example as example
        from demand as d
        cross join lateral (
            select coalesce(sum(c.quantity), 0) as quantity
            from unnest(d.committed_quantities) as c (quantity)
        ) as c
        inner join erp.item as i on i.company_id = p_company_id and i.item_id = d.item_id
        where
            d.by_lot and (d.load or d.lot_policy = 'manual') and d.warehouse_id is not null
            and c.quantity < d.quantity
    ),

    cell as materialized (
        select
            c.warehouse_id,
            c.item_id,
            c.item_variant_id,
            bool_or(c.usable) as usable,
            bool_or(c.usable_unavailable) as usable_unavailable
        from erp_internal.stock_cells(p_company_id, v_record_date, v_by_lot) as c
        group by 1, 2, 3
    ),

    lots_unusable_finding as (
        select
            'lots_unusable' as code,
            'error' as severity,
            concat_ws('/', i.item_code, v.variant_code, w.warehouse_code) as subject,
            jsonb_build_object(
                'item_code', i.item_code, 'variant_code', v.variant_code, 'warehouse_code', w.warehouse_code
            ) || d.example as example
        from unnest(v_by_lot) as b
        inner join demand as d on d.ordinal = b.ordinal and d.line = b.line
        left join cell as c
            on
                c.warehouse_id = b.warehouse_id and c.item_id = b.item_id and c.item_variant_id = b.item_variant_id
        inner join erp.warehouse as w on w.company_id = p_company_id and w.warehouse_id = b.warehouse_id
        inner join erp.item as i on i.company_id = p_company_id and i.item_id = b.item_id
        left join erp.item_variant as v on v.company_id = p_company_id and v.item_variant_id = b.item_variant_id
        where
            not coalesce(case when b.allow_unavailable_lots then c.usable_unavailable else c.usable end, false)
            and exists (
                select
                from erp.stock_balance as s
                where
                    s.company_id = p_company_id and s.warehouse_id = b.warehouse_id and s.item_id = b.item_id
                    and coalesce(s.item_variant_id, 0) = b.item_variant_id and s.lot_id is not null and s.on_hand > 0
            )
    ),

    period_finding as (
        select
            case when v_record_date between p.period_start and p.period_end then 'period_ending' else 'period_closed' end
                as code,
            case when v_record_date between p.period_start and p.period_end then 'warning' else 'error' end as severity,
            '' as subject,
            jsonb_build_object(
                'record_date', v_record_date, 'period_start', p.period_start, 'period_end', p.period_end
            ) as example
        from (select (v_parameter).*) as p
        where v_record_date not between p.period_start and p.period_end - c_soon
    ),

    -- a thing that orders fail on is an error once, and no warning besides
    finding as (
        select distinct on (f.code, f.subject)
            f.code,
            f.subject,
            f.severity,
            f.example
        from (
            select * from period_finding
            union all
            select * from item_finding
            union all
            select * from reason_finding
            union all
            select * from warehouse_finding
            union all
            select * from location_finding
            union all
            select * from lot_required_finding
            union all
            select * from lots_unusable_finding
        ) as f
        order by
            f.code, f.subject, f.severity, (f.example ->> 'ordinal')::integer, (f.example ->> 'line')::integer,
            f.example::text
    ),

    counted as (
        select
            f.code,
            f.severity,
            count(*) as finding_count,
            jsonb_agg(jsonb_strip_nulls(f.example - 'ordinal') order by f.nth) filter (where f.nth <= 3) as examples
        from (
            select
                f.*,
                row_number() over (partition by f.code, f.severity order by f.subject collate "C") as nth
            from finding as f
        ) as f
        group by f.code, f.severity
    )

    select
        c.code,
        c.severity,
        c.finding_count,
        c.examples,
        m.message,
        m.hint
    from counted as c
    inner join erp_internal.finding_catalog() as m
        on m.code = c.code and m.language = erp_internal.spoken_language()
    order by c.severity, m.place;
end;
$$;

comment on function erp_api.diagnose_configuration is
'Finds configuration on which releases will fail, before anyone asks for one. Returns a row for each code and severity
that has findings, errors first, none if all is well. severity: error, launched orders fail on it on p_record_date
(default today), one by one as R8 has it; warning, nothing fails on it yet, or not at all. finding_count counts the
things to put right; examples is a JSON array of up to three of them, objects of codes, order and line; message and
hint are in the language of erp.language (R63). The plan''s own steps are asked about all launched orders at once.
Codes: period_closed, period_ending (within 30 days; R18); mrp_parameters_missing (items); warehouse_unresolved (items
of launched orders; as a warning other automatic items that neither their own rules nor the company''s give a warehouse;
R10, R11); reason_missing (sections without the reason wanted), reason_direction_wrong, reason_not_in_production
(reasons of rules, material rows and counterparts; R12); warehouse_expired, warehouse_expiring (within 30 days; R12);
location_blocked (an error where a row of a lot item names it, else a warning, since the next place is taken; R14);
lot_required (rows of launched orders; R5, R25); lots_unusable (items with stock of which no lot is usable; R26).
Errors: 42501 unknown company or no membership.';
