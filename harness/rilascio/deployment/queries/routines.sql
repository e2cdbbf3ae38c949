-- The routines of some schemas, with what `create or replace` looks at; types are oids.
select
    'routine ' || p.oid::regprocedure::text as identity,
    p.prokind as kind,
    p.proretset as returns_set,
    p.prorettype::bigint as result,
    p.pronargdefaults as defaults,
    coalesce(p.proargmodes::text[], array_fill('i'::text, array[p.pronargs])) as modes,
    coalesce(p.proargnames, array_fill(''::text, array[cardinality(coalesce(p.proallargtypes, p.proargtypes))]))
        as names,
    coalesce(p.proallargtypes, p.proargtypes)::bigint[] as types
from pg_proc as p
inner join pg_namespace as n on n.oid = p.pronamespace
where n.nspname = any(%(schemas)s)
