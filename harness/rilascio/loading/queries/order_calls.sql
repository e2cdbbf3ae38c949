-- The orders of a first load, by call, which their lists go beside: that each of these was sent, its length tells.
-- Orders with a fault are sent too, so that all that is wrong with them is found.
insert into order_document (call, place, kind, file_line, key, cells, weight)
select
    o.call,
    row_number() over (partition by o.call order by o.file_line) as place,
    o.kind,
    o.file_line,
    o.key,
    o.cells
    || jsonb_build_object('phases', coalesce(r.phase_count, 0), 'materials', coalesce(r.material_count, 0)) as cells,
    1 + coalesce(r.row_count, 0) as weight
from document_head as o
left join (
    select
        r.key[1:3] as key,
        count(*) as row_count,
        count(*) filter (where r.list = 'phases') as phase_count,
        count(*) filter (where r.list = 'materials') as material_count
    from list_row as r
    group by r.key[1:3]
) as r on r.key = o.key
where o.head = 'production_order'
