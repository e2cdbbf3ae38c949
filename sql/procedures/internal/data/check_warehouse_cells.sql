-- requires: internal/data/doubtful_rows
-- noqa: disable=LT02
-- Tells which cells of sent rows hold no value of their column, and which keys the kind does not know:
-- warehouse.
-- Only rows that may have such a cell are looked at closely: a pattern tells of many rows at once that they have none,
-- then conditions that are cheap.
-- Written by `make docs` from the description of the load format (rilascio.loading.files).
create or replace function erp_internal.check_warehouse_cells(p_rows erp_internal.sent_row[])
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
                when s.warehouse_code is null then 'value_required'
                when char_length(s.warehouse_code) > 500 then 'value_too_long'
            end as warehouse_code_fault,
            case
                when char_length(s.site_code) > 500 then 'value_too_long'
            end as site_code_fault,
            case
                when pg_catalog.lower(s.allow_negative_stock) not in ('true', 'false') then 'bad_boolean'
            end as allow_negative_stock_fault,
            case
                when pg_catalog.lower(s.check_location) not in ('true', 'false') then 'bad_boolean'
            end as check_location_fault,
            case
                when s.valid_until !~ '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$' then 'bad_date'
                when s.valid_until like '0000%' then 'bad_date'
                when right(s.valid_until, 2)::integer
                    > extract(day from (left(s.valid_until, 8) || '01')::date + interval '1 month -1 day')
                    then 'bad_date'
            end as valid_until_fault,
            case
                when pg_catalog.lower(s.deletion) not in ('true', 'false') then 'bad_boolean'
            end as deletion_fault
        from (
            select
                r.ordinal,
                r.parent,
                r.place,
                r.cells,
                array['warehouse_code', 'description', 'site_code', 'allow_negative_stock', 'check_location',
                'valid_until', 'delete', 'company_id'] as known,
                nullif(r.cells ->> 'warehouse_code', '') as warehouse_code,
                nullif(r.cells ->> 'description', '') as description,
                nullif(r.cells ->> 'site_code', '') as site_code,
                nullif(r.cells ->> 'allow_negative_stock', '') as allow_negative_stock,
                nullif(r.cells ->> 'check_location', '') as check_location,
                nullif(r.cells ->> 'valid_until', '') as valid_until,
                nullif(r.cells ->> 'delete', '') as deletion
            from
                unnest(
                    erp_internal.doubtful_rows(
                        p_rows,
                        '^(?:[{]'
                || '(?:"delete": (?:"?(?:true|false)"?|null|"")(?:, |}))?'
                || '(?:"site_code": (?:"[^"\\]+"|[-0-9.]+|true|false|null|"")(?:, |}))?'
                || '(?:"company_id": (?:"[^"\\]+"|[-0-9.]+|true|false|null|"")(?:, |}))?'
                || '(?:"description": (?:"[^"\\]+"|[-0-9.]+|true|false|null|"")(?:, |}))?'
                || '(?:"valid_until": (?:"?(?:[29][0-9]{3}-((0[1-9]|1[0-2])-([01][1-9]|10|2[0-8])|(0[13-9]|1[0-2])-'
                || '(29|30)|(0[13578]|1[02])-31))"?|null|"")(?:, |}))?'
                || '(?:"check_location": (?:"?(?:true|false)"?|null|"")(?:, |}))?'
                || '"warehouse_code": (?:"[^"\\]+"|[-0-9.]+|true|false)(?:, |})'
                || '(?:"allow_negative_stock": (?:"?(?:true|false)"?|null|"")(?:, |}))?'
                || ')*$'
                    )
                ) as r
            offset 0
        ) as s
        where
            (
                s.cells - s.known <> '{}'
                or s.warehouse_code is null
                or s.warehouse_code like '{%' or s.warehouse_code like '[%'
                or s.description like '{%' or s.description like '[%'
                or s.site_code like '{%' or s.site_code like '[%'
                or s.cells ->> 'company_id' like '{%' or s.cells ->> 'company_id' like '[%'
                or octet_length(s.warehouse_code) > 500
                or octet_length(s.site_code) > 500
                or s.allow_negative_stock not in ('true', 'false')
                or s.check_location not in ('true', 'false')
                or s.deletion not in ('true', 'false')
                or s.valid_until
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
        ('site_code', s.site_code, s.site_code_fault, '500'),
        ('allow_negative_stock', s.allow_negative_stock, s.allow_negative_stock_fault, null),
        ('check_location', s.check_location, s.check_location_fault, null),
        ('valid_until', s.valid_until, s.valid_until_fault, null),
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
