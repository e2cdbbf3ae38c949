-- The relations of a schema, views and tables, each with its columns and the names of their types.
select
    c.relname as name,
    c.relkind in ('v', 'm') as is_view,
    coalesce(
        jsonb_object_agg(a.attname, coalesce(nullif(t.typbasetype, 0), t.oid)::regtype)
        filter (where a.attnum is not null),
        '{}'
    ) as columns
from pg_catalog.pg_class as c
left join pg_catalog.pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
left join pg_catalog.pg_type as t on t.oid = a.atttypid
where c.relnamespace = %(schema)s::regnamespace and c.relkind in ('v', 'm', 'r', 'p', 'f')
group by c.oid, c.relname, c.relkind
order by c.relname
