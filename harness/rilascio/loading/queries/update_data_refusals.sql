-- Rows of master data with a fault, and those of orders that belong to none that is sent.
insert into answer (kind, file_line, key, outcome, reasons)
select distinct
    r.kind,
    r.file_line,
    r.key,
    'refused' as outcome,
    '[]'::jsonb as reasons
from row_fault as f
inner join file_row as r on r.kind = f.kind and r.file_line = f.file_line
left join order_head as o on r.kind = any(%(order_kinds)s) and o.key = r.key[1:3]
where o.key is null
