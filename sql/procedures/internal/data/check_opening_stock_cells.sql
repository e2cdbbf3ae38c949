-- requires: internal/data/doubtful_rows
-- noqa: disable=LT02
-- Tells which cells of sent rows hold no value of their column, and which keys the kind does not know:
-- opening_stock.
-- Only rows that may have such a cell are looked at closely: a pattern tells of many rows at once that they have none,
-- then conditions that are cheap.
-- Written by `make docs` from the description of the load format (rilascio.loading.files).
create or replace function erp_internal.check_opening_stock_cells(p_rows erp_internal.sent_row[])
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
                when char_length(s.warehouse_code) > 500 then 'value_too_long'
            end as warehouse_code_fault,
            case
                when char_length(s.item_code) > 500 then 'value_too_long'
            end as item_code_fault,
            case
                when char_length(s.variant_code) > 500 then 'value_too_long'
            end as variant_code_fault,
            case
                when char_length(s.lot_code) > 500 then 'value_too_long'
            end as lot_code_fault,
            case
                when char_length(s.location_code) > 500 then 'value_too_long'
            end as location_code_fault,
            case
                when s.quantity !~ '^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)$' then 'bad_number'
                when length(s.quantity) > 500 then 'out_of_range'
                when not (s.quantity::numeric > 0 and s.quantity::numeric < 1e15) then 'out_of_range'
            end as quantity_fault,
            case
                when s.record_date !~ '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$' then 'bad_date'
                when s.record_date like '0000%' then 'bad_date'
                when right(s.record_date, 2)::integer
                    > extract(day from (left(s.record_date, 8) || '01')::date + interval '1 month -1 day')
                    then 'bad_date'
            end as record_date_fault,
            case
                when char_length(s.reason_code) > 500 then 'value_too_long'
            end as reason_code_fault
        from (
            select
                r.ordinal,
                r.parent,
                r.place,
                r.cells,
                array['warehouse_code', 'item_code', 'variant_code', 'lot_code', 'location_code', 'quantity',
                'record_date', 'reason_code', 'company_id'] as known,
                nullif(r.cells ->> 'warehouse_code', '') as warehouse_code,
                nullif(r.cells ->> 'item_code', '') as item_code,
                nullif(r.cells ->> 'variant_code', '') as variant_code,
                nullif(r.cells ->> 'lot_code', '') as lot_code,
                nullif(r.cells ->> 'location_code', '') as location_code,
                nullif(r.cells ->> 'quantity', '') as quantity,
                nullif(r.cells ->> 'record_date', '') as record_date,
                nullif(r.cells ->> 'reason_code', '') as reason_code
            from
                unnest(
                    erp_internal.doubtful_rows(
                        p_rows,
                        '^(?:[{]'
                || '(?:"lot_code": (?:"[^"\\]+"|[-0-9.]+|true|false|null|"")(?:, |}))?'
                || '(?:"quantity": (?:"?(?:0{0,4}[1-9][0-9]{0,9}([.][0-9]{1,40})?)"?|null|"")(?:, |}))?'
                || '(?:"item_code": (?:"[^"\\]+"|[-0-9.]+|true|false|null|"")(?:, |}))?'
                || '(?:"company_id": (?:"[^"\\]+"|[-0-9.]+|true|false|null|"")(?:, |}))?'
                || '(?:"reason_code": (?:"[^"\\]+"|[-0-9.]+|true|false|null|"")(?:, |}))?'
                || '(?:"record_date": (?:"?(?:[29][0-9]{3}-((0[1-9]|1[0-2])-([01][1-9]|10|2[0-8])|(0[13-9]|1[0-2])-'
                || '(29|30)|(0[13578]|1[02])-31))"?|null|"")(?:, |}))?'
                || '(?:"variant_code": (?:"[^"\\]+"|[-0-9.]+|true|false|null|"")(?:, |}))?'
                || '(?:"location_code": (?:"[^"\\]+"|[-0-9.]+|true|false|null|"")(?:, |}))?'
                || '(?:"warehouse_code": (?:"[^"\\]+"|[-0-9.]+|true|false|null|"")(?:, |}))?'
                || ')*$'
                    )
                ) as r
            offset 0
        ) as s
        where
            (
                s.cells - s.known <> '{}'
                or s.warehouse_code like '{%' or s.warehouse_code like '[%'
                or s.item_code like '{%' or s.item_code like '[%'
                or s.variant_code like '{%' or s.variant_code like '[%'
                or s.lot_code like '{%' or s.lot_code like '[%'
                or s.location_code like '{%' or s.location_code like '[%'
                or s.reason_code like '{%' or s.reason_code like '[%'
                or s.cells ->> 'company_id' like '{%' or s.cells ->> 'company_id' like '[%'
                or octet_length(s.warehouse_code) > 500
                or octet_length(s.item_code) > 500
                or octet_length(s.variant_code) > 500
                or octet_length(s.lot_code) > 500
                or octet_length(s.location_code) > 500
                or octet_length(s.reason_code) > 500
                or s.quantity !~ '^0{0,4}[1-9][0-9]{0,9}([.][0-9]{1,40})?$'
                or s.record_date
                !~ '^[29][0-9]{3}-((0[1-9]|1[0-2])-([01][1-9]|10|2[0-8])|(0[13-9]|1[0-2])-(29|30)|(0[13578]|1[02])-31)$'
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
        ('warehouse_code', s.warehouse_code, s.warehouse_code_fault, '500'),
        ('item_code', s.item_code, s.item_code_fault, '500'),
        ('variant_code', s.variant_code, s.variant_code_fault, '500'),
        ('lot_code', s.lot_code, s.lot_code_fault, '500'),
        ('location_code', s.location_code, s.location_code_fault, '500'),
        ('quantity', s.quantity, s.quantity_fault, '> 0 and < 1e15'),
        ('record_date', s.record_date, s.record_date_fault, null),
        ('reason_code', s.reason_code, s.reason_code_fault, '500')
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
