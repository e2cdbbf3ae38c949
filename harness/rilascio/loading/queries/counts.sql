-- What came of the rows of each kind: of those of orders and stock documents, of these themselves.
select
    coalesce(a.kind, r.kind) as kind,
    coalesce(r.row_count, 0) as row_count,
    coalesce(a.created, 0) as created,
    coalesce(a.changed, 0) as changed,
    coalesce(a.unchanged, 0) as unchanged,
    coalesce(a.deleted, 0) as deleted,
    coalesce(a.refused, 0) as refused
from (
    select
        f.kind,
        count(*) as row_count
    from file_row as f
    group by f.kind
) as r
full join (
    select
        a.kind,
        count(*) filter (where a.outcome = 'created') as created,
        count(*) filter (where a.outcome = 'changed') as changed,
        count(*) filter (where a.outcome = 'unchanged') as unchanged,
        count(*) filter (where a.outcome = 'deleted') as deleted,
        count(*) filter (where a.outcome = 'refused') as refused
    from answer as a
    group by a.kind
) as a on a.kind = r.kind
