-- The documents of orders, with the lists that files tell of: of an order of production_order.csv all of them, else
-- those of the files that name the order. Orders with a fault are not sent.
with phase as (
    select
        r.key,
        count(*) as row_count,
        jsonb_agg(r.cells order by r.place) as list
    from list_row as r
    where r.list = 'phases'
    group by r.key
),

lot as (
    select
        r.key,
        count(*) as row_count,
        jsonb_agg(r.cells order by r.place) as list
    from list_row as r
    where r.list = 'material_lots'
    group by r.key
),

material as (
    select
        r.key[1:3] as key,
        count(*) + sum(coalesce(l.row_count, 0)) as row_count,
        jsonb_agg(
            r.cells
            || case
                when %(has_lots)s and (%(has_orders)s or r.key[1:3] in (select x.key[1:3] from lot as x))
                    then jsonb_build_object('material_lots', coalesce(l.list, '[]'))
                else '{}'
            end
            order by r.place
        ) as list
    from list_row as r
    left join lot as l on l.key = r.key
    where r.list = 'materials'
    group by r.key[1:3]
),

document as (
    select
        o.kind,
        o.file_line,
        o.key,
        o.cells
        || case
            when %(has_orders)s and %(has_phases)s then jsonb_build_object('phases', coalesce(p.list, '[]'))
            when p.list is not null then jsonb_build_object('phases', p.list)
            else '{}'
        end
        || case
            when %(has_orders)s and %(has_materials)s then jsonb_build_object('materials', coalesce(m.list, '[]'))
            when m.list is not null then jsonb_build_object('materials', m.list)
            else '{}'
        end as cells,
        1 + coalesce(p.row_count, 0) + coalesce(m.row_count, 0) as weight,
        o.call,
        row_number() over (partition by o.call order by k.turn, o.file_line) as place
    from document_head as o
    inner join file_kind as k on k.kind = o.kind
    left join phase as p on p.key = o.key
    left join material as m on m.key = o.key
    where
        o.head = 'production_order'
        and o.key not in (
            select a.key from answer as a
            where a.kind = 'production_order'
        )
)

insert into order_document (call, place, kind, file_line, key, cells, weight)
select
    d.call,
    d.place,
    d.kind,
    d.file_line,
    d.key,
    d.cells,
    d.weight
from document as d
