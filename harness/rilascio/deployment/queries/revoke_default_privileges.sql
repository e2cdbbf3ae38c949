-- The statements that take back what somebody has given beforehand on whatever the owner is going to make.
select
    format(
        'alter default privileges for role %%I %%s revoke all on %%s from %%s',
        pg_get_userbyid(d.defaclrole),
        'in schema ' || quote_ident(n.nspname),
        case d.defaclobjtype
            when 'r' then 'tables' when 'S' then 'sequences' when 'f' then 'functions' when 'T' then 'types'
            when 'n' then 'schemas' when 'L' then 'large objects'
        end,
        case a.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(a.grantee)) end
    )
from pg_default_acl as d
left join pg_namespace as n on n.oid = d.defaclnamespace
cross join
    lateral (
        select distinct x.grantee from aclexplode(d.defaclacl) as x
        where x.grantee <> d.defaclrole
    ) as a
where pg_get_userbyid(d.defaclrole) = %(owner)s and (n.oid is null or n.nspname = any(%(schemas)s))
order by 1
