-- Rows whose key stands in their file before.
insert into row_fault (kind, file_line, column_name, code, reason)
select
    x.kind,
    x.file_line,
    k.key_columns[cardinality(k.key_columns)] as column_name,
    'duplicate_key' as code,
    (
        select string_agg(v.name || ' "' || left(v.value, 60) || '"', ', ' order by v.turn)
        from unnest(k.key_columns, x.key) with ordinality as v (name, value, turn)
    ) || ' ' || format(%(repeated)s, f.first_line) as reason
from (
    select
        r.kind,
        r.key,
        min(r.file_line) as first_line
    from file_row as r
    inner join file_kind as c on c.kind = r.kind
    where r.keyed and c.key_columns <> '{}'
    group by r.kind, r.key
    having count(*) > 1
) as f
inner join file_row as x on x.kind = f.kind and x.key = f.key and x.file_line > f.first_line
inner join file_kind as k on k.kind = x.kind
