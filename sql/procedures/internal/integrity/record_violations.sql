-- Returns the stock records that contradict their rules, and the runs that contradict their records (R13, R19, R37,
-- R61): the lines of a record, its number, its order, its run, and what every run answered against what it made and
-- removed. One pass over the movements, by hash, and a second one over those of orders with counterparts.
create or replace function erp_internal.record_violations(p_company_id integer)
returns table (code text, example jsonb)
language plpgsql
stable
set enable_nestloop = off
as $$
#variable_conflict use_column
begin
    return query
    with record_lines as materialized (
        select
            false as removed,
            m.record_date,
            m.stock_record_id,
            pg_catalog.count(*) as line_count,
            pg_catalog.max(m.line) as last_line,
            pg_catalog.bool_or(m.quantity > 0) as loads,
            pg_catalog.bool_or(m.quantity < 0) as issues,
            pg_catalog.bool_or(m.counterpart) as has_counterparts
        from erp.stock_movement as m
        where m.company_id = p_company_id
        group by m.record_date, m.stock_record_id
        union all
        select
            true,
            m.record_date,
            m.stock_record_id,
            pg_catalog.count(*),
            pg_catalog.max(m.line),
            null,
            null,
            null
        from erp.removed_stock_movement as m
        where m.company_id = p_company_id
        group by m.record_date, m.stock_record_id
    ),

    record as materialized (
        select
            r.*,
            coalesce(s.line_count, 0) as line_count,
            s.last_line,
            s.loads,
            s.issues,
            s.has_counterparts
        from (
            select
                false as removed,
                r.record_date,
                r.stock_record_id,
                r.warehouse_id,
                r.movement_reason_id,
                r.record_number,
                r.production_order_id,
                r.order_year,
                r.order_number,
                r.order_lot,
                r.production_declaration_id,
                r.document_key,
                r.run_id,
                null::bigint as removal_run_id
            from erp.stock_record as r
            where r.company_id = p_company_id
            union all
            select
                true,
                r.record_date,
                r.stock_record_id,
                r.warehouse_id,
                r.movement_reason_id,
                r.record_number,
                r.production_order_id,
                r.order_year,
                r.order_number,
                r.order_lot,
                r.production_declaration_id,
                r.document_key,
                r.run_id,
                r.removal_run_id
            from erp.removed_stock_record as r
            where r.company_id = p_company_id
        ) as r
        left join record_lines as s
            on s.stock_record_id = r.stock_record_id and s.record_date = r.record_date and s.removed = r.removed
    ),

    number_violation as (
        select
            'record_number_reused' as code,
            r.warehouse_id,
            r.record_date,
            r.record_number,
            '{}'::jsonb as figures
        from record as r
        where r.record_number is not null
        group by r.warehouse_id, r.record_date, r.record_number
        having pg_catalog.count(*) > 1
        union all
        select
            'record_number_uncounted',
            r.warehouse_id,
            r.record_date,
            r.record_number,
            pg_catalog.jsonb_build_object('last_number', coalesce(c.last_number, 0))
        from record as r
        left join erp.stock_record_counter as c
            on c.company_id = p_company_id and c.warehouse_id = r.warehouse_id and c.record_date = r.record_date
        where r.record_number > coalesce(c.last_number, 0)
        union all
        select
            'record_empty',
            r.warehouse_id,
            r.record_date,
            r.record_number,
            pg_catalog.jsonb_build_object('run_id', r.run_id)
        from record as r
        where r.line_count = 0
        union all
        select
            'record_lines_missing',
            r.warehouse_id,
            r.record_date,
            r.record_number,
            pg_catalog.jsonb_build_object('run_id', r.run_id, 'line_count', r.line_count, 'last_line', r.last_line)
        from record as r
        where r.run_id is not null and r.line_count <> r.last_line
        union all
        select
            'record_direction_differs',
            r.warehouse_id,
            r.record_date,
            r.record_number,
            pg_catalog.jsonb_build_object('run_id', r.run_id, 'reason_code', c.reason_code, 'direction', c.direction)
        from record as r
        inner join erp.movement_reason as c
            on c.company_id = p_company_id and c.movement_reason_id = r.movement_reason_id
        where
            r.run_id is not null and not r.removed
            and case c.direction when 'load' then r.issues else r.loads end
        union all
        select
            'record_reference_differs',
            r.warehouse_id,
            r.record_date,
            r.record_number,
            pg_catalog.jsonb_build_object(
                'order', erp_internal.order_label(o.order_year, o.order_number, o.order_lot),
                'reference', erp_internal.order_label(r.order_year, r.order_number, r.order_lot)
            )
        from record as r
        inner join erp.production_order as o
            on o.company_id = p_company_id and o.production_order_id = r.production_order_id
        where
            not r.removed
            and (r.order_year, r.order_number, r.order_lot) is distinct from (o.order_year, o.order_number, o.order_lot)
        union all
        -- launched orders are checked by order_violations; opening stock is of no order
        select
            'record_not_in_force',
            r.warehouse_id,
            r.record_date,
            r.record_number,
            pg_catalog.jsonb_build_object(
                'run_id', r.run_id,
                'order', erp_internal.order_label(r.order_year, r.order_number, r.order_lot),
                'declaration_id', r.production_declaration_id
            )
        from record as r
        left join erp.run as u on u.company_id = p_company_id and u.run_id = r.run_id
        left join erp.production_order as o
            on o.company_id = p_company_id and o.production_order_id = r.production_order_id
        left join erp.production_declaration as d
            on d.company_id = p_company_id and d.production_declaration_id = r.production_declaration_id
        where
            not r.removed and r.document_key is null
            and (r.run_id is not null or r.production_declaration_id is not null)
            and (o.status <> 'launched') is not false
            and case
                when u.kind = 'load' then coalesce(r.production_order_id, r.production_declaration_id) is not null
                else
                    o.production_order_id is null
                    or r.run_id is null
                    or r.run_id is distinct from
                    case when r.production_declaration_id is null then o.release_run_id else d.registration_run_id end
                    or d.production_order_id <> r.production_order_id
            end
        union all
        select
            'record_not_in_force',
            r.warehouse_id,
            r.record_date,
            r.record_number,
            pg_catalog.jsonb_build_object('run_id', r.run_id, 'document_key', r.document_key)
        from record as r
        inner join erp.stock_document as d on d.company_id = p_company_id and d.document_key = r.document_key
        where
            not r.removed
            and (d.run_id <> r.run_id or d.removal_run_id is not null or d.record_date <> r.record_date)
    ),

    -- a line and its counterpart add up to zero (lines of what is produced have no material line to match them by, and
    -- those of documents name it as they like)
    counterpart_violation as (
        select
            r.run_id,
            r.production_order_id,
            r.production_declaration_id,
            m.material_line,
            m.lot_id,
            pg_catalog.max(r.order_year) as order_year,
            pg_catalog.max(r.order_number) as order_number,
            pg_catalog.max(r.order_lot) as order_lot,
            pg_catalog.sum(m.quantity) as quantity
        from record as r
        inner join erp.stock_movement as m
            on m.company_id = p_company_id and m.record_date = r.record_date and m.stock_record_id = r.stock_record_id
        where
            not r.removed and m.material_line is not null and r.document_key is null
            and (r.run_id, r.production_order_id) in (
                select x.run_id, x.production_order_id
                from record as x
                where x.has_counterparts
            )
        group by r.run_id, r.production_order_id, r.production_declaration_id, m.material_line, m.lot_id
        having pg_catalog.bool_or(m.counterpart) and pg_catalog.sum(m.quantity) <> 0
    ),

    -- what runs answered, and what they made and removed, per order, declaration or document, or altogether
    history_violation as (
        select
            h.run_id,
            h.production_order_id,
            h.production_declaration_id,
            h.document_key,
            pg_catalog.max(h.order_year) as order_year,
            pg_catalog.max(h.order_number) as order_number,
            pg_catalog.max(h.order_lot) as order_lot,
            pg_catalog.sum(h.record_count) as record_count,
            pg_catalog.sum(h.movement_count) as movement_count,
            pg_catalog.sum(h.records_found) as records_found,
            pg_catalog.sum(h.movements_found) as movements_found
        from (
            select
                a.run_id,
                a.production_order_id,
                a.production_declaration_id,
                null as document_key,
                a.order_year,
                a.order_number,
                a.order_lot,
                a.record_count,
                a.movement_count,
                0 as records_found,
                0 as movements_found
            from erp.run_order as a
            where a.company_id = p_company_id
            union all
            select
                a.run_id,
                null,
                null,
                a.key ->> 'document_key',
                null,
                null,
                null,
                a.record_count,
                a.movement_count,
                0,
                0
            from erp.run_row as a
            where a.company_id = p_company_id
            union all
            select
                r.run_id,
                case when r.document_key is null then r.production_order_id end,
                r.production_declaration_id,
                r.document_key,
                r.order_year,
                r.order_number,
                r.order_lot,
                0,
                0,
                1,
                r.line_count
            from record as r
            where r.run_id is not null
            union all
            select
                r.removal_run_id,
                case when r.document_key is null then r.production_order_id end,
                r.production_declaration_id,
                r.document_key,
                r.order_year,
                r.order_number,
                r.order_lot,
                0,
                0,
                1,
                r.line_count
            from record as r
            where r.removed
        ) as h
        group by h.run_id, h.production_order_id, h.production_declaration_id, h.document_key
        having
            pg_catalog.sum(h.record_count) <> pg_catalog.sum(h.records_found)
            or pg_catalog.sum(h.movement_count) <> pg_catalog.sum(h.movements_found)
    )

    select
        n.code,
        n.figures || pg_catalog.jsonb_build_object(
            'warehouse_code', w.warehouse_code, 'record_date', n.record_date, 'record_number', n.record_number
        ) as example
    from number_violation as n
    left join erp.warehouse as w on w.company_id = p_company_id and w.warehouse_id = n.warehouse_id
    union all
    select
        'counterpart_differs',
        pg_catalog.jsonb_build_object(
            'run_id', m.run_id,
            'order', erp_internal.order_label(m.order_year, m.order_number, m.order_lot),
            'declaration_id', m.production_declaration_id,
            'line', m.material_line,
            'lot_code', t.lot_code,
            'difference', pg_catalog.trim_scale(m.quantity)
        )
    from counterpart_violation as m
    left join erp.lot as t on t.company_id = p_company_id and t.lot_id = m.lot_id
    union all
    select
        'history_differs',
        pg_catalog.jsonb_build_object(
            'run_id', h.run_id,
            'order', erp_internal.order_label(h.order_year, h.order_number, h.order_lot),
            'declaration_id', h.production_declaration_id,
            'document_key', h.document_key,
            'record_count', h.record_count,
            'movement_count', h.movement_count,
            'records_found', h.records_found,
            'movements_found', h.movements_found
        )
    from history_violation as h;
end;
$$;
