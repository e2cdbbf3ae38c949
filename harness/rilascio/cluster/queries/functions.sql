-- The functions of erp_api as a shard has them: how each is called, what it answers, and who may call it.
select
    p.proname::text as name,
    pg_get_function_arguments(p.oid) as arguments,
    pg_get_function_identity_arguments(p.oid) as identity_arguments,
    pg_get_function_result(p.oid) as result,
    case p.provolatile when 's' then 'stable' else 'volatile' end as volatility,
    i.names as argument_names,
    i.types as argument_types,
    o.names as column_names,
    obj_description(p.oid, 'pg_proc') as description,
    g.names as grantees
from pg_proc as p
cross join
    lateral (
        select
            coalesce(array_agg(a.name order by a.position), '{}') as names,
            coalesce(array_agg(format_type(a.type, null) order by a.position), '{}') as types
        from
            unnest(p.proargtypes::oid[], p.proargnames[1:p.pronargs])
            with ordinality as a (type, name, position)
    ) as i
cross join
    lateral (
        select coalesce(array_agg(a.name order by a.position), '{}') as names
        from unnest(p.proargnames, p.proargmodes) with ordinality as a (name, mode, position)
        where a.mode = 't'
    ) as o
cross join
    lateral (
        select coalesce(array_agg(a.grantee::regrole::text order by a.grantee::regrole::text), '{}') as names
        from aclexplode(p.proacl) as a
        where a.privilege_type = 'EXECUTE' and a.grantee not in (0, p.proowner)
    ) as g
where p.pronamespace = 'erp_api'::regnamespace
order by p.proname
