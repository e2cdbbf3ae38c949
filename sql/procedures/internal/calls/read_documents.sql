-- Reads the stock documents of a call (see erp_internal.parse_documents): documents and lines with values, and the
-- faults of their cells; those of lines have a place. A line is read without its faulty cells. Of two documents with
-- one key the later one is refused (R73).
-- The digest of a document is that of its lines by their values, in whatever order, so that numbers sent as texts, or
-- by a CSV file, make the same document.
-- Errors: 22023 for a key that the kinds do not know.
create or replace function erp_internal.read_documents(
    p_documents erp_internal.sent_row[],
    p_lines erp_internal.sent_row[],
    p_faults erp_internal.cell_fault[],
    p_today date,
    out documents erp_internal.requested_document[],
    out lines erp_internal.stock_document_line_row[],
    out faults erp_internal.cell_fault[]
)
language plpgsql
stable
set enable_nestloop = off
as $$
declare
    v_document_faults erp_internal.cell_fault [];
    v_line_faults erp_internal.cell_fault [];
    v_unknown record;
begin
    v_document_faults := p_faults || array(select f from erp_internal.check_stock_document_cells(p_documents) as f);
    v_line_faults := array(select f from erp_internal.check_stock_document_line_cells(p_lines) as f);
    select f.ordinal, f.place, f.column_name
    into v_unknown
    from unnest(v_document_faults || v_line_faults) as f
    where f.code = 'unknown_key'
    order by f.ordinal, f.place nulls first, f.column_name
    limit 1;
    if found then
        raise exception using
            errcode = '22023',
            message = pg_catalog.format(
                '%s of p_documents has the unknown key %s.',
                case
                    when v_unknown.place is null then pg_catalog.format('Element %s', v_unknown.ordinal)
                    else pg_catalog.format('Line %s of element %s', v_unknown.place, v_unknown.ordinal)
                end,
                v_unknown.column_name
            ),
            hint = 'The comment on erp_api.post_stock tells what an element holds.';
    end if;
    lines := array(
        select r
        from erp_internal.read_stock_document_line(erp_internal.strip_faulty_cells(p_lines, v_line_faults)) as r
    );
    faults := v_document_faults || v_line_faults || array(
        select f::erp_internal.cell_fault
        from (
            select
                r.ordinal,
                r.parent,
                r.place,
                'lines' as column_name,
                'value_required' as code,
                null as cell,
                null as expected
            from unnest(p_documents) as r
            left join (select distinct l.ordinal from unnest(p_lines) as l) as l on l.ordinal = r.ordinal
            left join unnest(p_faults) as f on f.ordinal = r.ordinal
            where l.ordinal is null and f.ordinal is null
        ) as f
    );

    documents := array(
        with digest as materialized (
            select
                l.ordinal,
                pg_catalog.sha256(
                    pg_catalog.convert_to(pg_catalog.string_agg(l.text, E'\n' order by l.text collate "C"), 'UTF8')
                ) as digest
            from (
                select
                    l.ordinal,
                    pg_catalog.jsonb_build_array(
                        l.warehouse_code, l.reason_code, l.item_code, l.variant_code, l.lot_code, l.location_code,
                        pg_catalog.trim_scale(l.quantity), pg_catalog.trim_scale(l.counted_quantity),
                        l.load_reason_code, l.order_year, l.order_number, l.order_lot, l.material_line
                    )::text as text
                from unnest(lines) as l
            ) as l
            group by l.ordinal
        )

        select d::erp_internal.requested_document
        from (
            select
                r.ordinal,
                r.document_key,
                coalesce(r.record_date, p_today) as record_date,
                r.record_date is not null as date_sent,
                r.note,
                g.digest,
                null::bigint as posted_run_id,
                case
                    when f.ordinal is not null then ''
                    when pg_catalog.row_number() over (partition by r.document_key order by r.ordinal) > 1
                        then 'duplicate_key'
                end as refusal
            from erp_internal.read_stock_document(
                erp_internal.strip_faulty_cells(p_documents, v_document_faults)
            ) as r
            left join digest as g on g.ordinal = r.ordinal
            left join (select distinct f.ordinal from unnest(faults) as f) as f on f.ordinal = r.ordinal
            order by r.ordinal
        ) as d
    );
end;
$$;
