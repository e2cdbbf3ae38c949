with document as materialized (
    select d.*
    from order_document as d
    where d.call = %(call)s
),

row as materialized (
    select
        r.list,
        d.place as ordinal,
        r.parent,
        r.place,
        case
            when r.list = 'materials' and l.key is not null
                then r.cells || jsonb_build_object('material_lots', l.row_count)
            else r.cells
        end as cells
    from list_row as r
    inner join document as d on d.key = r.key[1:3]
    left join (
        select
            l.key,
            count(*) as row_count
        from list_row as l
        where l.call = %(call)s and l.list = 'material_lots'
        group by l.key
    ) as l on r.list = 'materials' and l.key = r.key
    where r.call = %(call)s
)

insert into answer (kind, file_line, key, outcome, run_id, reasons)
select
    'production_order' as kind,
    d.file_line,
    d.key,
    p.outcome,
    %(run_id)s::bigint as run_id,
    p.reasons
from
    erp_internal.load_orders(
        %(company_id)s::integer,
        %(run_id)s::bigint,
        array(
            select (o.place, null, null, o.cells)::erp_internal.sent_row
            from document as o
        ),
        array(
            select (r.ordinal, null, r.place, r.cells)::erp_internal.sent_row
            from row as r
            where r.list = 'phases'
        ),
        array(
            select (r.ordinal, null, r.place, r.cells)::erp_internal.sent_row
            from row as r
            where r.list = 'materials'
        ),
        array(
            select (r.ordinal, r.parent, r.place, r.cells)::erp_internal.sent_row
            from row as r
            where r.list = 'material_lots' and r.parent is not null
        )
    ) as p
inner join document as d on d.place = p.ordinal
