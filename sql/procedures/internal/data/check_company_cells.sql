-- requires: internal/data/doubtful_rows, internal/lookups/is_time_zone
-- noqa: disable=LT02
-- Tells which cells of sent rows hold no value of their column, and which keys the kind does not know:
-- company.
-- Only rows that may have such a cell are looked at closely: a pattern tells of many rows at once that they have none,
-- then conditions that are cheap.
-- Written by `make docs` from the description of the load format (rilascio.loading.files).
create or replace function erp_internal.check_company_cells(p_rows erp_internal.sent_row[])
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
                when char_length(s.company_code) > 500 then 'value_too_long'
            end as company_code_fault,
            case
                when pg_catalog.lower(s.wip_management) not in ('true', 'false') then 'bad_boolean'
            end as wip_management_fault,
            case
                when pg_catalog.lower(s.split_on_shortage) not in ('true', 'false') then 'bad_boolean'
            end as split_on_shortage_fault,
            case
                when pg_catalog.lower(s.transfer_manual_to_wip) not in ('true', 'false') then 'bad_boolean'
            end as transfer_manual_to_wip_fault,
            case
                when pg_catalog.lower(s.allow_negative_stock) not in ('true', 'false') then 'bad_boolean'
            end as allow_negative_stock_fault,
            case
                when s.over_production_percent !~ '^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)$' then 'bad_number'
                when length(s.over_production_percent) > 500 then 'out_of_range'
                when not (s.over_production_percent::numeric >= 0 and s.over_production_percent::numeric < 1e6)
                    then 'out_of_range'
            end as over_production_percent_fault,
            case
                when pg_catalog.lower(s.note_required) not in ('true', 'false') then 'bad_boolean'
            end as note_required_fault,
            case
                when pg_catalog.lower(s.notify_runs) not in ('true', 'false') then 'bad_boolean'
            end as notify_runs_fault,
            case
                when not erp_internal.is_time_zone(s.time_zone) then 'unknown_time_zone'
            end as time_zone_fault,
            case
                when s.period_start !~ '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$'
                    then 'bad_date'
                when s.period_start like '0000%' then 'bad_date'
                when right(s.period_start, 2)::integer
                    > extract(day from (left(s.period_start, 8) || '01')::date + interval '1 month -1 day')
                    then 'bad_date'
            end as period_start_fault,
            case
                when s.period_end !~ '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$' then 'bad_date'
                when s.period_end like '0000%' then 'bad_date'
                when right(s.period_end, 2)::integer
                    > extract(day from (left(s.period_end, 8) || '01')::date + interval '1 month -1 day')
                    then 'bad_date'
            end as period_end_fault
        from (
            select
                r.ordinal,
                r.parent,
                r.place,
                r.cells,
                array['company_code', 'description', 'wip_management', 'split_on_shortage',
                'transfer_manual_to_wip', 'allow_negative_stock', 'over_production_percent', 'note_required',
                'notify_runs', 'time_zone', 'period_start', 'period_end', 'company_id'] as known,
                nullif(r.cells ->> 'company_code', '') as company_code,
                nullif(r.cells ->> 'description', '') as description,
                nullif(r.cells ->> 'wip_management', '') as wip_management,
                nullif(r.cells ->> 'split_on_shortage', '') as split_on_shortage,
                nullif(r.cells ->> 'transfer_manual_to_wip', '') as transfer_manual_to_wip,
                nullif(r.cells ->> 'allow_negative_stock', '') as allow_negative_stock,
                nullif(r.cells ->> 'over_production_percent', '') as over_production_percent,
                nullif(r.cells ->> 'note_required', '') as note_required,
                nullif(r.cells ->> 'notify_runs', '') as notify_runs,
                nullif(r.cells ->> 'time_zone', '') as time_zone,
                nullif(r.cells ->> 'period_start', '') as period_start,
                nullif(r.cells ->> 'period_end', '') as period_end
            from
                unnest(
                    erp_internal.doubtful_rows(
                        p_rows,
                        '^(?:[{]'
                || '(?:"time_zone": (?:null|null|"")(?:, |}))?'
                || '(?:"company_id": (?:"[^"\\]+"|[-0-9.]+|true|false|null|"")(?:, |}))?'
                || '(?:"period_end": (?:"?(?:[29][0-9]{3}-((0[1-9]|1[0-2])-([01][1-9]|10|2[0-8])|(0[13-9]|1[0-2])-'
                || '(29|30)|(0[13578]|1[02])-31))"?|null|"")(?:, |}))?'
                || '(?:"description": (?:"[^"\\]+"|[-0-9.]+|true|false|null|"")(?:, |}))?'
                || '(?:"notify_runs": (?:"?(?:true|false)"?|null|"")(?:, |}))?'
                || '(?:"company_code": (?:"[^"\\]+"|[-0-9.]+|true|false|null|"")(?:, |}))?'
                || '(?:"period_start": (?:"?(?:[29][0-9]{3}-((0[1-9]|1[0-2])-([01][1-9]|10|2[0-8])|(0[13-9]|1[0-'
                || '2])-(29|30)|(0[13578]|1[02])-31))"?|null|"")(?:, |}))?'
                || '(?:"note_required": (?:"?(?:true|false)"?|null|"")(?:, |}))?'
                || '(?:"wip_management": (?:"?(?:true|false)"?|null|"")(?:, |}))?'
                || '(?:"split_on_shortage": (?:"?(?:true|false)"?|null|"")(?:, |}))?'
                || '(?:"allow_negative_stock": (?:"?(?:true|false)"?|null|"")(?:, |}))?'
                || '(?:"transfer_manual_to_wip": (?:"?(?:true|false)"?|null|"")(?:, |}))?'
                || '(?:"over_production_percent": (?:"?(?:[0-9]{1,6}([.][0-9]{1,40})?)"?|null|"")(?:, |}))?'
                || ')*$'
                    )
                ) as r
            offset 0
        ) as s
        where
            (
                s.cells - s.known <> '{}'
                or s.company_code like '{%' or s.company_code like '[%'
                or s.description like '{%' or s.description like '[%'
                or s.time_zone like '{%' or s.time_zone like '[%'
                or s.cells ->> 'company_id' like '{%' or s.cells ->> 'company_id' like '[%'
                or octet_length(s.company_code) > 500
                or s.wip_management not in ('true', 'false')
                or s.split_on_shortage not in ('true', 'false')
                or s.transfer_manual_to_wip not in ('true', 'false')
                or s.allow_negative_stock not in ('true', 'false')
                or s.note_required not in ('true', 'false')
                or s.notify_runs not in ('true', 'false')
                or s.time_zone is not null
                or s.over_production_percent !~ '^[0-9]{1,6}([.][0-9]{1,40})?$'
                or s.period_start
                !~ '^[29][0-9]{3}-((0[1-9]|1[0-2])-([01][1-9]|10|2[0-8])|(0[13-9]|1[0-2])-(29|30)|(0[13578]|1[02])-31)$'
                or s.period_end
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
        ('company_code', s.company_code, s.company_code_fault, '500'),
        ('wip_management', s.wip_management, s.wip_management_fault, null),
        ('split_on_shortage', s.split_on_shortage, s.split_on_shortage_fault, null),
        ('transfer_manual_to_wip', s.transfer_manual_to_wip, s.transfer_manual_to_wip_fault, null),
        ('allow_negative_stock', s.allow_negative_stock, s.allow_negative_stock_fault, null),
        ('over_production_percent', s.over_production_percent, s.over_production_percent_fault, '>= 0 and < 1e6'),
        ('note_required', s.note_required, s.note_required_fault, null),
        ('notify_runs', s.notify_runs, s.notify_runs_fault, null),
        ('time_zone', s.time_zone, s.time_zone_fault, null),
        ('period_start', s.period_start, s.period_start_fault, null),
        ('period_end', s.period_end, s.period_end_fault, null)
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
