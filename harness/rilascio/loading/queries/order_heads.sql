-- The orders that documents are made of: those of production_order.csv, or, without that file, those of the company
-- that the files of their rows name. An order goes in one call with its rows.
with head as (
    select
        r.key,
        r.kind,
        r.file_line,
        r.cells
    from file_row as r
    where
        r.kind = 'production_order' and r.keyed
        and not exists (
            select
            from row_fault as f
            where f.kind = r.kind and f.file_line = r.file_line and f.code = 'duplicate_key'
        )
    union all
    select
        r.key,
        r.kind,
        r.file_line,
        jsonb_build_object('order_year', r.key[1], 'order_number', r.key[2], 'order_lot', r.key[3]) as cells
    from (
        select distinct on (r.key[1:3])
            r.key[1:3] as key,
            r.kind,
            r.file_line
        from file_row as r
        inner join file_kind as k on k.kind = r.kind
        where
            r.keyed and not %(has_orders)s
            and r.kind in ('production_order_phase', 'production_order_material', 'material_lot')
        order by r.key[1:3], k.turn, r.file_line
    ) as r
    inner join erp_data.production_order as o
        on
            o.company_id = %(company_id)s and o.order_year::text = r.key[1] and o.order_number::text = r.key[2]
            and o.order_lot::text = r.key[3]
),

weight as (
    select
        r.key[1:3] as key,
        count(*) as row_count
    from file_row as r
    where r.kind in ('production_order_phase', 'production_order_material', 'material_lot')
    group by r.key[1:3]
)

insert into document_head (head, key, kind, file_line, cells, call, number)
select
    'production_order' as head,
    h.key,
    h.kind,
    h.file_line,
    h.cells,
    (sum(1 + coalesce(w.row_count, 0)) over (order by k.turn, h.file_line) - 1)::bigint / %(rows_per_call)s as call,
    row_number() over (order by k.turn, h.file_line) as number
from head as h
inner join file_kind as k on k.kind = h.kind
left join weight as w on w.key = h.key
