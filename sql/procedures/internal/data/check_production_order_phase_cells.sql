-- noqa: disable=LT02
-- Tells which cells of sent rows hold no value of their column, and which keys the kind does not know:
-- production_order_phase.
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
                nullif(r.cells ->> 'phase', '') as phase,
                nullif(r.cells ->> 'sub_phase', '') as sub_phase,
                nullif(r.cells ->> 'machine_site_code', '') as machine_site_code,
                nullif(r.cells ->> 'external', '') as external,
                nullif(r.cells ->> 'productive', '') as productive,
                nullif(r.cells ->> 'movable', '') as movable
            from unnest(p_rows) as r
            offset 0
        ) as s
        offset 0
    ) as s
    cross join lateral (
        values
        ('phase', s.phase, s.phase_fault, '>= -2147483648 and <= 2147483647'),
        ('sub_phase', s.sub_phase, s.sub_phase_fault, '>= -2147483648 and <= 2147483647'),
        ('machine_site_code', s.machine_site_code, s.machine_site_code_fault, '500'),
        ('external', s.external, s.external_fault, null),
        ('productive', s.productive, s.productive_fault, null),
        ('movable', s.movable, s.movable_fault, null)
    ) as f (column_name, cell, code, expected)
    where
        coalesce(s.phase_fault, s.sub_phase_fault, s.machine_site_code_fault, s.external_fault, s.productive_fault,
        s.movable_fault) is not null
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
            array['phase', 'sub_phase', 'description', 'department', 'work_center', 'machine', 'machine_site_code',
            'external', 'productive', 'movable', 'company_id'] as known
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
