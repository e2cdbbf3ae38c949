-- Some views and those that read them, each before those that it reads.
with recursive above (view, depth) as (
    select
        v::regclass::oid,
        0
    from unnest(%(views)s::text[]) as v
    union
    select
        r.ev_class,
        a.depth + 1
    from above as a
    inner join pg_depend as p on p.refclassid = 'pg_class'::regclass and p.refobjid = a.view
    inner join pg_rewrite as r on p.classid = 'pg_rewrite'::regclass and r.oid = p.objid
    inner join pg_class as c on c.oid = r.ev_class and c.relkind = 'v'
    where r.ev_class <> a.view and a.depth < 100
)

select 'view ' || a.view::regclass::text as identity
from above as a
group by a.view
order by max(a.depth) desc, identity asc
