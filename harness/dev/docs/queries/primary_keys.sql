-- The columns by which a row of a table is known: its primary key, or a unique constraint where there is none.
select distinct on (c.relname)
    c.relname as table_name,
    array(
        select a.attname::text
        from unnest(o.conkey) with ordinality as u (attnum, nth)
        inner join pg_attribute as a on a.attrelid = c.oid and a.attnum = u.attnum
        order by u.nth
    ) as key_columns
from pg_class as c
inner join pg_constraint as o on o.conrelid = c.oid and o.contype in ('p', 'u')
where c.relnamespace = 'erp'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
order by c.relname, o.contype, o.conname
