-- Documents with a fault in one of their rows: they are refused as a whole.
insert into answer (kind, file_line, key, outcome, reasons)
select
    d.head as kind,
    d.file_line,
    d.key,
    'refused' as outcome,
    '[]' as reasons
from document_head as d
where
    (d.head, d.key) in (
        select
            k.head,
            r.key[1:3] as key
        from row_fault as f
        inner join file_row as r on r.kind = f.kind and r.file_line = f.file_line
        inner join file_kind as k on k.kind = r.kind
        where k.head is not null
    )
