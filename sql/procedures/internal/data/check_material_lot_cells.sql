-- noqa: disable=LT02
-- Tells which cells of sent rows hold no value of their column, and which keys the kind does not know:
-- material_lot.
-- Written by `make docs` from the description of the load format (rilascio.loading.files).
create or replace function erp_internal.check_material_lot_cells(p_rows erp_internal.sent_row[])
returns setof erp_internal.cell_fault
language sql
stable
begin atomic
    select
        s.ordinal,
        s.parent,
        s.place,
        f.column_name,
        f.code,
        pg_catalog.left(f.cell, 60) as cell,
        f.expected
    from (
        select
            s.*,
            case
                when s.lot_code is null then 'value_required'
                when char_length(s.lot_code) > 500 then 'value_too_long'
            end as lot_code_fault,
            case
                when s.quantity !~ '^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)$' then 'bad_number'
                when length(s.quantity) > 500 then 'out_of_range'
                when not (s.quantity::numeric > 0 and s.quantity::numeric < 1e15) then 'out_of_range'
            end as quantity_fault
        from (
            select
                r.ordinal,
                r.parent,
                r.place,
                nullif(r.cells ->> 'lot_code', '') as lot_code,
                nullif(r.cells ->> 'quantity', '') as quantity
            from unnest(p_rows) as r
            offset 0
        ) as s
        offset 0
    ) as s
    cross join lateral (
        values
        ('lot_code', s.lot_code, s.lot_code_fault, '500'),
        ('quantity', s.quantity, s.quantity_fault, '> 0 and < 1e15')
    ) as f (column_name, cell, code, expected)
    where
        coalesce(s.lot_code_fault, s.quantity_fault) is not null
        and f.code is not null
    union all
    select
        s.ordinal,
        s.parent,
        s.place,
        k.key as column_name,
        case when k.key = any(s.known) then 'bad_value' else 'unknown_key' end as code,
        pg_catalog.left(k.value::text, 60) as cell,
        null as expected
    from (
        select
            r.ordinal,
            r.parent,
            r.place,
            r.cells,
            array['lot_code', 'quantity', 'company_id'] as known
        from unnest(p_rows) as r
        offset 0
    ) as s
    cross join lateral pg_catalog.jsonb_each(s.cells) as k
    where
        (
            s.cells - s.known <> '{}'
            or pg_catalog.jsonb_path_exists(s.cells, 'strict $.* ? (@.type() == "object" || @.type() == "array")')
        )
        and (k.key <> all(s.known) or pg_catalog.jsonb_typeof(k.value) in ('object', 'array'));
end;
