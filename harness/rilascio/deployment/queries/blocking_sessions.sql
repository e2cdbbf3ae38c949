-- The other sessions that hold locks on a relation, or on any of ours, the longest transaction first.
select format('process %%s (%%s%%s)', a.pid, a.usename, coalesce(', ' || nullif(a.application_name, ''), ''))
from pg_stat_activity as a
where
    a.pid <> pg_backend_pid()
    and exists (
        select
        from pg_locks as l
        inner join pg_class as c on c.oid = l.relation
        inner join pg_namespace as n on n.oid = c.relnamespace
        where
            l.pid = a.pid and l.granted and n.nspname = any(%(schemas)s)
            and (%(relation)s::text is null or c.oid::regclass::text = %(relation)s)
            and l.database = (
                select d.oid from pg_database as d
                where d.datname = current_database()
            )
    )
order by a.xact_start
