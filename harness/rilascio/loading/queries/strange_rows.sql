-- Rows without a key, and those that belong to no document: to no order of production_order.csv, or, without that file,
-- to none of the company; to no document of stock_document.csv.
insert into row_fault (kind, file_line, column_name, code, reason)
select
    r.kind,
    r.file_line,
    case when r.keyed then p.column_name end as column_name,
    case when r.keyed then 'unknown_reference' else 'value_required' end as code,
    case
        when not r.keyed then 'a column of the key has no value'
        when k.head = 'stock_document' then format('document_key "%%s" is not in stock_document.csv', r.key[1])
        else
            format('order_year "%%s", order_number "%%s", order_lot "%%s" is not in ', r.key[1], r.key[2], r.key[3])
            || case when %(has_orders)s then 'production_order.csv' else 'the company' end
    end as reason
from file_row as r
inner join file_kind as k on k.kind = r.kind
left join document_head as d on d.head = k.head and d.key = r.key[1:3]
cross join
    lateral (
        select case when k.head = 'stock_document' then 'document_key' else 'order_number' end as column_name
    ) as p
where k.head is not null and (not r.keyed or (k.kind <> k.head and d.key is null))
