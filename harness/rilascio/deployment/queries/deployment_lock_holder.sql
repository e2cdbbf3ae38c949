-- Who holds the advisory lock of deployments.
select format('process %%s, %%s', a.pid, a.usename)
from pg_locks as l inner join pg_stat_activity as a on a.pid = l.pid
where
    l.locktype = 'advisory' and l.granted and l.objsubid = 1
    and (l.classid::bigint << 32) + l.objid::bigint = %(key)s
    and a.datname = current_database()
