-- Rows of master data to delete, those that name others first; of a kind of which a row was refused none: the row may
-- be the one that looks absent.
insert into data_row (call, kind, place, file_line, key, cells)
select
    d.call,
    d.kind,
    row_number() over (partition by d.call, d.kind order by d.key) as place,
    null as file_line,
    d.key,
    d.cells
from (
    select
        s.*,
        coalesce((select max(c.call) + 1 from data_row as c), 0)
        + case when s.whole then min(s.turn) over (partition by s.kind) else s.turn end / %(rows_per_call)s as call
    from (
        select
            r.*,
            k.whole,
            row_number() over (order by k.turn desc, r.key asc) - 1 as turn
        from absent_row as r
        inner join file_kind as k on k.kind = r.kind
        where
            r.kind <> 'production_order'
            and not exists (
                select from answer as a
                where a.kind = r.kind and a.outcome = 'refused'
            )
    ) as s
) as d
