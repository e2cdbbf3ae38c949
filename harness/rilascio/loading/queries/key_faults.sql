-- Keys without a value, and those parts of the key of another row, of an order or its material, that are no number: of
-- a row that belongs to none nothing else is asked.
insert into row_fault (kind, file_line, column_name, code, reason)
select
    r.kind,
    r.file_line,
    c.name as column_name,
    case when c.value is null then 'value_required' else 'bad_integer' end as code,
    case
        when c.value is null then format('Column %%s: a value is required.', c.name)
        else format('Column %%s: "%%s" is not a whole number.', c.name, left(c.value, 60))
    end as reason
from file_row as r
inner join file_kind as k on k.kind = r.kind
inner join file_kind as h on h.kind = k.head
cross join lateral unnest(coalesce(nullif(k.key_columns, '{}'), h.key_columns), r.key) as c (name, value)
where
    (c.value is null and not r.keyed)
    or (
        c.value !~ '^[+-]?[0-9]+$' and k.kind <> k.head
        and (
            c.name in ('order_year', 'order_number', 'order_lot')
            or (k.kind = 'material_lot' and c.name = 'line')
        )
    )
