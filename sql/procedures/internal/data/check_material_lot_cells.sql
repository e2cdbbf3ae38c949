-- requires: internal/data/doubtful_rows
-- noqa: disable=LT02
-- Tells which cells of sent rows hold no value of their column, and which keys the kind does not know:
-- material_lot.
-- Only rows that may have such a cell are looked at closely: a pattern tells of many rows at once that they have none,
-- then conditions that are cheap.
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
                r.cells,
                array['lot_code', 'quantity', 'company_id'] as known,
                nullif(r.cells ->> 'lot_code', '') as lot_code,
                nullif(r.cells ->> 'quantity', '') as quantity
            from
                unnest(
                    erp_internal.doubtful_rows(
                        p_rows,
                        '^(?:[{]'
                || '"lot_code": (?:"[^"\\]+"|[-0-9.]+|true|false)(?:, |})'
                || '(?:"quantity": (?:"?(?:0{0,4}[1-9][0-9]{0,9}([.][0-9]{1,40})?)"?|null|"")(?:, |}))?'
                || '(?:"company_id": (?:"[^"\\]+"|[-0-9.]+|true|false|null|"")(?:, |}))?'
                || ')*$'
                    )
                ) as r
            offset 0
        ) as s
        where
            (
                s.cells - s.known <> '{}'
                or s.lot_code is null
                or s.lot_code like '{%' or s.lot_code like '[%'
                or s.cells ->> 'company_id' like '{%' or s.cells ->> 'company_id' like '[%'
                or octet_length(s.lot_code) > 500
                or s.quantity !~ '^0{0,4}[1-9][0-9]{0,9}([.][0-9]{1,40})?$'
            )
        offset 0
    ) as s
    cross join lateral (
        select
            v.column_name,
            v.cell,
            v.code,
            v.expected
        from (
            values
        ('lot_code', s.lot_code, s.lot_code_fault, '500'),
        ('quantity', s.quantity, s.quantity_fault, '> 0 and < 1e15')
        ) as v (column_name, cell, code, expected)
        where
            v.code is not null
            and coalesce(pg_catalog.jsonb_typeof(s.cells -> v.column_name), '') not in ('object', 'array')
        union all
        select
            k.key as column_name,
            k.value::text as cell,
            case when k.key = any(s.known) then 'bad_value' else 'unknown_key' end as code,
            null as expected
        from pg_catalog.jsonb_each(s.cells) as k
        where k.key <> all(s.known) or pg_catalog.jsonb_typeof(k.value) in ('object', 'array')
    ) as f;
end;
