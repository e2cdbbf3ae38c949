-- The first faults by file and line, and how many there are.
select
    f.kind,
    f.file_line,
    f.column_name,
    f.reason,
    f.code,
    count(*) over () as fault_count
from row_fault as f
order by array_position(%(kinds)s::text[], f.kind), f.file_line nulls first, f.column_name, f.reason
limit %(shown)s
