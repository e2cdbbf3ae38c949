-- requires: internal/data/doubtful_rows
-- noqa: disable=LT02
-- Tells which cells of sent rows hold no value of their column, and which keys the kind does not know:
-- production_order_phase.
-- Only rows that may have such a cell are looked at closely: a pattern tells of many rows at once that they have none,
-- then conditions that are cheap.
-- Written by `make docs` from the description of the load format (rilascio.loading.files).
create or replace function erp_internal.check_production_order_phase_cells(p_rows erp_internal.sent_row[])
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
                when s.phase is null then 'value_required'
                when s.phase !~ '^[+-]?[0-9]+$' then 'bad_integer'
                when length(s.phase) > 500 then 'out_of_range'
                when not (s.phase::numeric >= -2147483648 and s.phase::numeric <= 2147483647)
                    then 'out_of_range'
            end as phase_fault,
            case
                when s.sub_phase !~ '^[+-]?[0-9]+$' then 'bad_integer'
                when length(s.sub_phase) > 500 then 'out_of_range'
                when not (s.sub_phase::numeric >= -2147483648 and s.sub_phase::numeric <= 2147483647)
                    then 'out_of_range'
            end as sub_phase_fault,
            case
                when char_length(s.machine_site_code) > 500 then 'value_too_long'
            end as machine_site_code_fault,
            case
                when pg_catalog.lower(s.external) not in ('true', 'false') then 'bad_boolean'
            end as external_fault,
            case
                when pg_catalog.lower(s.productive) not in ('true', 'false') then 'bad_boolean'
            end as productive_fault,
            case
                when pg_catalog.lower(s.movable) not in ('true', 'false') then 'bad_boolean'
            end as movable_fault
        from (
            select
                r.ordinal,
                r.parent,
                r.place,
                r.cells,
                array['phase', 'sub_phase', 'description', 'department', 'work_center', 'machine',
                'machine_site_code', 'external', 'productive', 'movable', 'company_id'] as known,
                nullif(r.cells ->> 'phase', '') as phase,
                nullif(r.cells ->> 'sub_phase', '') as sub_phase,
                nullif(r.cells ->> 'description', '') as description,
                nullif(r.cells ->> 'department', '') as department,
                nullif(r.cells ->> 'work_center', '') as work_center,
                nullif(r.cells ->> 'machine', '') as machine,
                nullif(r.cells ->> 'machine_site_code', '') as machine_site_code,
                nullif(r.cells ->> 'external', '') as external,
                nullif(r.cells ->> 'productive', '') as productive,
                nullif(r.cells ->> 'movable', '') as movable
            from
                unnest(
                    erp_internal.doubtful_rows(
                        p_rows,
                        '^(?:[{]'
                || '"phase": (?:"?(?:[+-]?[0-9]{1,9})"?)(?:, |})'
                || '(?:"machine": (?:"[^"\\]+"|[-0-9.]+|true|false|null|"")(?:, |}))?'
                || '(?:"movable": (?:"?(?:true|false)"?|null|"")(?:, |}))?'
                || '(?:"external": (?:"?(?:true|false)"?|null|"")(?:, |}))?'
                || '(?:"sub_phase": (?:"?(?:[+-]?[0-9]{1,9})"?|null|"")(?:, |}))?'
                || '(?:"company_id": (?:"[^"\\]+"|[-0-9.]+|true|false|null|"")(?:, |}))?'
                || '(?:"department": (?:"[^"\\]+"|[-0-9.]+|true|false|null|"")(?:, |}))?'
                || '(?:"productive": (?:"?(?:true|false)"?|null|"")(?:, |}))?'
                || '(?:"description": (?:"[^"\\]+"|[-0-9.]+|true|false|null|"")(?:, |}))?'
                || '(?:"work_center": (?:"[^"\\]+"|[-0-9.]+|true|false|null|"")(?:, |}))?'
                || '(?:"machine_site_code": (?:"[^"\\]+"|[-0-9.]+|true|false|null|"")(?:, |}))?'
                || ')*$'
                    )
                ) as r
            offset 0
        ) as s
        where
            (
                s.cells - s.known <> '{}'
                or s.phase is null
                or s.description like '{%' or s.description like '[%'
                or s.department like '{%' or s.department like '[%'
                or s.work_center like '{%' or s.work_center like '[%'
                or s.machine like '{%' or s.machine like '[%'
                or s.machine_site_code like '{%' or s.machine_site_code like '[%'
                or s.cells ->> 'company_id' like '{%' or s.cells ->> 'company_id' like '[%'
                or octet_length(s.machine_site_code) > 500
                or s.external not in ('true', 'false')
                or s.productive not in ('true', 'false')
                or s.movable not in ('true', 'false')
                or concat_ws(',', s.phase, s.sub_phase) !~ '^([+-]?[0-9]{1,9})?(,[+-]?[0-9]{1,9})*$'
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
        ('phase', s.phase, s.phase_fault, '>= -2147483648 and <= 2147483647'),
        ('sub_phase', s.sub_phase, s.sub_phase_fault, '>= -2147483648 and <= 2147483647'),
        ('machine_site_code', s.machine_site_code, s.machine_site_code_fault, '500'),
        ('external', s.external, s.external_fault, null),
        ('productive', s.productive, s.productive_fault, null),
        ('movable', s.movable, s.movable_fault, null)
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
