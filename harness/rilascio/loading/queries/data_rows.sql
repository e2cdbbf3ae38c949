-- The rows of master data, by call, in the order of references. Those with a fault are not sent, but for those of a
-- first load, which is to find all that is wrong with them: of them only repeated ones are not.
insert into data_row (call, kind, place, file_line, key, cells)
select
    x.call,
    x.kind,
    row_number() over (partition by x.call, x.kind order by x.file_line) as place,
    x.file_line,
    x.key,
    x.cells
from (
    select
        s.*,
        case when s.whole then min(s.turn) over (partition by s.kind) else s.turn end / %(rows_per_call)s as call
    from (
        select
            r.*,
            k.whole,
            row_number() over (order by k.turn, r.file_line) - 1 as turn
        from file_row as r
        inner join file_kind as k on k.kind = r.kind
        where
            k.head is null and k.kind <> 'opening_stock'
            and not exists (
                select from row_fault as f
                where
                    f.kind = r.kind and f.file_line = r.file_line
                    and (%(company_id)s::integer is not null or f.code = 'duplicate_key')
            )
    ) as s
) as x
