-- Rows that belong to no document: to no order of production_order.csv, or, without that file, to none of the company;
-- to no document of stock_document.csv. Of those with a fault in their key it is not asked.
insert into row_fault (kind, file_line, column_name, code, reason)
select
    r.kind,
    r.file_line,
    case when k.head = 'stock_document' then 'document_key' else 'order_number' end as column_name,
    'unknown_reference' as code,
    case
        when k.head = 'stock_document'
            then format('document_key "%%s" is not in %%s', left(r.key[1], 60), format(%(part)s, 'stock_document'))
        else
            format(
                'order_year "%%s", order_number "%%s", order_lot "%%s" is not in ',
                left(r.key[1], 60), left(r.key[2], 60), left(r.key[3], 60)
            )
            || case when %(has_orders)s then format(%(part)s, 'production_order') else 'the company' end
    end as reason
from file_row as r
inner join file_kind as k on k.kind = r.kind
left join document_head as d on d.head = k.head and d.key = r.key[1:3]
where
    k.kind <> k.head and d.key is null
    and not exists (
        select from row_fault as f
        where f.kind = r.kind and f.file_line = r.file_line and f.code in ('value_required', 'bad_integer')
    )
