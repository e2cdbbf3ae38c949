-- What explains nothing.
select
    'schema ' || n.nspname as object,
    'has no comment' as problem
from pg_namespace as n
where n.nspname = any(%(schemas)s) and obj_description(n.oid, 'pg_namespace') is null
union all
select
    case c.relkind when 'v' then 'view ' else 'table ' end || n.nspname || '.' || c.relname as object,
    'has no comment' as problem
from pg_class as c
inner join pg_namespace as n on n.oid = c.relnamespace
where
    n.nspname = any(%(schemas)s) and c.relkind in ('r', 'p', 'v', 'm', 'f') and not c.relispartition
    and obj_description(c.oid, 'pg_class') is null
union all
select
    'column ' || n.nspname || '.' || c.relname || '.' || a.attname as object,
    'has no comment' as problem
from pg_attribute as a
inner join pg_class as c on c.oid = a.attrelid
inner join pg_namespace as n on n.oid = c.relnamespace
where
    n.nspname = any(%(schemas)s) and c.relkind in ('r', 'p', 'v', 'm', 'f') and not c.relispartition
    and a.attnum > 0 and not a.attisdropped
    and col_description(c.oid, a.attnum) is null
union all
select
    'routine ' || p.oid::regprocedure::text,
    'has no comment' as problem
from pg_proc as p
inner join pg_namespace as n on n.oid = p.pronamespace
where n.nspname = any(%(schemas)s) and obj_description(p.oid, 'pg_proc') is null
order by 1
