-- The first bad rows by file, line and column, and how many there are. What is wrong with a cell is told in the words
-- in which sent data is refused.
with first_row as materialized (
    select
        b.*,
        row_number() over (order by b.rank, b.file_line, b.column_rank)::integer as ordinal,
        count(*) over () as bad_count
    from bad_row as b
    order by b.rank, b.file_line, b.column_rank
    limit %(shown)s
)

select
    b.rank,
    b.file_line,
    b.column_name,
    coalesce(b.reason, r.reasons -> 0 ->> 'message') as reason,
    b.code,
    b.bad_count
from first_row as b
left join
    erp_internal.render_reasons(
        null,
        erp_internal.cell_refusals(
            array(
                select f::erp_internal.cell_fault
                from (
                    select
                        b.ordinal,
                        null::integer as parent,
                        null::integer as place,
                        b.column_name,
                        b.code,
                        b.cell,
                        b.expected
                    from first_row as b
                    where b.reason is null
                ) as f
            )
        )
    ) as r
    on r.ordinal = b.ordinal
order by b.ordinal
