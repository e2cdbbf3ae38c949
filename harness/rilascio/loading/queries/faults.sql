-- What was refused, in the words of the functions, as faults of the rows of the files: what stands at a place of a list
-- of a document stands at the line of its file. What was to be deleted stands at no line.
insert into row_fault (kind, file_line, column_name, code, reason)
select
    coalesce(w.kind, h.kind, a.kind) as kind,
    case when w.kind is null then a.file_line else w.file_line end as file_line,
    p.column_name,
    r.reason ->> 'code' as code,
    case
        when a.file_line is null
            then
                'no row for '
                || (
                    select string_agg(c.name || ' "' || left(c.value, 60) || '"', ', ' order by c.turn)
                    from unnest(k.key_columns, a.key) with ordinality as c (name, value, turn)
                )
                || ', which is not deleted: '
        else ''
    end
    || case
        when p.path is null then r.reason ->> 'message'
        else replace(r.reason ->> 'message', p.path, p.column_name)
    end as reason
from answer as a
cross join lateral jsonb_array_elements(a.reasons) as r (reason)
cross join
    lateral (
        select
            r.reason ->> 'column' as path,
            (r.reason ->> 'line')::integer as place,
            case
                when a.kind = 'stock_document' then 'lines'
                else (regexp_match(r.reason ->> 'column', '(?:^|[.])([a-z_]+)[.][a-z_]+$'))[1]
            end as list,
            (regexp_match(r.reason ->> 'column', '^materials[.]([0-9]+)[.]'))[1]::integer as parent,
            (regexp_match(r.reason ->> 'column', '[a-z_]+$'))[1] as column_name
    ) as p
left join file_kind as k on k.kind = a.kind
left join document_head as h on h.head = a.kind and h.key = a.key
left join list_row as w
    on
        h.head is not null and w.list = p.list and w.place = p.place and w.key[1:3] = a.key
        and w.parent is not distinct from p.parent and w.file_line is not null
-- where a fault was found before, what the functions make of it says the same twice
where
    not exists (
        select
        from row_fault as f
        where
            f.kind = coalesce(w.kind, h.kind, a.kind)
            and f.file_line = case when w.kind is null then a.file_line else w.file_line end
            and (f.column_name = p.column_name or (f.code = 'duplicate_key' and r.reason ->> 'code' = f.code))
    )
