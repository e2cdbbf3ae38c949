-- requires: internal/data/doubtful_rows
-- noqa: disable=LT02
-- Tells which cells of sent rows hold no value of their column, and which keys the kind does not know:
-- production_order.
-- Only rows that may have such a cell are looked at closely: a pattern tells of many rows at once that they have none,
-- then conditions that are cheap.
-- Written by `make docs` from the description of the load format (rilascio.loading.files).
create or replace function erp_internal.check_production_order_cells(p_rows erp_internal.sent_row[])
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
                when s.order_year is null then 'value_required'
                when s.order_year !~ '^[+-]?[0-9]+$' then 'bad_integer'
                when length(s.order_year) > 500 then 'out_of_range'
                when not (s.order_year::numeric >= -2147483648 and s.order_year::numeric <= 2147483647)
                    then 'out_of_range'
            end as order_year_fault,
            case
                when s.order_number is null then 'value_required'
                when s.order_number !~ '^[+-]?[0-9]+$' then 'bad_integer'
                when length(s.order_number) > 500 then 'out_of_range'
                when not (s.order_number::numeric >= -2147483648 and s.order_number::numeric <= 2147483647)
                    then 'out_of_range'
            end as order_number_fault,
            case
                when s.order_lot !~ '^[+-]?[0-9]+$' then 'bad_integer'
                when length(s.order_lot) > 500 then 'out_of_range'
                when not (s.order_lot::numeric >= -2147483648
                    and s.order_lot::numeric <= 2147483647
                    and s.order_lot::numeric >= 0)
                    then 'out_of_range'
            end as order_lot_fault,
            case
                when char_length(s.item_code) > 500 then 'value_too_long'
            end as item_code_fault,
            case
                when char_length(s.variant_code) > 500 then 'value_too_long'
            end as variant_code_fault,
            case
                when s.quantity !~ '^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)$' then 'bad_number'
                when length(s.quantity) > 500 then 'out_of_range'
                when not (s.quantity::numeric > 0 and s.quantity::numeric < 1e15) then 'out_of_range'
            end as quantity_fault,
            case
                when s.status not in ('launched', 'executive', 'closed', 'archived') then 'unknown_word'
            end as status_fault,
            case
                when s.level !~ '^[+-]?[0-9]+$' then 'bad_integer'
                when length(s.level) > 500 then 'out_of_range'
                when not (s.level::numeric >= -2147483648
                    and s.level::numeric <= 2147483647
                    and s.level::numeric >= 1)
                    then 'out_of_range'
            end as level_fault,
            case
                when s.start_date !~ '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$' then 'bad_date'
                when s.start_date like '0000%' then 'bad_date'
                when right(s.start_date, 2)::integer
                    > extract(day from (left(s.start_date, 8) || '01')::date + interval '1 month -1 day')
                    then 'bad_date'
            end as start_date_fault,
            case
                when s.end_date !~ '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$' then 'bad_date'
                when s.end_date like '0000%' then 'bad_date'
                when right(s.end_date, 2)::integer
                    > extract(day from (left(s.end_date, 8) || '01')::date + interval '1 month -1 day')
                    then 'bad_date'
            end as end_date_fault,
            case
                when s.job_year !~ '^[+-]?[0-9]+$' then 'bad_integer'
                when length(s.job_year) > 500 then 'out_of_range'
                when not (s.job_year::numeric >= -2147483648 and s.job_year::numeric <= 2147483647)
                    then 'out_of_range'
            end as job_year_fault,
            case
                when s.job_number !~ '^[+-]?[0-9]+$' then 'bad_integer'
                when length(s.job_number) > 500 then 'out_of_range'
                when not (s.job_number::numeric >= -2147483648 and s.job_number::numeric <= 2147483647)
                    then 'out_of_range'
            end as job_number_fault,
            case
                when s.priority !~ '^[+-]?[0-9]+$' then 'bad_integer'
                when length(s.priority) > 500 then 'out_of_range'
                when not (s.priority::numeric >= -2147483648 and s.priority::numeric <= 2147483647)
                    then 'out_of_range'
            end as priority_fault,
            case
                when char_length(s.load_warehouse_code) > 500 then 'value_too_long'
            end as load_warehouse_code_fault,
            case
                when char_length(s.load_reason_code) > 500 then 'value_too_long'
            end as load_reason_code_fault,
            case
                when pg_catalog.lower(s.deletion) not in ('true', 'false') then 'bad_boolean'
            end as deletion_fault
        from (
            select
                r.ordinal,
                r.parent,
                r.place,
                r.cells - array['phases', 'materials'] as cells,
                array['order_year', 'order_number', 'order_lot', 'order_type', 'item_code', 'variant_code',
                'quantity', 'status', 'level', 'start_date', 'end_date', 'job_year', 'job_number', 'project',
                'firm', 'priority', 'load_warehouse_code', 'load_reason_code', 'delete', 'company_id', 'order_id',
                'produced_quantity', 'release_run_id', 'changed_at', 'phases', 'materials'] as known,
                nullif(r.cells ->> 'order_year', '') as order_year,
                nullif(r.cells ->> 'order_number', '') as order_number,
                nullif(r.cells ->> 'order_lot', '') as order_lot,
                nullif(r.cells ->> 'order_type', '') as order_type,
                nullif(r.cells ->> 'item_code', '') as item_code,
                nullif(r.cells ->> 'variant_code', '') as variant_code,
                nullif(r.cells ->> 'quantity', '') as quantity,
                nullif(r.cells ->> 'status', '') as status,
                nullif(r.cells ->> 'level', '') as level,
                nullif(r.cells ->> 'start_date', '') as start_date,
                nullif(r.cells ->> 'end_date', '') as end_date,
                nullif(r.cells ->> 'job_year', '') as job_year,
                nullif(r.cells ->> 'job_number', '') as job_number,
                nullif(r.cells ->> 'project', '') as project,
                nullif(r.cells ->> 'firm', '') as firm,
                nullif(r.cells ->> 'priority', '') as priority,
                nullif(r.cells ->> 'load_warehouse_code', '') as load_warehouse_code,
                nullif(r.cells ->> 'load_reason_code', '') as load_reason_code,
                nullif(r.cells ->> 'delete', '') as deletion
            from
                unnest(
                    erp_internal.doubtful_rows(
                        p_rows,
                        '^(?:[{]'
                || '(?:"firm": (?:"[^"\\]+"|[-0-9.]+|true|false|null|"")(?:, |}))?'
                || '(?:"level": (?:"?(?:[1-9][0-9]{0,8})"?|null|"")(?:, |}))?'
                || '(?:"delete": (?:"?(?:true|false)"?|null|"")(?:, |}))?'
                || '(?:"phases": (?:[0-9]+|null|"")(?:, |}))?'
                || '(?:"status": (?:"(?:launched|executive|closed|archived)"|null|"")(?:, |}))?'
                || '(?:"project": (?:"[^"\\]+"|[-0-9.]+|true|false|null|"")(?:, |}))?'
                || '(?:"end_date": (?:"?(?:[29][0-9]{3}-((0[1-9]|1[0-2])-([01][1-9]|10|2[0-8])|(0[13-9]|1[0-2])-'
                || '(29|30)|(0[13578]|1[02])-31))"?|null|"")(?:, |}))?'
                || '(?:"job_year": (?:"?(?:[+-]?[0-9]{1,9})"?|null|"")(?:, |}))?'
                || '(?:"order_id": (?:"[^"\\]+"|[-0-9.]+|true|false|null|"")(?:, |}))?'
                || '(?:"priority": (?:"?(?:[+-]?[0-9]{1,9})"?|null|"")(?:, |}))?'
                || '(?:"quantity": (?:"?(?:0{0,4}[1-9][0-9]{0,9}([.][0-9]{1,40})?)"?|null|"")(?:, |}))?'
                || '(?:"item_code": (?:"[^"\\]+"|[-0-9.]+|true|false|null|"")(?:, |}))?'
                || '(?:"materials": (?:[0-9]+|null|"")(?:, |}))?'
                || '(?:"order_lot": (?:"?(?:[0-9]{1,9})"?|null|"")(?:, |}))?'
                || '(?:"changed_at": (?:"[^"\\]+"|[-0-9.]+|true|false|null|"")(?:, |}))?'
                || '(?:"company_id": (?:"[^"\\]+"|[-0-9.]+|true|false|null|"")(?:, |}))?'
                || '(?:"job_number": (?:"?(?:[+-]?[0-9]{1,9})"?|null|"")(?:, |}))?'
                || '(?:"order_type": (?:"[^"\\]+"|[-0-9.]+|true|false|null|"")(?:, |}))?'
                || '"order_year": (?:"?(?:[+-]?[0-9]{1,9})"?)(?:, |})'
                || '(?:"start_date": (?:"?(?:[29][0-9]{3}-((0[1-9]|1[0-2])-([01][1-9]|10|2[0-8])|(0[13-9]|1[0-2])-'
                || '(29|30)|(0[13578]|1[02])-31))"?|null|"")(?:, |}))?'
                || '"order_number": (?:"?(?:[+-]?[0-9]{1,9})"?)(?:, |})'
                || '(?:"variant_code": (?:"[^"\\]+"|[-0-9.]+|true|false|null|"")(?:, |}))?'
                || '(?:"release_run_id": (?:"[^"\\]+"|[-0-9.]+|true|false|null|"")(?:, |}))?'
                || '(?:"load_reason_code": (?:"[^"\\]+"|[-0-9.]+|true|false|null|"")(?:, |}))?'
                || '(?:"produced_quantity": (?:"[^"\\]+"|[-0-9.]+|true|false|null|"")(?:, |}))?'
                || '(?:"load_warehouse_code": (?:"[^"\\]+"|[-0-9.]+|true|false|null|"")(?:, |}))?'
                || ')*$'
                    )
                ) as r
            offset 0
        ) as s
        where
            (
                s.cells - s.known <> '{}'
                or s.order_year is null
                or s.order_number is null
                or s.order_type like '{%' or s.order_type like '[%'
                or s.item_code like '{%' or s.item_code like '[%'
                or s.variant_code like '{%' or s.variant_code like '[%'
                or s.project like '{%' or s.project like '[%'
                or s.firm like '{%' or s.firm like '[%'
                or s.load_warehouse_code like '{%' or s.load_warehouse_code like '[%'
                or s.load_reason_code like '{%' or s.load_reason_code like '[%'
                or s.cells ->> 'company_id' like '{%' or s.cells ->> 'company_id' like '[%'
                or s.cells ->> 'order_id' like '{%' or s.cells ->> 'order_id' like '[%'
                or s.cells ->> 'produced_quantity' like '{%' or s.cells ->> 'produced_quantity' like '[%'
                or s.cells ->> 'release_run_id' like '{%' or s.cells ->> 'release_run_id' like '[%'
                or s.cells ->> 'changed_at' like '{%' or s.cells ->> 'changed_at' like '[%'
                or octet_length(s.item_code) > 500
                or octet_length(s.variant_code) > 500
                or s.status not in ('launched', 'executive', 'closed', 'archived')
                or octet_length(s.load_warehouse_code) > 500
                or octet_length(s.load_reason_code) > 500
                or s.deletion not in ('true', 'false')
                or concat_ws(',', s.order_year, s.order_number, s.job_year, s.job_number, s.priority)
                !~ '^([+-]?[0-9]{1,9})?(,[+-]?[0-9]{1,9})*$'
                or s.order_lot !~ '^[0-9]{1,9}$'
                or s.quantity !~ '^0{0,4}[1-9][0-9]{0,9}([.][0-9]{1,40})?$'
                or s.level !~ '^[1-9][0-9]{0,8}$'
                or s.start_date
                !~ '^[29][0-9]{3}-((0[1-9]|1[0-2])-([01][1-9]|10|2[0-8])|(0[13-9]|1[0-2])-(29|30)|(0[13578]|1[02])-31)$'
                or s.end_date
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
        ('order_year', s.order_year, s.order_year_fault, '>= -2147483648 and <= 2147483647'),
        ('order_number', s.order_number, s.order_number_fault, '>= -2147483648 and <= 2147483647'),
        ('order_lot', s.order_lot, s.order_lot_fault, '>= -2147483648 and <= 2147483647 and >= 0'),
        ('item_code', s.item_code, s.item_code_fault, '500'),
        ('variant_code', s.variant_code, s.variant_code_fault, '500'),
        ('quantity', s.quantity, s.quantity_fault, '> 0 and < 1e15'),
        ('status', s.status, s.status_fault, 'launched, executive, closed, archived'),
        ('level', s.level, s.level_fault, '>= -2147483648 and <= 2147483647 and >= 1'),
        ('start_date', s.start_date, s.start_date_fault, null),
        ('end_date', s.end_date, s.end_date_fault, null),
        ('job_year', s.job_year, s.job_year_fault, '>= -2147483648 and <= 2147483647'),
        ('job_number', s.job_number, s.job_number_fault, '>= -2147483648 and <= 2147483647'),
        ('priority', s.priority, s.priority_fault, '>= -2147483648 and <= 2147483647'),
        ('load_warehouse_code', s.load_warehouse_code, s.load_warehouse_code_fault, '500'),
        ('load_reason_code', s.load_reason_code, s.load_reason_code_fault, '500'),
        ('delete', s.deletion, s.deletion_fault, null)
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
