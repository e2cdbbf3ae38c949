-- The stock documents that are sent: those of stock_document.csv, or, without that file, those that lines name.
insert into document_head (head, key, kind, file_line, cells)
select
    'stock_document' as head,
    r.key,
    r.kind,
    r.file_line,
    r.cells
from file_row as r
where
    r.kind = 'stock_document' and r.keyed
    and not exists (
        select
        from row_fault as f
        where f.kind = r.kind and f.file_line = r.file_line and f.code = 'duplicate_key'
    )
union all
select
    'stock_document' as head,
    r.key,
    r.kind,
    r.file_line,
    r.cells
from (
    select distinct on (r.key)
        r.key,
        r.kind,
        r.file_line,
        jsonb_build_object('document_key', r.key[1]) as cells
    from file_row as r
    where r.keyed and not %(has_stock)s and r.kind = 'stock_document_line'
    order by r.key, r.file_line
) as r
