-- Returns what is wrong with rows of opening stock, which are lines of documents (see erp_internal.load_stock): faults
-- of their cells (p_faults), those of any line, and what opening stock needs besides, a lot that there is and a reason
-- to load it by.
create or replace function erp_internal.check_opening_stock(
    p_company_id integer,
    p_sent erp_internal.stock_document_line_row[],
    p_lines erp_internal.document_line[],
    p_faults erp_internal.cell_fault[]
)
returns setof erp_internal.cell_fault
language plpgsql
stable
set enable_nestloop = off
as $$
declare
    -- by document and line, as lines have them
    v_faults erp_internal.cell_fault [] := array(
        select f::erp_internal.cell_fault
        from (
            select l.ordinal, 1 as parent, f.place, f.column_name, f.code, f.cell, f.expected
            from unnest(p_faults) as f
            inner join unnest(p_lines) as l on l.line = f.place
        ) as f
    );
begin
    return query
    select f.*
    from unnest(v_faults) as f
    union all
    select f.*
    from erp_internal.check_document_lines(p_company_id, p_sent, p_lines, v_faults) as f
    where (f.column_name, f.code) <> ('reason_code', 'value_required')
    union all
    select c.*
    from unnest(p_lines) as l
    inner join unnest(p_sent) as s on s.ordinal = l.ordinal and s.place = l.line
    left join (
        select f.place, pg_catalog.array_agg(f.column_name) as columns
        from unnest(v_faults) as f
        group by f.place
    ) as f on f.place = l.line
    cross join lateral (
        values
        ('record_date', 'value_required', null, null, l.record_date is null),
        (
            'lot_code', 'rule_broken', null, 'stock of a lot item lies in a lot: lot_code is empty',
            l.by_lot and s.lot_code is null
        ),
        ('lot_code', 'unknown_reference', s.lot_code, 'lot', l.by_lot and l.lot_id < 0),
        (
            'reason_code', 'unknown_reference', s.reason_code, 'movement_reason',
            s.reason_code is not null and l.warehouse_id is not null
            and l.load_movement_reason_id is null and l.issue_movement_reason_id is null
        ),
        (
            'reason_code', 'rule_broken', s.reason_code, 'opening stock needs a reason of direction load',
            l.issue_movement_reason_id is not null
        ),
        (
            'reason_code', 'rule_broken', null,
            'reason_code is empty, and the warehouse has not exactly one reason of direction load',
            s.reason_code is null and l.warehouse_id is not null
        )
    ) as v (column_name, code, cell, expected, broken)
    cross join lateral erp_internal.cell_fault(
        l.ordinal, 1, l.line, v.column_name, v.code, pg_catalog.left(v.cell, 60), v.expected
    ) as c
    where v.broken and not coalesce(v.column_name = any(f.columns), false);
end;
$$;
