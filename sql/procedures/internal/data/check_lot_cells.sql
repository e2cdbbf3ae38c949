-- requires: internal/data/doubtful_rows
-- noqa: disable=LT02
-- Tells which cells of sent rows hold no value of their column, and which keys the kind does not know:
-- lot.
-- Only rows that may have such a cell are looked at closely: a pattern tells of many rows at once that they have none,
-- then conditions that are cheap.
-- Written by `make docs` from the description of the load format (rilascio.loading.files).
create or replace function erp_internal.check_lot_cells(p_rows erp_internal.sent_row[])
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
                when s.item_code is null then 'value_required'
                when char_length(s.item_code) > 500 then 'value_too_long'
            end as item_code_fault,
            case
                when char_length(s.variant_code) > 500 then 'value_too_long'
            end as variant_code_fault,
            case
                when s.lot_code is null then 'value_required'
                when char_length(s.lot_code) > 500 then 'value_too_long'
            end as lot_code_fault,
            case
                when s.start_date !~ '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$' then 'bad_date'
                when s.start_date like '0000%' then 'bad_date'
                when right(s.start_date, 2)::integer
                    > extract(day from (left(s.start_date, 8) || '01')::date + interval '1 month -1 day')
                    then 'bad_date'
            end as start_date_fault,
            case
                when s.expiry_date !~ '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$' then 'bad_date'
                when s.expiry_date like '0000%' then 'bad_date'
                when right(s.expiry_date, 2)::integer
                    > extract(day from (left(s.expiry_date, 8) || '01')::date + interval '1 month -1 day')
                    then 'bad_date'
            end as expiry_date_fault,
            case
                when s.state not in ('available', 'unavailable') then 'unknown_word'
            end as state_fault,
            case
                when pg_catalog.lower(s.sellable) not in ('true', 'false') then 'bad_boolean'
            end as sellable_fault,
            case
                when pg_catalog.lower(s.closed) not in ('true', 'false') then 'bad_boolean'
            end as closed_fault,
            case
                when pg_catalog.lower(s.deletion) not in ('true', 'false') then 'bad_boolean'
            end as deletion_fault
        from (
            select
                r.ordinal,
                r.parent,
                r.place,
                r.cells,
                array['item_code', 'variant_code', 'lot_code', 'start_date', 'expiry_date', 'state', 'sellable',
                'closed', 'delete', 'company_id'] as known,
                nullif(r.cells ->> 'item_code', '') as item_code,
                nullif(r.cells ->> 'variant_code', '') as variant_code,
                nullif(r.cells ->> 'lot_code', '') as lot_code,
                nullif(r.cells ->> 'start_date', '') as start_date,
                nullif(r.cells ->> 'expiry_date', '') as expiry_date,
                nullif(r.cells ->> 'state', '') as state,
                nullif(r.cells ->> 'sellable', '') as sellable,
                nullif(r.cells ->> 'closed', '') as closed,
                nullif(r.cells ->> 'delete', '') as deletion
            from
                unnest(
                    erp_internal.doubtful_rows(
                        p_rows,
                        '^(?:[{]'
                || '(?:"state": (?:"(?:available|unavailable)"|null|"")(?:, |}))?'
                || '(?:"closed": (?:"?(?:true|false)"?|null|"")(?:, |}))?'
                || '(?:"delete": (?:"?(?:true|false)"?|null|"")(?:, |}))?'
                || '"lot_code": (?:"[^"\\]+"|[-0-9.]+|true|false)(?:, |})'
                || '(?:"sellable": (?:"?(?:true|false)"?|null|"")(?:, |}))?'
                || '"item_code": (?:"[^"\\]+"|[-0-9.]+|true|false)(?:, |})'
                || '(?:"company_id": (?:"[^"\\]+"|[-0-9.]+|true|false|null|"")(?:, |}))?'
                || '(?:"start_date": (?:"?(?:[29][0-9]{3}-((0[1-9]|1[0-2])-([01][1-9]|10|2[0-8])|(0[13-9]|1[0-2])-'
                || '(29|30)|(0[13578]|1[02])-31))"?|null|"")(?:, |}))?'
                || '(?:"expiry_date": (?:"?(?:[29][0-9]{3}-((0[1-9]|1[0-2])-([01][1-9]|10|2[0-8])|(0[13-9]|1[0-2])-'
                || '(29|30)|(0[13578]|1[02])-31))"?|null|"")(?:, |}))?'
                || '(?:"variant_code": (?:"[^"\\]+"|[-0-9.]+|true|false|null|"")(?:, |}))?'
                || ')*$'
                    )
                ) as r
            offset 0
        ) as s
        where
            (
                s.cells - s.known <> '{}'
                or s.item_code is null
                or s.lot_code is null
                or s.item_code like '{%' or s.item_code like '[%'
                or s.variant_code like '{%' or s.variant_code like '[%'
                or s.lot_code like '{%' or s.lot_code like '[%'
                or s.cells ->> 'company_id' like '{%' or s.cells ->> 'company_id' like '[%'
                or octet_length(s.item_code) > 500
                or octet_length(s.variant_code) > 500
                or octet_length(s.lot_code) > 500
                or s.state not in ('available', 'unavailable')
                or s.sellable not in ('true', 'false')
                or s.closed not in ('true', 'false')
                or s.deletion not in ('true', 'false')
                or s.start_date
                !~ '^[29][0-9]{3}-((0[1-9]|1[0-2])-([01][1-9]|10|2[0-8])|(0[13-9]|1[0-2])-(29|30)|(0[13578]|1[02])-31)$'
                or s.expiry_date
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
        ('item_code', s.item_code, s.item_code_fault, '500'),
        ('variant_code', s.variant_code, s.variant_code_fault, '500'),
        ('lot_code', s.lot_code, s.lot_code_fault, '500'),
        ('start_date', s.start_date, s.start_date_fault, null),
        ('expiry_date', s.expiry_date, s.expiry_date_fault, null),
        ('state', s.state, s.state_fault, 'available, unavailable'),
        ('sellable', s.sellable, s.sellable_fault, null),
        ('closed', s.closed, s.closed_fault, null),
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
