-- requires: internal/data/doubtful_rows
-- noqa: disable=LT02
-- Tells which cells of sent rows hold no value of their column, and which keys the kind does not know:
-- location.
-- Only rows that may have such a cell are looked at closely: a pattern tells of many rows at once that they have none,
-- then conditions that are cheap.
-- Written by `make docs` from the description of the load format (rilascio.loading.files).
create or replace function erp_internal.check_location_cells(p_rows erp_internal.sent_row[])
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
                when s.location_code is null then 'value_required'
                when char_length(s.location_code) > 500 then 'value_too_long'
            end as location_code_fault,
            case
                when pg_catalog.lower(s.blocked) not in ('true', 'false') then 'bad_boolean'
            end as blocked_fault,
            case
                when pg_catalog.lower(s.deletion) not in ('true', 'false') then 'bad_boolean'
            end as deletion_fault
        from (
            select
                r.ordinal,
                r.parent,
                r.place,
                r.cells,
                array['warehouse_code', 'location_code', 'blocked', 'delete', 'company_id'] as known,
                nullif(r.cells ->> 'warehouse_code', '') as warehouse_code,
                nullif(r.cells ->> 'location_code', '') as location_code,
                nullif(r.cells ->> 'blocked', '') as blocked,
                nullif(r.cells ->> 'delete', '') as deletion
            from
                unnest(
                    erp_internal.doubtful_rows(
                        p_rows,
                        '^(?:[{]'
                || '(?:"delete": (?:"?(?:true|false)"?|null|"")(?:, |}))?'
                || '(?:"blocked": (?:"?(?:true|false)"?|null|"")(?:, |}))?'
                || '(?:"company_id": (?:"[^"\\]+"|[-0-9.]+|true|false|null|"")(?:, |}))?'
                || '"location_code": (?:"[^"\\]+"|[-0-9.]+|true|false)(?:, |})'
                || '"warehouse_code": (?:"[^"\\]+"|[-0-9.]+|true|false)(?:, |})'
                || ')*$'
                    )
                ) as r
            offset 0
        ) as s
        where
            (
                s.cells - s.known <> '{}'
                or s.warehouse_code is null
                or s.location_code is null
                or s.warehouse_code like '{%' or s.warehouse_code like '[%'
                or s.location_code like '{%' or s.location_code like '[%'
                or s.cells ->> 'company_id' like '{%' or s.cells ->> 'company_id' like '[%'
                or octet_length(s.warehouse_code) > 500
                or octet_length(s.location_code) > 500
                or s.blocked not in ('true', 'false')
                or s.deletion not in ('true', 'false')
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
        ('location_code', s.location_code, s.location_code_fault, '500'),
        ('blocked', s.blocked, s.blocked_fault, null),
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
