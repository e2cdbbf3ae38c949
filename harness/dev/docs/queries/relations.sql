-- The relations of a schema, of some kinds.
select
    c.oid,
    c.relname as name,
    obj_description(c.oid, 'pg_class') as comment
from pg_class as c
where c.relnamespace = %(schema)s::regnamespace and c.relkind = any(%(kinds)s) and not c.relispartition
order by c.relname
