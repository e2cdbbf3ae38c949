-- Constraints and indexes whose name PostgreSQL chose.
select
    'constraint ' || o.conname || ' on ' || c.oid::regclass::text as object,
    'bears a name that PostgreSQL chose' as problem
from pg_constraint as o
inner join pg_class as c on c.oid = o.conrelid
inner join pg_namespace as n on n.oid = c.relnamespace
where
    n.nspname = any(%(schemas)s) and o.contype in ('c', 'f', 'u', 'p', 'x') and not c.relispartition
    and (o.conname ~ '_(check|key|fkey|pkey|excl)[0-9]+$' or o.conname = c.relname || '_check')
union all
select
    'index ' || i.oid::regclass::text,
    'bears a name that PostgreSQL chose' as problem
from pg_class as i
inner join pg_namespace as n on n.oid = i.relnamespace
where
    n.nspname = any(%(schemas)s) and i.relkind in ('i', 'I') and not i.relispartition
    and i.relname ~ '_(idx|key|pkey|excl)[0-9]*$'
    and not exists (
        select from pg_constraint as o
        where o.conindid = i.oid
    )
order by 1
