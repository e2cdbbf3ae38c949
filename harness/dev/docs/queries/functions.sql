-- The functions of erp_api with their parameters, columns and callers.
select
    p.proname as name,
    obj_description(p.oid, 'pg_proc') as comment,
    p.provolatile as volatility,
    array(
        select
            json_build_object(
                'name', a.name,
                'type', format_type(a.type, null),
                'default',
                regexp_replace(pg_get_function_arg_default(p.oid, a.nth::integer), '^NULL::.*', 'null')
            )
        from
            unnest(p.proargnames, coalesce(p.proallargtypes, p.proargtypes::oid[]), p.proargmodes)
            with ordinality as a (name, type, mode, nth)
        where coalesce(a.mode, 'i') = 'i'
        order by a.nth
    ) as parameters,
    array(
        select concat_ws(' ', a.name, format_type(a.type, null))
        from unnest(p.proargnames, p.proallargtypes, p.proargmodes) with ordinality as a (name, type, mode, nth)
        where a.mode = 't'
        order by a.nth
    ) as columns,
    pg_get_function_result(p.oid) as result,
    array(
        select a.grantee::regrole::text as caller
        from aclexplode(p.proacl) as a
        where a.grantee <> p.proowner
        order by caller
    ) as callers
from pg_proc as p
where p.pronamespace = 'erp_api'::regnamespace
order by p.proname
