-- The views of erp_api and erp_data as a shard has them, and what stands for them at the proxy: their columns, what
-- these mean, and who may select them.
select
    n.nspname::text as schema,
    c.relname::text as name,
    a.definitions as columns,
    a.names as column_names,
    a.descriptions as column_descriptions,
    obj_description(c.oid, 'pg_class') as description,
    g.names as grantees
from pg_class as c
inner join pg_namespace as n on n.oid = c.relnamespace
cross join
    lateral (
        select
            array_agg(a.attname::text order by a.attnum) as names,
            array_agg(col_description(c.oid, a.attnum) order by a.attnum) as descriptions,
            array_agg(
                format('%%I %%s', a.attname, format_type(a.atttypid, a.atttypmod))
                || case when o.oid is null then '' else format(' collate %%I.%%I', l.nspname, o.collname) end
                order by a.attnum
            ) as definitions
        from pg_attribute as a
        inner join pg_type as t on t.oid = a.atttypid
        left join pg_collation as o on o.oid = a.attcollation and a.attcollation <> t.typcollation
        left join pg_namespace as l on l.oid = o.collnamespace
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    ) as a
cross join
    lateral (
        select coalesce(array_agg(x.grantee::regrole::text order by x.grantee::regrole::text), '{}') as names
        from aclexplode(c.relacl) as x
        where x.privilege_type = 'SELECT' and x.grantee not in (0, c.relowner)
    ) as g
where n.nspname = any(%(schemas)s) and c.relkind in ('v', 'p', 'f')
order by n.nspname, c.relname
