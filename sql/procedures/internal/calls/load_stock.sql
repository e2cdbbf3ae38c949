-- Posts the opening stock of a first load (R19): a load record per warehouse, record date and reason, numbered in the
-- order of their first rows. Returns what came of each row: created, or refused with its reasons.
-- The rows are lines of stock documents, one for each record date, and are resolved and checked as such; only that
-- nothing is asked of the period, of locations that are blocked and of lots that cannot be used, and that no lot is
-- made.
-- p_rows: a JSON array of objects with the columns of opening_stock.csv; a warehouse and date come in one call.
-- Precondition: erp_internal.open_company has made the company in this transaction, and its master data has come.
create or replace function erp_internal.load_stock(p_company_id integer, p_run_id bigint, p_rows jsonb)
returns table (place integer, outcome text, reasons jsonb)
language plpgsql
volatile
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_nestloop = off
set work_mem = '64MB'
set jit = off
as $$
#variable_conflict use_column
declare
    v_rows erp_internal.sent_row [];
    v_faults erp_internal.cell_fault [];
    v_dates date [];
    v_documents erp_internal.requested_document [];
    v_sent erp_internal.stock_document_line_row [];
    v_lines erp_internal.document_line [];
begin
    v_rows := array(
        select r::erp_internal.sent_row
        from (
            select e.place::integer as ordinal, null::integer as parent, e.place::integer as place, e.cells
            from pg_catalog.jsonb_array_elements(p_rows) with ordinality as e (cells, place)
        ) as r
    );
    v_faults := array(select f from erp_internal.check_opening_stock_cells(v_rows) as f);
    v_rows := erp_internal.strip_faulty_cells(v_rows, v_faults);
    -- the ordinal of a date is that of its document
    v_dates := array(
        select d.record_date
        from (
            select distinct (r.cells ->> 'record_date')::date as record_date from unnest(v_rows) as r
        ) as d
        order by d.record_date
    );
    v_rows := erp_internal.name_load_reasons(p_company_id, array(
        select r::erp_internal.sent_row
        from (
            select d.ordinal::integer as ordinal, 1 as parent, r.place, r.cells
            from unnest(v_rows) as r
            inner join unnest(v_dates) with ordinality as d (record_date, ordinal)
                on coalesce(d.record_date, 'infinity') = coalesce((r.cells ->> 'record_date')::date, 'infinity')
        ) as r
    ));
    v_documents := array(
        select d::erp_internal.requested_document
        from (
            select
                d.ordinal::integer as ordinal, null::text as document_key, d.record_date, true as date_sent,
                null::text as note, null::bytea as digest, null::bigint as posted_run_id, null::text as refusal
            from unnest(v_dates) with ordinality as d (record_date, ordinal)
        ) as d
    );
    v_sent := array(select s from erp_internal.read_stock_document_line(v_rows) as s);
    v_lines := array(
        select l from erp_internal.resolve_document_lines(p_company_id, v_documents, v_sent) as l
    );
    v_faults := array(
        select f from erp_internal.check_opening_stock(p_company_id, v_sent, v_lines, v_faults) as f
    );

    v_lines := array(
        select l
        from unnest(v_lines) as l
        where l.line not in (select f.place from unnest(v_faults) as f)
    );
    perform erp_internal.set_write_mode('run');
    perform erp_internal.lock_stock(
        p_company_id,
        array(
            select k::erp_internal.stock_key
            from (
                select distinct l.warehouse_id, l.item_id, l.item_variant_id
                from unnest(v_lines) as l
            ) as k
        )
    );
    perform erp_internal.write_records(
        p_company_id,
        p_run_id,
        array(
            select m::erp_internal.planned_movement
            from (
                select
                    1 as ordinal,
                    null::bigint as production_order_id,
                    null::bigint as production_declaration_id,
                    l.record_date,
                    'posted' as outcome,
                    null::numeric as feasible_quantity,
                    l.line,
                    l.item_id,
                    nullif(l.item_variant_id, 0) as item_variant_id,
                    nullif(l.lot_id, 0) as lot_id,
                    nullif(l.location_id, 0) as location_id,
                    l.warehouse_id,
                    l.load_movement_reason_id as movement_reason_id,
                    null::text as resolved_by,
                    null::text as picking_type,
                    l.quantity,
                    false as counterpart,
                    null::jsonb as reasons,
                    null::text as document_key,
                    null::integer as material_line,
                    false as picked
                from unnest(v_lines) as l
            ) as m
        )
    );
    perform erp_internal.set_write_mode('');
    perform erp_internal.analyze_stock();
    return query
    select
        s.place,
        case when r.ordinal is null then 'created' else 'refused' end as outcome,
        coalesce(r.reasons, '[]') as reasons
    from unnest(v_sent) as s
    left join erp_internal.render_reasons(
        p_company_id,
        erp_internal.cell_refusals(array(
            select f::erp_internal.cell_fault
            from (
                select f.place as ordinal, f.parent, f.place, f.column_name, f.code, f.cell, f.expected
                from unnest(v_faults) as f
            ) as f
        ))
    ) as r on r.ordinal = s.place;
end;
$$;
