-- Security definer routines whose search_path a caller could bend.
select
    'routine ' || p.oid::regprocedure::text as object,
    'is security definer without search_path = pg_catalog, pg_temp' as problem
from pg_proc as p
inner join pg_namespace as n on n.oid = p.pronamespace
where
    n.nspname = any(%(schemas)s) and p.prosecdef
    and not coalesce('search_path=pg_catalog, pg_temp' = any(p.proconfig), false)
order by 1
