-- The rows of opening stock, by call: those of a warehouse and day, which are numbered together, in one.
insert into opening_row (call, place, file_line, cells)
select
    x.call,
    row_number() over (partition by x.call order by x.file_line) as place,
    x.file_line,
    x.cells
from (
    select
        r.*,
        ((min(r.turn) over (partition by r.warehouse_code, r.record_date) - 1) / %(rows_per_call)s)::bigint as call
    from (
        select
            f.file_line,
            f.cells,
            f.cells ->> 'warehouse_code' as warehouse_code,
            f.cells ->> 'record_date' as record_date,
            row_number() over (order by f.cells ->> 'record_date', f.cells ->> 'warehouse_code', f.file_line) as turn
        from file_row as f
        where f.kind = 'opening_stock'
    ) as r
) as x
