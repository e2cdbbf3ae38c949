-- Rows of master data with a fault, and those of documents that belong to none that is sent.
insert into answer (kind, file_line, key, outcome, reasons)
select distinct
    r.kind,
    r.file_line,
    r.key,
    'refused' as outcome,
    '[]'::jsonb as reasons
from row_fault as f
inner join file_row as r on r.kind = f.kind and r.file_line = f.file_line
inner join file_kind as k on k.kind = r.kind
left join document_head as d on d.head = k.head and d.key = r.key[1:3]
where d.key is null
