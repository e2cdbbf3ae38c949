-- requires: internal/data/doubtful_rows
-- noqa: disable=LT02
-- Tells which cells of sent rows hold no value of their column, and which keys the kind does not know:
-- production_order_material.
-- Only rows that may have such a cell are looked at closely: a pattern tells of many rows at once that they have none,
-- then conditions that are cheap.
-- Written by `make docs` from the description of the load format (rilascio.loading.files).
create or replace function erp_internal.check_production_order_material_cells(p_rows erp_internal.sent_row[])
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
                when s.line is null then 'value_required'
                when s.line !~ '^[+-]?[0-9]+$' then 'bad_integer'
                when length(s.line) > 500 then 'out_of_range'
                when not (s.line::numeric >= -2147483648 and s.line::numeric <= 2147483647 and s.line::numeric >= 1)
                    then 'out_of_range'
            end as line_fault,
            case
                when char_length(s.item_code) > 500 then 'value_too_long'
            end as item_code_fault,
            case
                when char_length(s.variant_code) > 500 then 'value_too_long'
            end as variant_code_fault,
            case
                when s.unit_quantity !~ '^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)$' then 'bad_number'
                when length(s.unit_quantity) > 500 then 'out_of_range'
                when not (s.unit_quantity::numeric > -1e15 and s.unit_quantity::numeric < 1e15)
                    then 'out_of_range'
            end as unit_quantity_fault,
            case
                when pg_catalog.lower(s.fixed) not in ('true', 'false') then 'bad_boolean'
            end as fixed_fault,
            case
                when s.scrap_percent !~ '^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)$' then 'bad_number'
                when length(s.scrap_percent) > 500 then 'out_of_range'
                when not (s.scrap_percent::numeric >= 0 and s.scrap_percent::numeric < 1e6) then 'out_of_range'
            end as scrap_percent_fault,
            case
                when s.picked_quantity !~ '^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)$' then 'bad_number'
                when length(s.picked_quantity) > 500 then 'out_of_range'
                when not (s.picked_quantity::numeric >= 0 and s.picked_quantity::numeric < 1e15)
                    then 'out_of_range'
            end as picked_quantity_fault,
            case
                when pg_catalog.lower(s.movable) not in ('true', 'false') then 'bad_boolean'
            end as movable_fault,
            case
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
                when char_length(s.warehouse_code) > 500 then 'value_too_long'
            end as warehouse_code_fault,
            case
                when char_length(s.reason_code) > 500 then 'value_too_long'
            end as reason_code_fault,
            case
                when char_length(s.location_code) > 500 then 'value_too_long'
            end as location_code_fault,
            case
                when s.priority !~ '^[+-]?[0-9]+$' then 'bad_integer'
                when length(s.priority) > 500 then 'out_of_range'
                when not (s.priority::numeric >= -2147483648 and s.priority::numeric <= 2147483647)
                    then 'out_of_range'
            end as priority_fault
        from (
            select
                r.ordinal,
                r.parent,
                r.place,
                r.cells - array['material_lots'] as cells,
                array['line', 'item_code', 'variant_code', 'unit_quantity', 'fixed', 'scrap_percent',
                'picked_quantity', 'movable', 'phase', 'sub_phase', 'warehouse_code', 'reason_code',
                'location_code', 'priority', 'company_id', 'material_lots'] as known,
                nullif(r.cells ->> 'line', '') as line,
                nullif(r.cells ->> 'item_code', '') as item_code,
                nullif(r.cells ->> 'variant_code', '') as variant_code,
                nullif(r.cells ->> 'unit_quantity', '') as unit_quantity,
                nullif(r.cells ->> 'fixed', '') as fixed,
                nullif(r.cells ->> 'scrap_percent', '') as scrap_percent,
                nullif(r.cells ->> 'picked_quantity', '') as picked_quantity,
                nullif(r.cells ->> 'movable', '') as movable,
                nullif(r.cells ->> 'phase', '') as phase,
                nullif(r.cells ->> 'sub_phase', '') as sub_phase,
                nullif(r.cells ->> 'warehouse_code', '') as warehouse_code,
                nullif(r.cells ->> 'reason_code', '') as reason_code,
                nullif(r.cells ->> 'location_code', '') as location_code,
                nullif(r.cells ->> 'priority', '') as priority
            from
                unnest(
                    erp_internal.doubtful_rows(
                        p_rows,
                        '^(?:[{]'
                || '"line": (?:"?(?:[1-9][0-9]{0,8})"?)(?:, |})'
                || '(?:"fixed": (?:"?(?:true|false)"?|null|"")(?:, |}))?'
                || '(?:"phase": (?:"?(?:[+-]?[0-9]{1,9})"?|null|"")(?:, |}))?'
                || '(?:"movable": (?:"?(?:true|false)"?|null|"")(?:, |}))?'
                || '(?:"priority": (?:"?(?:[+-]?[0-9]{1,9})"?|null|"")(?:, |}))?'
                || '(?:"item_code": (?:"[^"\\]+"|[-0-9.]+|true|false|null|"")(?:, |}))?'
                || '(?:"sub_phase": (?:"?(?:[+-]?[0-9]{1,9})"?|null|"")(?:, |}))?'
                || '(?:"company_id": (?:"[^"\\]+"|[-0-9.]+|true|false|null|"")(?:, |}))?'
                || '(?:"reason_code": (?:"[^"\\]+"|[-0-9.]+|true|false|null|"")(?:, |}))?'
                || '(?:"variant_code": (?:"[^"\\]+"|[-0-9.]+|true|false|null|"")(?:, |}))?'
                || '(?:"location_code": (?:"[^"\\]+"|[-0-9.]+|true|false|null|"")(?:, |}))?'
                || '(?:"material_lots": (?:[0-9]+|null|"")(?:, |}))?'
                || '(?:"scrap_percent": (?:"?(?:[0-9]{1,6}([.][0-9]{1,40})?)"?|null|"")(?:, |}))?'
                || '(?:"unit_quantity": (?:"?(?:[+-]?[0-9]{1,14}([.][0-9]{1,40})?)"?|null|"")(?:, |}))?'
                || '(?:"warehouse_code": (?:"[^"\\]+"|[-0-9.]+|true|false|null|"")(?:, |}))?'
                || '(?:"picked_quantity": (?:"?(?:[0-9]{1,14}([.][0-9]{1,40})?)"?|null|"")(?:, |}))?'
                || ')*$'
                    )
                ) as r
            offset 0
        ) as s
        where
            (
                s.cells - s.known <> '{}'
                or s.line is null
                or s.item_code like '{%' or s.item_code like '[%'
                or s.variant_code like '{%' or s.variant_code like '[%'
                or s.warehouse_code like '{%' or s.warehouse_code like '[%'
                or s.reason_code like '{%' or s.reason_code like '[%'
                or s.location_code like '{%' or s.location_code like '[%'
                or s.cells ->> 'company_id' like '{%' or s.cells ->> 'company_id' like '[%'
                or octet_length(s.item_code) > 500
                or octet_length(s.variant_code) > 500
                or s.fixed not in ('true', 'false')
                or s.movable not in ('true', 'false')
                or octet_length(s.warehouse_code) > 500
                or octet_length(s.reason_code) > 500
                or octet_length(s.location_code) > 500
                or s.line !~ '^[1-9][0-9]{0,8}$'
                or s.unit_quantity !~ '^[+-]?[0-9]{1,14}([.][0-9]{1,40})?$'
                or s.scrap_percent !~ '^[0-9]{1,6}([.][0-9]{1,40})?$'
                or s.picked_quantity !~ '^[0-9]{1,14}([.][0-9]{1,40})?$'
                or concat_ws(',', s.phase, s.sub_phase, s.priority) !~ '^([+-]?[0-9]{1,9})?(,[+-]?[0-9]{1,9})*$'
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
        ('line', s.line, s.line_fault, '>= -2147483648 and <= 2147483647 and >= 1'),
        ('item_code', s.item_code, s.item_code_fault, '500'),
        ('variant_code', s.variant_code, s.variant_code_fault, '500'),
        ('unit_quantity', s.unit_quantity, s.unit_quantity_fault, '> -1e15 and < 1e15'),
        ('fixed', s.fixed, s.fixed_fault, null),
        ('scrap_percent', s.scrap_percent, s.scrap_percent_fault, '>= 0 and < 1e6'),
        ('picked_quantity', s.picked_quantity, s.picked_quantity_fault, '>= 0 and < 1e15'),
        ('movable', s.movable, s.movable_fault, null),
        ('phase', s.phase, s.phase_fault, '>= -2147483648 and <= 2147483647'),
        ('sub_phase', s.sub_phase, s.sub_phase_fault, '>= -2147483648 and <= 2147483647'),
        ('warehouse_code', s.warehouse_code, s.warehouse_code_fault, '500'),
        ('reason_code', s.reason_code, s.reason_code_fault, '500'),
        ('location_code', s.location_code, s.location_code_fault, '500'),
        ('priority', s.priority, s.priority_fault, '>= -2147483648 and <= 2147483647')
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
