-- The rows of the lists of documents, each with its place. Where lots come for an order and its materials do not, the
-- materials are those that it has, and nothing but their lots is sent.
with material as (
    select
        r.key[1:3] as key,
        r.key[4] as line,
        o.call,
        o.number,
        r.file_line,
        r.cells - array['order_year', 'order_number', 'order_lot'] as cells
    from file_row as r
    inner join document_head as o on o.head = 'production_order' and o.key = r.key[1:3]
    where r.kind = 'production_order_material'
    union all
    select
        o.key,
        m.line::text as line,
        o.call,
        o.number,
        null as file_line,
        jsonb_build_object('line', m.line) as cells
    from document_head as o
    inner join erp_data.production_order_material as m
        on
            m.company_id = %(company_id)s and m.order_year::text = o.key[1] and m.order_number::text = o.key[2]
            and m.order_lot::text = o.key[3]
    where
        %(has_lots)s and not (%(has_orders)s and %(has_materials)s) and o.head = 'production_order'
        and o.key in (
            select l.key[1:3]
            from file_row as l
            where l.kind = 'material_lot' or %(has_orders)s
            except
            select l.key[1:3]
            from file_row as l
            where l.kind = 'production_order_material'
        )
),

ranked as (
    select
        'materials' as list,
        'production_order_material' as kind,
        m.key || m.line as key,
        m.call,
        m.number,
        m.file_line,
        m.cells,
        row_number() over (partition by m.number order by m.file_line, length(m.line), m.line) as place
    from material as m
    union all
    select
        'phases' as list,
        r.kind,
        r.key[1:3] as key,
        o.call,
        o.number,
        r.file_line,
        r.cells - array['order_year', 'order_number', 'order_lot'] as cells,
        row_number() over (partition by o.number order by r.file_line) as place
    from file_row as r
    inner join document_head as o on o.head = 'production_order' and o.key = r.key[1:3]
    where r.kind = 'production_order_phase'
    union all
    select
        'material_lots' as list,
        r.kind,
        r.key[1:4] as key,
        o.call,
        o.number,
        r.file_line,
        r.cells - array['order_year', 'order_number', 'order_lot', 'line'] as cells,
        row_number() over (partition by o.number, r.key[4] order by r.file_line) as place
    from file_row as r
    inner join document_head as o on o.head = 'production_order' and o.key = r.key[1:3]
    where r.kind = 'material_lot'
)

insert into list_row (call, list, kind, key, parent, place, file_line, cells)
select
    r.call,
    r.list,
    r.kind,
    r.key,
    m.place as parent,
    r.place,
    r.file_line,
    r.cells
from ranked as r
left join (
    select distinct on (l.key)
        l.key,
        l.place
    from ranked as l
    where
        l.list = 'materials'
        and l.key in (
            select t.key[1:4] from file_row as t
            where t.kind = 'material_lot'
        )
    order by l.key, l.place
) as m on r.list = 'material_lots' and m.key = r.key
