-- The statements that write the number which the session has drawn on the routines through which others come in:
-- functions of erp_api, and those of erp_internal that others may execute. A setting is read together with the body, so
-- the two never differ. Only a superuser may give a function a setting with a name of its own (erp.version), and this
-- one, of vacuum, has no meaning within a function.
select
    format(
        'alter routine %%s set vacuum_failsafe_age = %%s',
        p.oid::regprocedure,
        currval(pg_get_serial_sequence('erp_meta.deployment', 'deployment_id'))
    )
from pg_proc as p
inner join pg_namespace as n on n.oid = p.pronamespace
where
    n.nspname = 'erp_api' and p.prokind in ('f', 'p')
    or n.nspname = 'erp_internal' and p.prosecdef
    and exists (
        select from aclexplode(p.proacl) as a
        where a.grantee <> p.proowner
    )
order by p.oid::regprocedure::text
