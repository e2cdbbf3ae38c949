-- Rows that belong to no order: to none of production_order.csv, or, without that file, to none of the company.
insert into row_fault (kind, file_line, column_name, code, reason)
select
    r.kind,
    r.file_line,
    case when r.keyed then 'order_number' end as column_name,
    case when r.keyed then 'unknown_reference' else 'value_required' end as code,
    case
        when r.keyed
            then
                format('order_year "%%s", order_number "%%s", order_lot "%%s" is not in ', r.key[1], r.key[2], r.key[3])
                || case when %(has_orders)s then 'production_order.csv' else 'the company' end
        else 'a column of the key has no value'
    end as reason
from file_row as r
left join order_head as o on o.key = r.key[1:3]
where
    r.kind in ('production_order_phase', 'production_order_material', 'material_lot')
    and (o.key is null or not r.keyed)
