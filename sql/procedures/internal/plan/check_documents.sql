-- Returns the reasons to refuse stock documents whatever the stock: the document itself (its key is used, or sent
-- twice; R73), the period (R18), and of its lines warehouses, reasons and lots (R12, R25). R26 is not asked: a lot that
-- may no longer be used must be scrapped.
-- A lot that there is not may be loaded, and issued after that: an issue is refused unless an earlier document of the
-- call that is not refused already loads the lot.
create or replace function erp_internal.check_documents(
    p_company_id integer,
    p_documents erp_internal.requested_document[],
    p_sent erp_internal.stock_document_line_row[],
    p_lines erp_internal.document_line[],
    p_moves erp_internal.document_move[],
    p_faults erp_internal.cell_fault[]
)
returns setof erp_internal.refusal
language plpgsql
stable
set enable_nestloop = off
as $$
declare
    v_refusals erp_internal.refusal [];
begin
    with source as materialized (
        select s.*, w.valid_until, r.direction as reason_direction
        from (select distinct m.warehouse_id, m.movement_reason_id from unnest(p_moves) as m) as s
        cross join lateral erp_internal.warehouse_by_id(p_company_id, s.warehouse_id) as w
        left join lateral erp_internal.movement_reason_by_id(p_company_id, s.movement_reason_id) as r on true
    ),

    faulty as (
        select f.ordinal, f.place, pg_catalog.array_agg(f.column_name) as columns
        from unnest(p_faults) as f
        group by f.ordinal, f.place
    ),

    -- picks are for orders that are still to be worked on, what is given back may come after that
    ordered as (
        select m.ordinal, m.line, m.production_order_id, c.code
        from unnest(p_moves) as m
        cross join lateral erp_internal.order_by_id(p_company_id, m.production_order_id) as o
        cross join lateral (
            select
                case
                    when o.status = 'archived' then 'order_archived'
                    when o.status = 'closed' and not m.returned
                        then erp_internal.closed_code(o.short_close_run_id)
                end as code
        ) as c
        where not m.counterpart and c.code is not null
    ),

    reason as (
        select
            d.ordinal, null::integer as line, d.refusal as code, 'document_key' as column_name,
            null::bigint as item_id, null::bigint as item_variant_id, null::bigint as warehouse_id,
            case d.refusal when 'duplicate_key' then d.first_ordinal::text end as detail,
            null::numeric as required, null::numeric as available, null::bigint as production_order_id
        from (
            select d.*, pg_catalog.min(d.ordinal) over (partition by d.document_key) as first_ordinal
            from unnest(p_documents) as d
        ) as d
        where d.refusal <> ''
        union all
        select
            d.ordinal, null, 'period_closed', 'record_date', null, null, null, null, null, null, null
        from unnest(p_documents) as d
        left join faulty as f on f.ordinal = d.ordinal and f.place is null
        inner join erp.production_parameter as p on p.company_id = p_company_id
        where
            d.posted_run_id is null and coalesce(d.refusal, '') = ''
            and not d.record_date between p.period_start and p.period_end
            and not coalesce('record_date' = any(f.columns), false)
        union all
        -- a code that the warehouse does not know, or of a count one of the other direction
        select
            l.ordinal, l.line, 'reason_unusable', c.column_name, l.item_id, l.item_variant_id, l.warehouse_id,
            null, null, null, null
        from unnest(p_lines) as l
        inner join unnest(p_sent) as s on s.ordinal = l.ordinal and s.place = l.line
        cross join lateral (
            values
            (
                'reason_code',
                s.reason_code is not null
                and case
                    when l.counted_quantity is null
                        then coalesce(l.issue_movement_reason_id, l.load_movement_reason_id) is null
                    else l.issue_movement_reason_id is null
                end
            ),
            (
                'load_reason_code',
                s.load_reason_code is not null and l.counted_quantity is not null
                and l.load_movement_reason_id is null
            )
        ) as c (column_name, unusable)
        where c.unusable and l.warehouse_id is not null and (s.quantity is null or s.counted_quantity is null)
        union all
        select
            m.ordinal, m.line, 'reason_unusable',
            case when m.count_direction > 0 then 'load_reason_code' else 'reason_code' end,
            m.item_id, m.item_variant_id, m.warehouse_id, null, null, null, null
        from unnest(p_moves) as m
        inner join source as s on s.warehouse_id = m.warehouse_id and s.movement_reason_id = m.movement_reason_id
        where m.counterpart and s.reason_direction <> case when m.direction > 0 then 'load' else 'issue' end
        union all
        select distinct
            m.ordinal, m.line, 'warehouse_expired', 'warehouse_code', m.item_id, m.item_variant_id, m.warehouse_id,
            null, null::numeric, null::numeric, null::bigint
        from unnest(p_moves) as m
        inner join source as s on s.warehouse_id = m.warehouse_id and s.movement_reason_id = m.movement_reason_id
        where s.valid_until < m.record_date
        union all
        select
            l.ordinal, l.line, 'lot_required', 'lot_code', l.item_id, l.item_variant_id, l.warehouse_id,
            null, coalesce(l.quantity, l.counted_quantity), 0, null
        from unnest(p_lines) as l
        left join faulty as f on f.ordinal = l.ordinal and f.place = l.line
        where
            l.by_lot and l.lot_code is null and l.item_variant_id is not null
            and not coalesce('lot_code' = any(f.columns), false)
        union all
        select
            o.ordinal, o.line, o.code, 'order_number', null, null, null, null, null, null, o.production_order_id
        from ordered as o
    )

    select
        coalesce(
            pg_catalog.array_agg(
                erp_internal.refusal(
                    p_ordinal => r.ordinal,
                    p_code => r.code,
                    p_order_label => erp_internal.order_label(o.order_year, o.order_number, o.order_lot),
                    p_line => r.line,
                    p_item_id => r.item_id,
                    p_item_variant_id => r.item_variant_id,
                    p_warehouse_id => r.warehouse_id,
                    p_required => r.required,
                    p_available => r.available,
                    p_record_date => d.record_date,
                    p_detail => r.detail,
                    p_column_name => r.column_name,
                    p_document_key => coalesce(d.document_key, '#' || d.ordinal)
                )
            ),
            '{}'
        )
    into v_refusals
    from reason as r
    inner join unnest(p_documents) as d on d.ordinal = r.ordinal
    left join lateral erp_internal.order_by_id(p_company_id, r.production_order_id) as o on true;

    return query
    with refused as (
        select r.ordinal from erp_internal.refused_ordinals(v_refusals) as r
        union
        select f.ordinal from unnest(p_faults) as f
    ),

    loaded as (
        select m.lot_id, pg_catalog.min(m.ordinal) as first_ordinal
        from unnest(p_moves) as m
        left join refused as r on r.ordinal = m.ordinal
        where m.lot_id < 0 and m.direction > 0 and r.ordinal is null
        group by m.lot_id
    )

    select r.*
    from unnest(v_refusals) as r
    union all
    select u.*
    from unnest(p_moves) as m
    inner join unnest(p_documents) as d on d.ordinal = m.ordinal
    left join loaded as l on l.lot_id = m.lot_id
    cross join lateral erp_internal.refusal(
        p_ordinal => m.ordinal,
        p_code => 'lot_unknown',
        p_order_label => null,
        p_line => m.line,
        p_item_id => m.item_id,
        p_item_variant_id => m.item_variant_id,
        p_warehouse_id => m.warehouse_id,
        p_lot_id => m.lot_id,
        p_detail => m.lot_code,
        p_column_name => 'lot_code',
        p_document_key => coalesce(d.document_key, '#' || d.ordinal)
    ) as u
    where
        m.lot_id < 0 and m.direction < 0 and not m.counterpart and m.quantity is not null
        and coalesce(l.first_ordinal >= m.ordinal, true);
end;
$$;
