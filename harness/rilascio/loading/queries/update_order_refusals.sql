-- Orders with a fault in one of their rows: they are refused as a whole.
insert into answer (kind, file_line, key, outcome, reasons)
select
    'production_order' as kind,
    o.file_line,
    o.key,
    'refused' as outcome,
    '[]' as reasons
from order_head as o
where
    o.key in (
        select r.key[1:3]
        from row_fault as f
        inner join file_row as r on r.kind = f.kind and r.file_line = f.file_line
        where r.kind in ('production_order', 'production_order_phase', 'production_order_material', 'material_lot')
    )
