-- The routines through which others come in: functions of erp_api, and those of erp_internal that others may execute.
select p.oid::regprocedure::text
from pg_proc as p
inner join pg_namespace as n on n.oid = p.pronamespace
where
    n.nspname = 'erp_api' and p.prokind in ('f', 'p')
    or n.nspname = 'erp_internal' and p.prosecdef
    and exists (
        select from aclexplode(p.proacl) as a
        where a.grantee <> p.proowner
    )
order by 1
