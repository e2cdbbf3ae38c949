-- Opening stock without a reason, of warehouses whose only reason to load by may be one that is refused, or was not
-- read.
delete from row_fault as f
using file_row as r
where
    f.kind = 'opening_stock' and f.column_name = 'reason_code' and f.code = 'rule_broken'
    and r.kind = f.kind and r.file_line = f.file_line and r.cells ->> 'reason_code' is null
    and (
        %(broken)s
        or exists (
            select
            from row_fault as b
            inner join file_row as m on m.kind = b.kind and m.file_line = b.file_line
            where
                b.kind = 'movement_reason'
                and coalesce(m.cells ->> 'warehouse_code', r.cells ->> 'warehouse_code')
                = r.cells ->> 'warehouse_code'
        )
    )
