-- Lots of a material that their order does not have.
insert into row_fault (kind, file_line, column_name, code, reason)
select
    r.kind,
    r.file_line,
    'line' as column_name,
    'unknown_reference' as code,
    format('order_year "%%s", order_number "%%s", order_lot "%%s", line "%%s" is not in ', variadic r.key)
    || case when %(has_materials)s then format(%(part)s, 'production_order_material') else 'the company' end as reason
from list_row as r
where
    r.list = 'material_lots' and r.parent is null
    and not exists (
        select from row_fault as f
        where f.kind = r.kind and f.file_line = r.file_line and f.code in ('value_required', 'bad_integer')
    )
