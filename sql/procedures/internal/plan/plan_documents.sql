-- Plans stock documents (R7, R8, R13-R19): preview shows the plan, posting executes it. From the moves of their lines
-- it makes the movements of each document that can be posted whole, and all the reasons of each one that cannot. Each
-- has one row without line, then one per movement; one whose counts differ in nothing is unchanged.
-- Documents are served in the order of the call, each seeing what earlier ones did, on whatever days: but only those
-- that want stock of which there may be less than all documents want together, that take a lot lying in several places,
-- or that count what an earlier one moves, are served one by one (erp_internal.serve_documents).
-- p_refusals are reasons found before. Precondition for execution: documents and stock are locked. Changes nothing.
create or replace function erp_internal.plan_documents(
    p_company_id integer,
    p_documents erp_internal.requested_document[],
    p_moves erp_internal.document_move[],
    p_refusals erp_internal.refusal[]
)
returns setof erp_internal.planned_movement
language plpgsql
stable
set enable_nestloop = off
as $$
declare
    v_moves erp_internal.document_move [] := p_moves;
    v_places erp_internal.document_place [];
    v_counts erp_internal.document_count [];
    v_cells erp_internal.dated_cell [];
    v_issues erp_internal.dated_cell [];
    v_steps erp_internal.document_step [];
    v_allocations erp_internal.document_allocation [];
    v_plan erp_internal.planned_movement [];
    v_refusals erp_internal.refusal [];
begin
    v_places := array(select p from erp_internal.document_places(p_company_id, p_moves) as p);

    -- 1. counts: what differs now, unless an earlier document of the call moves what they count
    v_counts := array(
        select c::erp_internal.document_count
        from (
            select
                m.ordinal,
                m.line,
                m.warehouse_id,
                m.item_id,
                m.item_variant_id,
                m.lot_id,
                m.counted_location_id as location_id,
                m.record_date,
                m.counted_quantity,
                pg_catalog.bool_or(m.direction < 0) as issuable,
                pg_catalog.bool_or(m.direction > 0) as loadable,
                coalesce(pg_catalog.min(p.first_ordinal) < m.ordinal, false) as moved_before
            from unnest(p_moves) as m
            left join (
                select
                    p.warehouse_id, p.item_id, p.item_variant_id, p.lot_id, p.location_id,
                    pg_catalog.min(p.ordinal) as first_ordinal
                from unnest(v_places) as p
                group by 1, 2, 3, 4, 5
            ) as p
                on
                    p.warehouse_id = m.warehouse_id and p.item_id = m.item_id
                    and p.item_variant_id = m.item_variant_id and p.lot_id = m.lot_id
                    and p.location_id = m.counted_location_id
            where m.counted_quantity is not null and not m.counterpart
            group by 1, 2, 3, 4, 5, 6, 7, 8, 9
        ) as c
    );
    if v_counts <> '{}' then
        with difference as materialized (
            select
                c.ordinal,
                c.line,
                c.counted_quantity - d.on_date as quantity,
                c.issuable,
                c.loadable
            from unnest(v_counts) as c
            inner join erp_internal.dated_cells(
                p_company_id,
                array(
                    select d::erp_internal.cell_day
                    from (
                        select
                            c.warehouse_id, c.item_id, c.item_variant_id, c.lot_id, c.location_id, c.record_date
                        from unnest(v_counts) as c
                        where not c.moved_before
                    ) as d
                )
            ) as d
                on
                    d.warehouse_id = c.warehouse_id and d.item_id = c.item_id
                    and d.item_variant_id = c.item_variant_id and d.lot_id = c.lot_id
                    and d.location_id = c.location_id and d.record_date = c.record_date
            where not c.moved_before
        )

        select
            (
                select pg_catalog.array_agg(m::erp_internal.document_move)
                from (
                    select
                        m.ordinal,
                        m.line,
                        m.counterpart,
                        m.direction,
                        m.record_date,
                        m.item_id,
                        m.item_variant_id,
                        m.by_lot,
                        m.lot_id,
                        m.lot_code,
                        m.warehouse_id,
                        m.movement_reason_id,
                        m.location_id,
                        m.by_location,
                        m.checked,
                        coalesce(m.quantity, pg_catalog.abs(d.quantity)) as quantity,
                        case when d.ordinal is null then m.counted_quantity end as counted_quantity,
                        case when d.ordinal is null then m.count_direction end as count_direction,
                        m.counted_location_id,
                        m.production_order_id,
                        m.material_line,
                        m.returned,
                        m.picked
                    from unnest(p_moves) as m
                    left join difference as d on d.ordinal = m.ordinal and d.line = m.line
                    where d.ordinal is null or d.quantity * m.count_direction > 0
                ) as m
            ),
            array(
                select erp_internal.document_allocation(
                    p_ordinal => d.ordinal, p_line => d.line, p_refusal => 'value_required', p_required => d.quantity
                )
                from difference as d
                where d.quantity < 0 and not d.issuable or d.quantity > 0 and not d.loadable
            )
        into v_moves, v_allocations;
        v_places := array(
            select p
            from unnest(v_places) as p
            inner join unnest(v_moves) as m
                on
                    m.ordinal = p.ordinal and m.line = p.line and m.counterpart = p.counterpart
                    and m.direction = p.direction
        );
        v_counts := array(select c from unnest(v_counts) as c where c.moved_before);
    end if;

    -- 2. the cells that stock is taken from, and those that are counted
    v_cells := array(
        with wanted as (
            select distinct p.warehouse_id, p.item_id, p.item_variant_id, p.lot_id, p.cell_location_id as location_id
            from unnest(v_places) as p
            where p.taken
            union
            select c.warehouse_id, c.item_id, c.item_variant_id, c.lot_id, c.location_id
            from unnest(v_counts) as c
        )

        select c
        from erp_internal.dated_cells(
            p_company_id,
            array(
                select d::erp_internal.cell_day
                from (
                    select
                        w.warehouse_id, w.item_id, w.item_variant_id, w.lot_id, w.location_id, p.record_date
                    from wanted as w
                    inner join unnest(v_places) as p
                        on
                            p.warehouse_id = w.warehouse_id and p.item_id = w.item_id
                            and p.item_variant_id = w.item_variant_id and p.lot_id = w.lot_id
                            and p.cell_location_id = w.location_id
                    union
                    select
                        w.warehouse_id, w.item_id, w.item_variant_id, w.lot_id, w.location_id, p.record_date
                    from unnest(v_counts) as w
                    inner join unnest(v_places) as p
                        on
                            p.warehouse_id = w.warehouse_id and p.item_id = w.item_id
                            and p.item_variant_id = w.item_variant_id and p.lot_id = w.lot_id
                            and p.location_id = w.location_id
                    union
                    select c.warehouse_id, c.item_id, c.item_variant_id, c.lot_id, c.location_id, c.record_date
                    from unnest(v_counts) as c
                ) as d
            )
        ) as c
        order by c.index
    );

    -- 3. what is served one by one
    with move as materialized (
        select
            p.*,
            m.quantity,
            m.count_direction,
            c.last_index as cell,
            c.index,
            pg_catalog.count(*) over (
                partition by p.ordinal, p.line, p.counterpart, p.direction
            ) > 1 as choice
        from unnest(v_places) as p
        inner join unnest(v_moves) as m
            on
                m.ordinal = p.ordinal and m.line = p.line and m.counterpart = p.counterpart
                and m.direction = p.direction
        left join unnest(v_cells) as c
            on
                c.warehouse_id = p.warehouse_id and c.item_id = p.item_id
                and c.item_variant_id = p.item_variant_id and c.lot_id = p.lot_id
                and c.location_id = p.cell_location_id and c.record_date = p.record_date
    ),

    contested as materialized (
        select m.cell
        from move as m
        inner join (
            select c.last_index as cell, pg_catalog.min(c.available) as available
            from unnest(v_cells) as c
            group by c.last_index
        ) as c on c.cell = m.cell
        group by m.cell, c.available
        having
            pg_catalog.bool_or(m.choice or m.count_direction is not null)
            or coalesce(pg_catalog.sum(m.quantity) filter (where m.taken), 0) > c.available
    ),

    -- another cell than the one that stock is checked in, counted in this call
    counted as materialized (
        select c.*
        from unnest(v_counts) as k
        inner join unnest(v_cells) as c
            on
                c.warehouse_id = k.warehouse_id and c.item_id = k.item_id
                and c.item_variant_id = k.item_variant_id and c.lot_id = k.lot_id and c.location_id = k.location_id
    ),

    stepping as materialized (
        select
            m.*,
            k.index as counted_index,
            t.cell is not null as in_contested
        from move as m
        left join contested as t on t.cell = m.cell
        left join (select distinct c.* from counted as c) as k
            on
                k.warehouse_id = m.warehouse_id and k.item_id = m.item_id
                and k.item_variant_id = m.item_variant_id and k.lot_id = m.lot_id
                and k.location_id = m.location_id and k.record_date = m.record_date
    )

    select pg_catalog.array_agg(s::erp_internal.document_step)
    into v_steps
    from (
        select
            s.ordinal,
            s.line,
            s.counterpart,
            s.direction,
            m.quantity,
            m.counted_quantity,
            m.count_direction,
            null::integer as count_index,
            m.checked,
            m.count_direction is not null or s.choice as chosen,
            null::boolean as issuable,
            null::boolean as loadable,
            false as gives_back,
            s.cell_indexes,
            s.counted_index
        from (
            select
                s.ordinal, s.line, s.counterpart, s.direction, s.choice,
                pg_catalog.array_agg(s.index order by s.place) filter (where s.in_contested) as cell_indexes,
                pg_catalog.min(s.counted_index) filter (where s.counted_index <> s.index or s.index is null)
                    as counted_index
            from stepping as s
            group by 1, 2, 3, 4, 5
            having
                pg_catalog.bool_or(s.in_contested or s.counted_index is not null or s.count_direction is not null)
        ) as s
        inner join unnest(v_moves) as m
            on
                m.ordinal = s.ordinal and m.line = s.line and m.counterpart = s.counterpart
                and m.direction = s.direction
        union all
        select
            c.ordinal,
            c.line,
            false as counterpart,
            0 as direction,
            null::numeric as quantity,
            c.counted_quantity,
            null::integer as count_direction,
            d.index as count_index,
            false as checked,
            false as chosen,
            c.issuable,
            c.loadable,
            false as gives_back,
            null::integer [] as cell_indexes,
            null::integer as counted_index
        from unnest(v_counts) as c
        inner join unnest(v_cells) as d
            on
                d.warehouse_id = c.warehouse_id and d.item_id = c.item_id
                and d.item_variant_id = c.item_variant_id and d.lot_id = c.lot_id
                and d.location_id = c.location_id and d.record_date = c.record_date
    ) as s;

    -- what is given back comes from what was issued for the material row, of each lot: a cell of its own, whatever the
    -- day, into which documents of the call may have picked
    v_issues := array(
        select c::erp_internal.dated_cell
        from (
            select
                (pg_catalog.cardinality(v_cells) + pg_catalog.row_number() over ())::integer as index,
                (pg_catalog.cardinality(v_cells) + pg_catalog.row_number() over ())::integer as last_index,
                k.production_order_id as warehouse_id,
                k.material_line::bigint as item_id,
                0::bigint as item_variant_id,
                k.lot_id,
                0::bigint as location_id,
                null::date as record_date,
                pg_catalog.abs(coalesce(g.quantity, 0)) as on_date,
                pg_catalog.abs(coalesce(g.quantity, 0)) as available
            from (
                select distinct m.production_order_id, m.material_line, m.lot_id
                from unnest(v_moves) as m
                where m.returned
            ) as k
            left join erp_internal.issued_materials(
                p_company_id,
                array(select distinct m.production_order_id from unnest(v_moves) as m where m.returned)
            ) as g on g.production_order_id = k.production_order_id and g.line = k.material_line and g.lot_id = k.lot_id
        ) as c
    );
    v_steps := coalesce(v_steps, '{}') || array(
        select s::erp_internal.document_step
        from (
            select
                m.ordinal,
                m.line,
                false as counterpart,
                case when m.returned then -1 else 1 end as direction,
                m.quantity,
                null::numeric as counted_quantity,
                null::integer as count_direction,
                null::integer as count_index,
                m.returned as checked,
                false as chosen,
                null::boolean as issuable,
                null::boolean as loadable,
                true as gives_back,
                array[c.index] as cell_indexes,
                null::integer as counted_index
            from unnest(v_moves) as m
            inner join (
                select c.index, c.warehouse_id, c.item_id, c.lot_id
                from unnest(v_issues) as c
                inner join unnest(v_moves) as m
                    on
                        m.returned and m.production_order_id = c.warehouse_id and m.material_line = c.item_id
                        and m.lot_id = c.lot_id
                group by c.index, c.warehouse_id, c.item_id, c.lot_id, c.available
                having pg_catalog.sum(m.quantity) > c.available
            ) as c
                on
                    c.warehouse_id = m.production_order_id and c.item_id = m.material_line and c.lot_id = m.lot_id
            where not m.counterpart
        ) as s
    );
    if v_steps <> '{}' then
        v_allocations := coalesce(v_allocations, '{}') || array(
            select a
            from erp_internal.serve_documents(
                v_steps,
                v_cells || v_issues,
                array(
                    select r.ordinal from erp_internal.refused_ordinals(p_refusals) as r
                    union
                    select a.ordinal from unnest(v_allocations) as a where a.refusal is not null
                )
            ) as a
        );
    end if;

    -- 4. what is short
    v_refusals := p_refusals || array(
        select
            erp_internal.refusal(
                p_ordinal => a.ordinal,
                p_code => a.refusal,
                p_order_label => erp_internal.order_label(o.order_year, o.order_number, o.order_lot),
                p_line => a.line,
                p_item_id => m.item_id,
                p_item_variant_id => m.item_variant_id,
                p_warehouse_id => m.warehouse_id,
                p_location_id => case
                    when a.refusal <> 'return_exceeds_issued' and (m.by_lot or m.by_location) then m.location_id
                end,
                p_lot_id => nullif(m.lot_id, 0),
                p_required => a.required,
                p_available => a.available,
                p_detail => case when m.lot_id < 0 then m.lot_code end,
                p_column_name => case
                    when m.count_direction is null and m.counted_location_id is null then 'quantity'
                    else 'counted_quantity'
                end,
                p_document_key => coalesce(d.document_key, '#' || d.ordinal)
            )
        from unnest(v_allocations) as a
        inner join unnest(p_documents) as d on d.ordinal = a.ordinal
        inner join unnest(v_moves) as m
            on
                m.ordinal = a.ordinal and m.line = a.line and m.counterpart = a.counterpart
                and (m.direction = a.direction or a.refusal = 'return_exceeds_issued')
        left join lateral erp_internal.order_by_id(p_company_id, m.production_order_id) as o on true
        where a.refusal <> 'value_required'
    ) || erp_internal.cell_refusals(
        array(
            select
                erp_internal.cell_fault(
                    a.ordinal, 1, a.line, case when a.required < 0 then 'reason_code' else 'load_reason_code' end,
                    a.refusal, null, null
                )
            from unnest(v_allocations) as a
            -- where a reason is named and cannot be used, it is that which is told
            left join unnest(p_refusals) as r on r.ordinal = a.ordinal and r.line = a.line
            where a.refusal = 'value_required' and r.ordinal is null
        ),
        true
    );
    v_plan := array(
        with refused as materialized (
            select r.ordinal
            from erp_internal.refused_ordinals(v_refusals) as r
        ),

        moved as materialized (
            select
                m.*,
                coalesce(a.quantity, m.quantity) * m.direction as moved_quantity,
                p.location_id as moved_location_id
            from unnest(v_moves) as m
            left join refused as r on r.ordinal = m.ordinal
            left join unnest(v_steps) as s
                on
                    s.chosen and s.ordinal = m.ordinal and s.line = m.line and s.counterpart = m.counterpart
                    and s.direction = m.direction
            left join unnest(v_allocations) as a
                on
                    s.ordinal is not null and a.quantity is not null
                    and a.ordinal = m.ordinal and a.line = m.line and a.counterpart = m.counterpart
                    and a.direction = m.direction
            inner join unnest(v_places) as p
                on
                    p.ordinal = m.ordinal and p.line = m.line and p.counterpart = m.counterpart
                    and p.direction = m.direction and p.place = coalesce(a.place, 1)
            where r.ordinal is null and (s.ordinal is null or a.ordinal is not null)
        ),

        verdict as (
            select
                d.*,
                case
                    when r.ordinal is not null then 'refused'
                    when d.posted_run_id is not null or m.ordinal is null then 'unchanged'
                    else 'posted'
                end as outcome
            from unnest(p_documents) as d
            left join refused as r on r.ordinal = d.ordinal
            left join (select distinct m.ordinal from moved as m) as m on m.ordinal = d.ordinal
        )

        select p::erp_internal.planned_movement
        from (
            select
                v.ordinal,
                null::bigint as production_order_id,
                null::bigint as production_declaration_id,
                v.record_date,
                v.outcome,
                null::numeric as feasible_quantity,
                null::integer as line,
                null::bigint as item_id,
                null::bigint as item_variant_id,
                null::bigint as lot_id,
                null::bigint as location_id,
                null::bigint as warehouse_id,
                null::bigint as movement_reason_id,
                null::text as resolved_by,
                null::text as picking_type,
                null::numeric as quantity,
                null::boolean as counterpart,
                case when v.outcome = 'refused' then j.reasons else '[]' end as reasons,
                v.document_key,
                null::integer as material_line,
                false as picked
            from verdict as v
            left join erp_internal.render_reasons(p_company_id, v_refusals) as j on j.ordinal = v.ordinal
            union all
            select
                m.ordinal,
                m.production_order_id,
                null::bigint as production_declaration_id,
                m.record_date,
                'posted' as outcome,
                null::numeric as feasible_quantity,
                m.line,
                m.item_id,
                nullif(m.item_variant_id, 0) as item_variant_id,
                nullif(m.lot_id, 0) as lot_id,
                nullif(m.moved_location_id, 0) as location_id,
                m.warehouse_id,
                m.movement_reason_id,
                null::text as resolved_by,
                null::text as picking_type,
                m.moved_quantity as quantity,
                m.counterpart,
                null::jsonb as reasons,
                d.document_key,
                m.material_line,
                m.picked
            from moved as m
            inner join unnest(p_documents) as d on d.ordinal = m.ordinal
        ) as p
    );
    return query select p.* from unnest(v_plan) as p;
end;
$$;
