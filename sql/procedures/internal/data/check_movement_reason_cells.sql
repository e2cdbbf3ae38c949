-- requires: internal/data/doubtful_rows
-- noqa: disable=LT02
-- Tells which cells of sent rows hold no value of their column, and which keys the kind does not know:
-- movement_reason.
-- Only rows that may have such a cell are looked at closely: a pattern tells of many rows at once that they have none,
-- then conditions that are cheap.
-- Written by `make docs` from the description of the load format (rilascio.loading.files).
create or replace function erp_internal.check_movement_reason_cells(p_rows erp_internal.sent_row[])
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
                when s.reason_code is null then 'value_required'
                when char_length(s.reason_code) > 3 then 'value_too_long'
            end as reason_code_fault,
            case
                when s.direction not in ('load', 'issue') then 'unknown_word'
            end as direction_fault,
            case
                when pg_catalog.lower(s.usable_in_production) not in ('true', 'false') then 'bad_boolean'
            end as usable_in_production_fault,
            case
                when pg_catalog.lower(s.allow_unavailable_lots) not in ('true', 'false') then 'bad_boolean'
            end as allow_unavailable_lots_fault,
            case
                when char_length(s.counterpart_warehouse_code) > 500 then 'value_too_long'
            end as counterpart_warehouse_code_fault,
            case
                when char_length(s.counterpart_reason_code) > 500 then 'value_too_long'
            end as counterpart_reason_code_fault,
            case
                when char_length(s.default_location_code) > 500 then 'value_too_long'
            end as default_location_code_fault,
            case
                when pg_catalog.lower(s.deletion) not in ('true', 'false') then 'bad_boolean'
            end as deletion_fault
        from (
            select
                r.ordinal,
                r.parent,
                r.place,
                r.cells,
                array['warehouse_code', 'reason_code', 'description', 'direction', 'usable_in_production',
                'allow_unavailable_lots', 'counterpart_warehouse_code', 'counterpart_reason_code',
                'default_location_code', 'delete', 'company_id'] as known,
                nullif(r.cells ->> 'warehouse_code', '') as warehouse_code,
                nullif(r.cells ->> 'reason_code', '') as reason_code,
                nullif(r.cells ->> 'description', '') as description,
                nullif(r.cells ->> 'direction', '') as direction,
                nullif(r.cells ->> 'usable_in_production', '') as usable_in_production,
                nullif(r.cells ->> 'allow_unavailable_lots', '') as allow_unavailable_lots,
                nullif(r.cells ->> 'counterpart_warehouse_code', '') as counterpart_warehouse_code,
                nullif(r.cells ->> 'counterpart_reason_code', '') as counterpart_reason_code,
                nullif(r.cells ->> 'default_location_code', '') as default_location_code,
                nullif(r.cells ->> 'delete', '') as deletion
            from
                unnest(
                    erp_internal.doubtful_rows(
                        p_rows,
                        '^(?:[{]'
                || '(?:"delete": (?:"?(?:true|false)"?|null|"")(?:, |}))?'
                || '(?:"direction": (?:"(?:load|issue)"|null|"")(?:, |}))?'
                || '(?:"company_id": (?:"[^"\\]+"|[-0-9.]+|true|false|null|"")(?:, |}))?'
                || '(?:"description": (?:"[^"\\]+"|[-0-9.]+|true|false|null|"")(?:, |}))?'
                || '"reason_code": (?:"[^"\\]{1,3}")(?:, |})'
                || '"warehouse_code": (?:"[^"\\]+"|[-0-9.]+|true|false)(?:, |})'
                || '(?:"usable_in_production": (?:"?(?:true|false)"?|null|"")(?:, |}))?'
                || '(?:"default_location_code": (?:"[^"\\]+"|[-0-9.]+|true|false|null|"")(?:, |}))?'
                || '(?:"allow_unavailable_lots": (?:"?(?:true|false)"?|null|"")(?:, |}))?'
                || '(?:"counterpart_reason_code": (?:"[^"\\]+"|[-0-9.]+|true|false|null|"")(?:, |}))?'
                || '(?:"counterpart_warehouse_code": (?:"[^"\\]+"|[-0-9.]+|true|false|null|"")(?:, |}))?'
                || ')*$'
                    )
                ) as r
            offset 0
        ) as s
        where
            (
                s.cells - s.known <> '{}'
                or s.warehouse_code is null
                or s.reason_code is null
                or s.warehouse_code like '{%' or s.warehouse_code like '[%'
                or s.reason_code like '{%' or s.reason_code like '[%'
                or s.description like '{%' or s.description like '[%'
                or s.counterpart_warehouse_code like '{%' or s.counterpart_warehouse_code like '[%'
                or s.counterpart_reason_code like '{%' or s.counterpart_reason_code like '[%'
                or s.default_location_code like '{%' or s.default_location_code like '[%'
                or s.cells ->> 'company_id' like '{%' or s.cells ->> 'company_id' like '[%'
                or octet_length(s.warehouse_code) > 500
                or octet_length(s.reason_code) > 3
                or s.direction not in ('load', 'issue')
                or s.usable_in_production not in ('true', 'false')
                or s.allow_unavailable_lots not in ('true', 'false')
                or octet_length(s.counterpart_warehouse_code) > 500
                or octet_length(s.counterpart_reason_code) > 500
                or octet_length(s.default_location_code) > 500
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
        ('reason_code', s.reason_code, s.reason_code_fault, '3'),
        ('direction', s.direction, s.direction_fault, 'load, issue'),
        ('usable_in_production', s.usable_in_production, s.usable_in_production_fault, null),
        ('allow_unavailable_lots', s.allow_unavailable_lots, s.allow_unavailable_lots_fault, null),
        ('counterpart_warehouse_code', s.counterpart_warehouse_code, s.counterpart_warehouse_code_fault, '500'),
        ('counterpart_reason_code', s.counterpart_reason_code, s.counterpart_reason_code_fault, '500'),
        ('default_location_code', s.default_location_code, s.default_location_code_fault, '500'),
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
