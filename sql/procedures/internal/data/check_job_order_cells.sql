-- requires: internal/data/doubtful_rows
-- noqa: disable=LT02
-- Tells which cells of sent rows hold no value of their column, and which keys the kind does not know:
-- job_order.
-- Only rows that may have such a cell are looked at closely: a pattern tells of many rows at once that they have none,
-- then conditions that are cheap.
-- Written by `make docs` from the description of the load format (rilascio.loading.files).
create or replace function erp_internal.check_job_order_cells(p_rows erp_internal.sent_row[])
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
                when s.job_year is null then 'value_required'
                when s.job_year !~ '^[+-]?[0-9]+$' then 'bad_integer'
                when length(s.job_year) > 500 then 'out_of_range'
                when not (s.job_year::numeric >= -2147483648 and s.job_year::numeric <= 2147483647)
                    then 'out_of_range'
            end as job_year_fault,
            case
                when s.job_number is null then 'value_required'
                when s.job_number !~ '^[+-]?[0-9]+$' then 'bad_integer'
                when length(s.job_number) > 500 then 'out_of_range'
                when not (s.job_number::numeric >= -2147483648 and s.job_number::numeric <= 2147483647)
                    then 'out_of_range'
            end as job_number_fault,
            case
                when char_length(s.site_code) > 500 then 'value_too_long'
            end as site_code_fault,
            case
                when pg_catalog.lower(s.supply_released) not in ('true', 'false') then 'bad_boolean'
            end as supply_released_fault,
            case
                when pg_catalog.lower(s.deletion) not in ('true', 'false') then 'bad_boolean'
            end as deletion_fault
        from (
            select
                r.ordinal,
                r.parent,
                r.place,
                r.cells,
                array['job_year', 'job_number', 'job_type', 'site_code', 'customer', 'description',
                'supply_released', 'delete', 'company_id', 'status'] as known,
                nullif(r.cells ->> 'job_year', '') as job_year,
                nullif(r.cells ->> 'job_number', '') as job_number,
                nullif(r.cells ->> 'job_type', '') as job_type,
                nullif(r.cells ->> 'site_code', '') as site_code,
                nullif(r.cells ->> 'customer', '') as customer,
                nullif(r.cells ->> 'description', '') as description,
                nullif(r.cells ->> 'supply_released', '') as supply_released,
                nullif(r.cells ->> 'delete', '') as deletion
            from
                unnest(
                    erp_internal.doubtful_rows(
                        p_rows,
                        '^(?:[{]'
                || '(?:"delete": (?:"?(?:true|false)"?|null|"")(?:, |}))?'
                || '(?:"status": (?:"[^"\\]+"|[-0-9.]+|true|false|null|"")(?:, |}))?'
                || '(?:"customer": (?:"[^"\\]+"|[-0-9.]+|true|false|null|"")(?:, |}))?'
                || '(?:"job_type": (?:"[^"\\]+"|[-0-9.]+|true|false|null|"")(?:, |}))?'
                || '"job_year": (?:"?(?:[+-]?[0-9]{1,9})"?)(?:, |})'
                || '(?:"site_code": (?:"[^"\\]+"|[-0-9.]+|true|false|null|"")(?:, |}))?'
                || '(?:"company_id": (?:"[^"\\]+"|[-0-9.]+|true|false|null|"")(?:, |}))?'
                || '"job_number": (?:"?(?:[+-]?[0-9]{1,9})"?)(?:, |})'
                || '(?:"description": (?:"[^"\\]+"|[-0-9.]+|true|false|null|"")(?:, |}))?'
                || '(?:"supply_released": (?:"?(?:true|false)"?|null|"")(?:, |}))?'
                || ')*$'
                    )
                ) as r
            offset 0
        ) as s
        where
            (
                s.cells - s.known <> '{}'
                or s.job_year is null
                or s.job_number is null
                or s.job_type like '{%' or s.job_type like '[%'
                or s.site_code like '{%' or s.site_code like '[%'
                or s.customer like '{%' or s.customer like '[%'
                or s.description like '{%' or s.description like '[%'
                or s.cells ->> 'company_id' like '{%' or s.cells ->> 'company_id' like '[%'
                or s.cells ->> 'status' like '{%' or s.cells ->> 'status' like '[%'
                or octet_length(s.site_code) > 500
                or s.supply_released not in ('true', 'false')
                or s.deletion not in ('true', 'false')
                or concat_ws(',', s.job_year, s.job_number) !~ '^([+-]?[0-9]{1,9})?(,[+-]?[0-9]{1,9})*$'
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
        ('job_year', s.job_year, s.job_year_fault, '>= -2147483648 and <= 2147483647'),
        ('job_number', s.job_number, s.job_number_fault, '>= -2147483648 and <= 2147483647'),
        ('site_code', s.site_code, s.site_code_fault, '500'),
        ('supply_released', s.supply_released, s.supply_released_fault, null),
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
