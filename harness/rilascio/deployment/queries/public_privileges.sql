-- What everybody may execute, read, write or use.
select
    'routine ' || p.oid::regprocedure::text as object,
    'may be executed by everybody' as problem
from pg_proc as p
inner join pg_namespace as n on n.oid = p.pronamespace
cross join lateral aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) as a
where n.nspname = any(%(schemas)s) and a.grantee = 0
union all
select
    'relation ' || c.oid::regclass::text,
    'is open to everybody: ' || a.privilege_type as problem
from pg_class as c
inner join pg_namespace as n on n.oid = c.relnamespace
cross join lateral aclexplode(c.relacl) as a
where n.nspname = any(%(schemas)s) and a.grantee = 0
union all
select
    'schema ' || n.nspname as object,
    'is open to everybody: ' || a.privilege_type as problem
from pg_namespace as n
cross join lateral aclexplode(n.nspacl) as a
where n.nspname = any(%(schemas)s) and a.grantee = 0
order by 1
