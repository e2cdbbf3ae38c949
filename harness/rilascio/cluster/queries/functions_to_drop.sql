-- The functions of the proxy that no longer fit: gone at the shards, or with other arguments or answers there.
select p.proname::text
from pg_proc as p
where
    p.pronamespace = 'erp_api'::regnamespace
    and not exists (
        select
        from unnest(%(names)s::text[], %(arguments)s::text[], %(results)s::text[]) as w (name, arguments, result)
        where
            w.name = p.proname and w.arguments = pg_get_function_arguments(p.oid)
            and w.result = pg_get_function_result(p.oid)
    )
