-- Orders to delete, unless a row of the files of orders was refused: it may be the one that looks absent.
insert into order_document (call, place, kind, file_line, key, cells, weight)
select
    d.call,
    row_number() over (partition by d.call order by d.key) as place,
    'production_order' as kind,
    null as file_line,
    d.key,
    d.cells,
    1 as weight
from (
    select
        r.*,
        coalesce((select max(c.call) + 1 from order_document as c), 0)
        + (row_number() over (order by r.key) - 1) / %(rows_per_call)s as call
    from absent_row as r
    where
        r.kind = 'production_order'
        and not exists (
            select from answer as a
            inner join file_kind as k on k.kind = a.kind
            where k.head = 'production_order' and a.outcome = 'refused'
        )
) as d
