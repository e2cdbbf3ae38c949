-- What the function of a kind finds in rows that may be bad. Which cells have to be filled, the caller has asked.
insert into bad_row (rank, file_line, column_rank, column_name, code, cell, expected)
select
    %(rank)s,
    f.ordinal as file_line,
    array_position(%(columns)s::text[], f.column_name) - 1 as column_rank,
    f.column_name,
    f.code,
    f.cell,
    f.expected
from
    erp_internal.check_KIND_cells(
        array(
            select s::erp_internal.sent_row
            from (
                select
                    d.file_line as ordinal,
                    null::integer as parent,
                    null::integer as place,
                    d.cells
                from doubtful_row as d
                where d.turn > %(after)s and d.turn <= %(upto)s
            ) as s
        )
    ) as f
where f.code <> 'value_required'
