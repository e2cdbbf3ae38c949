-- Merges the material rows of a put with those that there are (R70, R71): see erp_internal.merge_orders. Of an order
-- whose materials were sent, those that were not go. Returns what is to be written, with the rows whose lots were sent,
-- and the faults. A row names a phase that the order has after the put.
create or replace function erp_internal.merge_order_materials(
    p_company_id integer,
    p_orders erp_internal.put_order[],
    p_sent erp_internal.production_order_material_row[],
    p_sent_phases erp_internal.production_order_phase_row[],
    p_there erp.production_order_material[],
    p_phases_there erp.production_order_phase[],
    p_lots_there erp.material_lot[],
    out materials erp_internal.put_material[],
    out faults erp_internal.cell_fault[]
)
language plpgsql
stable
set enable_nestloop = off
as $$
begin
    with code as materialized (
        select distinct s.item_code, s.warehouse_code
        from unnest(p_sent) as s
    ),

    item as materialized (
        select c.item_code, i.item_id
        from (select distinct c.item_code from code as c where c.item_code > '') as c
        cross join lateral erp_internal.item_by_code(p_company_id, c.item_code) as i
    ),

    warehouse as materialized (
        select c.warehouse_code, w.warehouse_id
        from (select distinct c.warehouse_code from code as c where c.warehouse_code > '') as c
        cross join lateral erp_internal.warehouse_by_code(p_company_id, c.warehouse_code) as w
    ),

    named as materialized (
        select
            o.ordinal,
            o.production_order_id,
            s.place,
            o.status_before,
            s.line,
            e.line is null as is_new,
            s.cells ? 'material_lots' as lots_sent,
            s.item_code,
            s.cells ? 'item_code' as item_sent,
            case when s.cells ? 'item_code' then i.item_id else e.item_id end as item_id,
            s.variant_code,
            s.cells ? 'variant_code' as variant_sent,
            case when s.cells ? 'unit_quantity' then s.unit_quantity else e.unit_quantity end as unit_quantity,
            coalesce(case when s.cells ? 'fixed' then s.fixed else e.fixed end, false) as fixed,
            coalesce(case when s.cells ? 'scrap_percent' then s.scrap_percent else e.scrap_percent end, 0)
                as scrap_percent,
            coalesce(case when s.cells ? 'picked_quantity' then s.picked_quantity else e.picked_quantity end, 0)
                as picked_quantity,
            coalesce(case when s.cells ? 'movable' then s.movable else e.movable end, true) as movable,
            case when s.cells ? 'phase' then s.phase else e.phase end as phase,
            -- a sub-phase that was not sent stays, goes with its phase, and is 0 where there was none
            case
                when case when s.cells ? 'phase' then s.phase else e.phase end is not null
                    then coalesce(case when s.cells ? 'sub_phase' then s.sub_phase else e.sub_phase end, 0)
                when s.cells ? 'sub_phase' then s.sub_phase
            end as sub_phase,
            s.warehouse_code,
            case when s.cells ? 'warehouse_code' then w.warehouse_id else e.warehouse_id end as warehouse_id,
            s.reason_code,
            s.cells ? 'reason_code' as reason_sent,
            s.location_code,
            s.cells ? 'location_code' as location_sent,
            case when s.cells ? 'priority' then s.priority else e.priority end as priority,
            e as there
        from unnest(p_orders) as o
        inner join unnest(p_sent) as s on s.ordinal = o.ordinal
        left join unnest(p_there) as e
            on
                e.company_id = p_company_id and e.production_order_id = o.production_order_id and e.line = s.line
        left join item as i on i.item_code = s.item_code
        left join warehouse as w on w.warehouse_code = s.warehouse_code
        where o.materials_sent
    ),

    -- what is there, by codes, where the item or warehouse around it changes
    code_before as materialized (
        select n.ordinal, n.place, v.variant_code, r.reason_code, l.location_code
        from named as n
        left join lateral erp_internal.item_variant_by_id(p_company_id, (n.there).item_variant_id) as v
            on not n.variant_sent and n.item_id <> (n.there).item_id
        left join lateral (
            select r.reason_code
            from erp.movement_reason as r
            where r.company_id = p_company_id and r.movement_reason_id = (n.there).movement_reason_id
            offset 0
        ) as r on not n.reason_sent
        left join lateral erp_internal.location_by_id(p_company_id, (n.there).location_id) as l
            on not n.location_sent
        where
            not n.is_new
            and (
                n.item_id <> (n.there).item_id and not n.variant_sent
                or n.warehouse_id is distinct from (n.there).warehouse_id
                and not (n.reason_sent and n.location_sent)
            )
    ),

    variant as materialized (
        select c.item_id, c.variant_code, v.item_variant_id
        from (
            select n.item_id, n.variant_code
            from named as n
            where n.variant_code > ''
            union
            select n.item_id, b.variant_code
            from code_before as b
            inner join named as n on n.ordinal = b.ordinal and n.place = b.place
            where b.variant_code > ''
        ) as c
        cross join lateral erp_internal.item_variant_by_code(p_company_id, c.item_id, c.variant_code) as v
    ),

    reason as materialized (
        select c.warehouse_id, c.reason_code, r.movement_reason_id
        from (
            select n.warehouse_id, n.reason_code
            from named as n
            where n.reason_code > ''
            union
            select n.warehouse_id, b.reason_code
            from code_before as b
            inner join named as n on n.ordinal = b.ordinal and n.place = b.place
            where b.reason_code > ''
        ) as c
        cross join lateral erp_internal.movement_reason_by_code(p_company_id, c.warehouse_id, c.reason_code) as r
    ),

    location as materialized (
        select c.warehouse_id, c.location_code, l.location_id
        from (
            select n.warehouse_id, n.location_code
            from named as n
            where n.location_code > ''
            union
            select n.warehouse_id, b.location_code
            from code_before as b
            inner join named as n on n.ordinal = b.ordinal and n.place = b.place
            where b.location_code > ''
        ) as c
        cross join lateral erp_internal.location_by_code(p_company_id, c.warehouse_id, c.location_code) as l
    ),

    routing as materialized (
        select s.ordinal, s.phase, s.sub_phase
        from unnest(p_sent_phases) as s
        inner join unnest(p_orders) as o on o.ordinal = s.ordinal
        where o.phases_sent and s.phase is not null and s.parent is null
        union all
        select o.ordinal, e.phase, e.sub_phase
        from unnest(p_orders) as o
        inner join unnest(p_phases_there) as e
            on e.company_id = p_company_id and e.production_order_id = o.production_order_id
        where not o.phases_sent
    ),

    -- of the few rows that name a variant, a reason or a location
    coded as materialized (
        select
            n.ordinal,
            n.place,
            coalesce(n.variant_code, b.variant_code) as whole_variant_code,
            coalesce(n.reason_code, b.reason_code) as whole_reason_code,
            coalesce(n.location_code, b.location_code) as whole_location_code,
            v.item_variant_id,
            r.movement_reason_id,
            l.location_id
        from named as n
        left join code_before as b on b.ordinal = n.ordinal and b.place = n.place
        left join variant as v
            on v.item_id = n.item_id and v.variant_code = coalesce(n.variant_code, b.variant_code)
        left join reason as r
            on r.warehouse_id = n.warehouse_id and r.reason_code = coalesce(n.reason_code, b.reason_code)
        left join location as l
            on l.warehouse_id = n.warehouse_id and l.location_code = coalesce(n.location_code, b.location_code)
        where
            n.variant_code is not null or n.reason_code is not null or n.location_code is not null
            or b.ordinal is not null
    ),

    merged as (
        select
            n.*,
            c.whole_variant_code,
            c.whole_reason_code,
            c.whole_location_code,
            case
                when n.variant_sent or c.whole_variant_code is not null then c.item_variant_id
                else (n.there).item_variant_id
            end as item_variant_id,
            case
                when n.reason_sent or c.whole_reason_code is not null then c.movement_reason_id
                else (n.there).movement_reason_id
            end as movement_reason_id,
            case
                when n.location_sent or c.whole_location_code is not null then c.location_id
                else (n.there).location_id
            end as location_id,
            n.phase is null or n.sub_phase is null or p.ordinal is not null as phase_known
        from named as n
        left join coded as c on c.ordinal = n.ordinal and c.place = n.place
        left join routing as p on p.ordinal = n.ordinal and p.phase = n.phase and p.sub_phase = n.sub_phase
    ),

    judged as materialized (
        select
            m.*,
            case
                when m.is_new then 'insert'
                when
                    (
                        m.item_id, m.item_variant_id, m.unit_quantity, m.fixed, m.scrap_percent, m.picked_quantity,
                        m.movable, m.phase, m.sub_phase, m.warehouse_id, m.movement_reason_id, m.location_id,
                        m.priority
                    ) is distinct from (
                        (m.there).item_id, (m.there).item_variant_id, (m.there).unit_quantity, (m.there).fixed,
                        (m.there).scrap_percent, (m.there).picked_quantity, (m.there).movable, (m.there).phase,
                        (m.there).sub_phase, (m.there).warehouse_id, (m.there).movement_reason_id,
                        (m.there).location_id, (m.there).priority
                    )
                    then 'update'
            end as action
        from merged as m
    ),

    gone as materialized (
        select o.ordinal, o.production_order_id, o.status_before, e.line
        from unnest(p_orders) as o
        inner join unnest(p_there) as e on e.production_order_id = o.production_order_id
        left join unnest(p_sent) as s on s.ordinal = o.ordinal and s.line = e.line
        where o.materials_sent and s.ordinal is null
    ),

    fault as (
        select m.ordinal, m.place, 'materials.' || f.column_name as column_name, f.code, f.cell, f.expected
        from judged as m
        cross join lateral (
            values
            ('item_code', 'value_required', null, null, (m.item_sent or m.is_new) and m.item_code is null),
            ('item_code', 'unknown_reference', m.item_code, 'item', m.item_code is not null and m.item_id is null),
            (
                'variant_code', 'unknown_reference', m.whole_variant_code, 'item_variant',
                m.whole_variant_code is not null and m.item_id is not null and m.item_variant_id is null
            ),
            ('unit_quantity', 'value_required', null, null, m.unit_quantity is null),
            (
                'phase', 'unknown_reference', erp_internal.phase_label(m.phase, m.sub_phase),
                'production_order_phase', not m.phase_known
            ),
            (
                'sub_phase', 'rule_broken', m.sub_phase::text, 'sub_phase is given without phase',
                m.phase is null and m.sub_phase is not null
            ),
            (
                'warehouse_code', 'unknown_reference', m.warehouse_code, 'warehouse',
                m.warehouse_code is not null and m.warehouse_id is null
            ),
            (
                'reason_code', 'unknown_reference', m.whole_reason_code, 'movement_reason',
                m.whole_reason_code is not null and m.warehouse_id is not null and m.movement_reason_id is null
            ),
            (
                'warehouse_code', 'rule_broken', null, 'warehouse_code is given without reason_code',
                (m.warehouse_id is not null or m.warehouse_code is not null)
                and m.whole_reason_code is null and m.movement_reason_id is null
            ),
            (
                'reason_code', 'rule_broken', m.whole_reason_code, 'reason_code is given without warehouse_code',
                m.whole_reason_code is not null and m.warehouse_id is null and m.warehouse_code is null
            ),
            (
                'location_code', 'unknown_reference', m.whole_location_code, 'location',
                m.whole_location_code is not null and m.warehouse_id is not null and m.location_id is null
            ),
            (
                'location_code', 'rule_broken', m.whole_location_code,
                'location_code is given without warehouse_code',
                m.whole_location_code is not null and m.warehouse_id is null and m.warehouse_code is null
            )
        ) as f (column_name, code, cell, expected, broken)
        where
            -- most rows have none, and are not asked one by one
            (
                m.item_id is null or m.item_sent and m.item_code is null or m.unit_quantity is null
                or not m.phase_known or (m.phase is null) <> (m.sub_phase is null)
                or m.whole_variant_code is not null and m.item_variant_id is null
                or (m.warehouse_id is null) <> (m.movement_reason_id is null)
                or m.warehouse_code is not null and m.warehouse_id is null
                or m.whole_reason_code is not null and m.movement_reason_id is null
                or m.whole_location_code is not null and m.location_id is null
            )
            and f.broken
        union all
        -- lots are of an item and its variant
        select
            m.ordinal,
            m.place,
            'materials.item_code' as column_name,
            'lot_of_other_item' as code,
            m.item_code as cell,
            null as expected
        from judged as m
        where
            m.action = 'update' and not m.lots_sent
            and (m.item_id, m.item_variant_id) is distinct from ((m.there).item_id, (m.there).item_variant_id)
            and exists (
                select
                from unnest(p_lots_there) as c
                where c.production_order_id = m.production_order_id and c.line = m.line
            )
        union all
        select
            m.ordinal,
            m.place,
            'materials.' || f.column_name as column_name,
            erp_internal.frozen_code(m.status_before) as code,
            null as cell,
            null as expected
        from judged as m
        cross join lateral (
            values
            ('line', m.is_new),
            ('item_code', not m.is_new and m.item_id is distinct from (m.there).item_id),
            ('variant_code', not m.is_new and m.item_variant_id is distinct from (m.there).item_variant_id),
            ('unit_quantity', not m.is_new and m.unit_quantity is distinct from (m.there).unit_quantity),
            ('fixed', not m.is_new and m.fixed <> (m.there).fixed),
            ('scrap_percent', not m.is_new and m.scrap_percent <> (m.there).scrap_percent),
            ('picked_quantity', not m.is_new and m.picked_quantity <> (m.there).picked_quantity),
            ('movable', not m.is_new and m.movable <> (m.there).movable),
            ('phase', not m.is_new and m.phase is distinct from (m.there).phase),
            ('sub_phase', not m.is_new and m.sub_phase is distinct from (m.there).sub_phase),
            ('warehouse_code', not m.is_new and m.warehouse_id is distinct from (m.there).warehouse_id),
            ('reason_code', not m.is_new and m.movement_reason_id is distinct from (m.there).movement_reason_id),
            ('location_code', not m.is_new and m.location_id is distinct from (m.there).location_id),
            ('priority', not m.is_new and m.priority is distinct from (m.there).priority)
        ) as f (column_name, differs)
        where m.action is not null and m.status_before <> 'launched' and f.differs
        union all
        select
            g.ordinal,
            null as place,
            'materials' as column_name,
            erp_internal.frozen_code(g.status_before) as code,
            ' ' || g.line as cell,
            null as expected
        from gone as g
        where g.status_before <> 'launched'
        union all
        -- what documents picked for a row, or gave back, stands on its item, on what it needs or yields, and in its
        -- picked quantity
        select
            m.ordinal,
            m.place,
            'materials.' || f.column_name as column_name,
            'documents_exist' as code,
            d.document_keys as cell,
            null as expected
        from judged as m
        cross join lateral (
            values
            ('item_code', m.item_id is distinct from (m.there).item_id),
            ('variant_code', m.item_variant_id is distinct from (m.there).item_variant_id),
            ('unit_quantity', (m.unit_quantity < 0) <> ((m.there).unit_quantity < 0)),
            ('picked_quantity', m.picked_quantity <> (m.there).picked_quantity)
        ) as f (column_name, differs)
        cross join lateral erp_internal.order_document_keys(p_company_id, m.production_order_id, m.line) as d
        where m.action = 'update' and m.status_before = 'launched' and f.differs
        union all
        select
            g.ordinal,
            null as place,
            'materials' as column_name,
            'documents_exist' as code,
            d.document_keys as cell,
            null as expected
        from gone as g
        cross join lateral erp_internal.order_document_keys(p_company_id, g.production_order_id, g.line) as d
        where g.status_before = 'launched'
        union all
        -- a phase that was not sent goes, though a row that was not sent either names it
        select
            o.ordinal,
            null as place,
            'phases' as column_name,
            'phase_used' as code,
            erp_internal.phase_label(e.phase, e.sub_phase) as cell,
            'production_order_material ' || e.line as expected
        from unnest(p_orders) as o
        inner join unnest(p_there) as e on e.production_order_id = o.production_order_id
        left join routing as p on p.ordinal = o.ordinal and p.phase = e.phase and p.sub_phase = e.sub_phase
        where
            o.phases_sent and not o.materials_sent and o.status_before = 'launched' and e.phase is not null
            and p.ordinal is null
    )

    select
        array(
            select r::erp_internal.put_material
            from (
                select
                    j.ordinal,
                    j.place,
                    j.action,
                    j.lots_sent,
                    j.line,
                    j.item_id,
                    j.item_variant_id,
                    j.unit_quantity,
                    j.fixed,
                    j.scrap_percent,
                    j.picked_quantity,
                    j.movable,
                    j.phase,
                    j.sub_phase,
                    j.warehouse_id,
                    j.movement_reason_id,
                    j.location_id,
                    j.priority
                from judged as j
                where j.action is not null or j.lots_sent
                union all
                select
                    g.ordinal,
                    null as place,
                    'delete' as action,
                    false as lots_sent,
                    g.line,
                    null as item_id,
                    null as item_variant_id,
                    null as unit_quantity,
                    null as fixed,
                    null as scrap_percent,
                    null as picked_quantity,
                    null as movable,
                    null as phase,
                    null as sub_phase,
                    null as warehouse_id,
                    null as movement_reason_id,
                    null as location_id,
                    null as priority
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
    into materials, faults;
end;
$$;
