-- requires: internal/data/doubtful_rows
-- noqa: disable=LT02
-- Tells which cells of sent rows hold no value of their column, and which keys the kind does not know:
-- warehouse_rule.
-- Only rows that may have such a cell are looked at closely: a pattern tells of many rows at once that they have none,
-- then conditions that are cheap.
-- Written by `make docs` from the description of the load format (rilascio.loading.files).
create or replace function erp_internal.check_warehouse_rule_cells(p_rows erp_internal.sent_row[])
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
                when s.level is null then 'value_required'
                when s.level not in ('company', 'site', 'item') then 'unknown_word'
            end as level_fault,
            case
                when char_length(s.site_code) > 500 then 'value_too_long'
            end as site_code_fault,
            case
                when char_length(s.item_code) > 500 then 'value_too_long'
            end as item_code_fault,
            case
                when s.section is null then 'value_required'
                when s.section not in ('raw_material', 'semi_finished', 'finished', 'scrap', 'wip')
                    then 'unknown_word'
            end as section_fault,
            case
                when char_length(s.warehouse_code) > 500 then 'value_too_long'
            end as warehouse_code_fault,
            case
                when char_length(s.issue_reason_code) > 500 then 'value_too_long'
            end as issue_reason_code_fault,
            case
                when char_length(s.semi_finished_issue_reason_code) > 500 then 'value_too_long'
            end as semi_finished_issue_reason_code_fault,
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
                r.cells,
                array['level', 'site_code', 'item_code', 'section', 'warehouse_code', 'issue_reason_code',
                'semi_finished_issue_reason_code', 'load_reason_code', 'delete', 'company_id'] as known,
                nullif(r.cells ->> 'level', '') as level,
                nullif(r.cells ->> 'site_code', '') as site_code,
                nullif(r.cells ->> 'item_code', '') as item_code,
                nullif(r.cells ->> 'section', '') as section,
                nullif(r.cells ->> 'warehouse_code', '') as warehouse_code,
                nullif(r.cells ->> 'issue_reason_code', '') as issue_reason_code,
                nullif(r.cells ->> 'semi_finished_issue_reason_code', '') as semi_finished_issue_reason_code,
                nullif(r.cells ->> 'load_reason_code', '') as load_reason_code,
                nullif(r.cells ->> 'delete', '') as deletion
            from
                unnest(
                    erp_internal.doubtful_rows(
                        p_rows,
                        '^(?:[{]'
                || '"level": (?:"(?:company|site|item)")(?:, |})'
                || '(?:"delete": (?:"?(?:true|false)"?|null|"")(?:, |}))?'
                || '"section": (?:"(?:raw_material|semi_finished|finished|scrap|wip)")(?:, |})'
                || '(?:"item_code": (?:"[^"\\]+"|[-0-9.]+|true|false|null|"")(?:, |}))?'
                || '(?:"site_code": (?:"[^"\\]+"|[-0-9.]+|true|false|null|"")(?:, |}))?'
                || '(?:"company_id": (?:"[^"\\]+"|[-0-9.]+|true|false|null|"")(?:, |}))?'
                || '(?:"warehouse_code": (?:"[^"\\]+"|[-0-9.]+|true|false|null|"")(?:, |}))?'
                || '(?:"load_reason_code": (?:"[^"\\]+"|[-0-9.]+|true|false|null|"")(?:, |}))?'
                || '(?:"issue_reason_code": (?:"[^"\\]+"|[-0-9.]+|true|false|null|"")(?:, |}))?'
                || '(?:"semi_finished_issue_reason_code": (?:"[^"\\]+"|[-0-9.]+|true|false|null|"")(?:, |}))?'
                || ')*$'
                    )
                ) as r
            offset 0
        ) as s
        where
            (
                s.cells - s.known <> '{}'
                or s.level is null
                or s.section is null
                or s.site_code like '{%' or s.site_code like '[%'
                or s.item_code like '{%' or s.item_code like '[%'
                or s.warehouse_code like '{%' or s.warehouse_code like '[%'
                or s.issue_reason_code like '{%' or s.issue_reason_code like '[%'
                or s.semi_finished_issue_reason_code like '{%' or s.semi_finished_issue_reason_code like '[%'
                or s.load_reason_code like '{%' or s.load_reason_code like '[%'
                or s.cells ->> 'company_id' like '{%' or s.cells ->> 'company_id' like '[%'
                or s.level not in ('company', 'site', 'item')
                or octet_length(s.site_code) > 500
                or octet_length(s.item_code) > 500
                or s.section not in ('raw_material', 'semi_finished', 'finished', 'scrap', 'wip')
                or octet_length(s.warehouse_code) > 500
                or octet_length(s.issue_reason_code) > 500
                or octet_length(s.semi_finished_issue_reason_code) > 500
                or octet_length(s.load_reason_code) > 500
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
        ('level', s.level, s.level_fault, 'company, site, item'),
        ('site_code', s.site_code, s.site_code_fault, '500'),
        ('item_code', s.item_code, s.item_code_fault, '500'),
        ('section', s.section, s.section_fault, 'raw_material, semi_finished, finished, scrap, wip'),
        ('warehouse_code', s.warehouse_code, s.warehouse_code_fault, '500'),
        ('issue_reason_code', s.issue_reason_code, s.issue_reason_code_fault, '500'),
        (
            'semi_finished_issue_reason_code',
            s.semi_finished_issue_reason_code,
            s.semi_finished_issue_reason_code_fault,
            '500'
        ),
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
