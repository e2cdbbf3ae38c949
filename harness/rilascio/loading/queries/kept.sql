-- The kinds of which rows are absent that were not deleted, since another row of theirs was refused.
select distinct r.kind
from absent_row as r
where not exists (
    select from answer as a
    where a.kind = r.kind and a.key = r.key
)
