-- The lines of stock documents, each with its place.
insert into list_row (list, kind, key, parent, place, file_line, cells)
select
    'lines' as list,
    r.kind,
    r.key,
    null as parent,
    row_number() over (partition by r.key order by r.file_line) as place,
    r.file_line,
    r.cells - 'document_key' as cells
from file_row as r
inner join document_head as d on d.head = 'stock_document' and d.key = r.key
where r.kind = 'stock_document_line'
