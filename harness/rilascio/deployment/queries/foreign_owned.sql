-- What lies in our schemas and does not belong to us.
select
    'schema ' || n.nspname as object,
    'belongs to ' || pg_get_userbyid(n.nspowner) as problem
from pg_namespace as n
where n.nspname = any(%(schemas)s) and pg_get_userbyid(n.nspowner) <> 'erp_owner'
union all
select
    'relation ' || c.oid::regclass::text,
    'belongs to ' || pg_get_userbyid(c.relowner) as problem
from pg_class as c
inner join pg_namespace as n on n.oid = c.relnamespace
where
    n.nspname = any(%(schemas)s) and pg_get_userbyid(c.relowner) <> 'erp_owner'
    and (c.relkind <> 'v' or pg_get_userbyid(c.relowner) <> 'erp_view')
union all
select
    'routine ' || p.oid::regprocedure::text,
    'belongs to ' || pg_get_userbyid(p.proowner) as problem
from pg_proc as p
inner join pg_namespace as n on n.oid = p.pronamespace
where n.nspname = any(%(schemas)s) and pg_get_userbyid(p.proowner) <> 'erp_owner'
order by 1
