-- The stock documents with their lines. Those with a fault are not sent.
insert into stock_document (call, place, file_line, key, cells, weight)
select
    d.call,
    row_number() over (partition by d.call order by d.file_line) as place,
    d.file_line,
    d.key,
    d.cells || jsonb_build_object('lines', d.list) as cells,
    d.weight
from (
    select
        h.file_line,
        h.key,
        h.cells,
        coalesce(l.list, '[]') as list,
        1 + coalesce(l.row_count, 0) as weight,
        ((sum(1 + coalesce(l.row_count, 0)) over (order by h.file_line) - 1) / %(rows_per_call)s)::bigint as call
    from document_head as h
    left join (
        select
            r.key,
            count(*) as row_count,
            jsonb_agg(r.cells order by r.place) as list
        from list_row as r
        where r.list = 'lines'
        group by r.key
    ) as l on l.key = h.key
    where
        h.head = 'stock_document'
        and h.key not in (
            select a.key from answer as a
            where a.kind = 'stock_document'
        )
) as d
