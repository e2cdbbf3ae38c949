-- requires: internal/data/doubtful_rows
-- noqa: disable=LT02
-- Tells which cells of sent rows hold no value of their column, and which keys the kind does not know:
-- item.
-- Only rows that may have such a cell are looked at closely: a pattern tells of many rows at once that they have none,
-- then conditions that are cheap.
-- Written by `make docs` from the description of the load format (rilascio.loading.files).
create or replace function erp_internal.check_item_cells(p_rows erp_internal.sent_row[])
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
                when s.quantity_decimals !~ '^[+-]?[0-9]+$' then 'bad_integer'
                when length(s.quantity_decimals) > 500 then 'out_of_range'
                when not (s.quantity_decimals::numeric >= -2147483648
                    and s.quantity_decimals::numeric <= 2147483647
                    and s.quantity_decimals::numeric >= 0
                    and s.quantity_decimals::numeric <= 10)
                    then 'out_of_range'
            end as quantity_decimals_fault,
            case
                when s.tracking not in ('none', 'lot') then 'unknown_word'
            end as tracking_fault,
            case
                when s.lot_policy not in ('fifo', 'expiry', 'manual') then 'unknown_word'
            end as lot_policy_fault,
            case
                when s.expiry_block_days !~ '^[+-]?[0-9]+$' then 'bad_integer'
                when length(s.expiry_block_days) > 500 then 'out_of_range'
                when not (s.expiry_block_days::numeric >= -2147483648
                    and s.expiry_block_days::numeric <= 2147483647
                    and s.expiry_block_days::numeric >= 0
                    and s.expiry_block_days::numeric <= 100000)
                    then 'out_of_range'
            end as expiry_block_days_fault,
            case
                when pg_catalog.lower(s.phantom) not in ('true', 'false') then 'bad_boolean'
            end as phantom_fault,
            case
                when pg_catalog.lower(s.deletion) not in ('true', 'false') then 'bad_boolean'
            end as deletion_fault
        from (
            select
                r.ordinal,
                r.parent,
                r.place,
                r.cells,
                array['item_code', 'item_class', 'description', 'uom', 'quantity_decimals', 'tracking',
                'lot_policy', 'expiry_block_days', 'phantom', 'delete', 'company_id'] as known,
                nullif(r.cells ->> 'item_code', '') as item_code,
                nullif(r.cells ->> 'item_class', '') as item_class,
                nullif(r.cells ->> 'description', '') as description,
                nullif(r.cells ->> 'uom', '') as uom,
                nullif(r.cells ->> 'quantity_decimals', '') as quantity_decimals,
                nullif(r.cells ->> 'tracking', '') as tracking,
                nullif(r.cells ->> 'lot_policy', '') as lot_policy,
                nullif(r.cells ->> 'expiry_block_days', '') as expiry_block_days,
                nullif(r.cells ->> 'phantom', '') as phantom,
                nullif(r.cells ->> 'delete', '') as deletion
            from
                unnest(
                    erp_internal.doubtful_rows(
                        p_rows,
                        '^(?:[{]'
                || '(?:"uom": (?:"[^"\\]+"|[-0-9.]+|true|false|null|"")(?:, |}))?'
                || '(?:"delete": (?:"?(?:true|false)"?|null|"")(?:, |}))?'
                || '(?:"phantom": (?:"?(?:true|false)"?|null|"")(?:, |}))?'
                || '(?:"tracking": (?:"(?:none|lot)"|null|"")(?:, |}))?'
                || '"item_code": (?:"[^"\\]+"|[-0-9.]+|true|false)(?:, |})'
                || '(?:"company_id": (?:"[^"\\]+"|[-0-9.]+|true|false|null|"")(?:, |}))?'
                || '(?:"item_class": (?:"[^"\\]+"|[-0-9.]+|true|false|null|"")(?:, |}))?'
                || '(?:"lot_policy": (?:"(?:fifo|expiry|manual)"|null|"")(?:, |}))?'
                || '(?:"description": (?:"[^"\\]+"|[-0-9.]+|true|false|null|"")(?:, |}))?'
                || '(?:"expiry_block_days": (?:"?(?:[0-9]{1,5})"?|null|"")(?:, |}))?'
                || '(?:"quantity_decimals": (?:"?(?:([0-9]|10))"?|null|"")(?:, |}))?'
                || ')*$'
                    )
                ) as r
            offset 0
        ) as s
        where
            (
                s.cells - s.known <> '{}'
                or s.item_code is null
                or s.item_code like '{%' or s.item_code like '[%'
                or s.item_class like '{%' or s.item_class like '[%'
                or s.description like '{%' or s.description like '[%'
                or s.uom like '{%' or s.uom like '[%'
                or s.cells ->> 'company_id' like '{%' or s.cells ->> 'company_id' like '[%'
                or octet_length(s.item_code) > 500
                or s.tracking not in ('none', 'lot')
                or s.lot_policy not in ('fifo', 'expiry', 'manual')
                or s.phantom not in ('true', 'false')
                or s.deletion not in ('true', 'false')
                or s.quantity_decimals !~ '^([0-9]|10)$'
                or s.expiry_block_days !~ '^[0-9]{1,5}$'
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
        (
            'quantity_decimals',
            s.quantity_decimals,
            s.quantity_decimals_fault,
            '>= -2147483648 and <= 2147483647 and >= 0 and <= 10'
        ),
        ('tracking', s.tracking, s.tracking_fault, 'none, lot'),
        ('lot_policy', s.lot_policy, s.lot_policy_fault, 'fifo, expiry, manual'),
        (
            'expiry_block_days',
            s.expiry_block_days,
            s.expiry_block_days_fault,
            '>= -2147483648 and <= 2147483647 and >= 0 and <= 100000'
        ),
        ('phantom', s.phantom, s.phantom_fault, null),
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
