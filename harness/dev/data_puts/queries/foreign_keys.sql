-- The foreign keys between tables of erp, each with its columns and those that they name, but for the company.
select
    c.relname::text as table_name,
    t.relname::text as target_name,
    array(
        select a.attname::text
        from unnest(o.conkey) with ordinality as u (attnum, nth)
        inner join pg_attribute as a on a.attrelid = c.oid and a.attnum = u.attnum
        where a.attname <> 'company_id'
        order by u.nth
    ) as column_names,
    array(
        select a.attname::text
        from unnest(o.confkey) with ordinality as u (attnum, nth)
        inner join pg_attribute as a on a.attrelid = t.oid and a.attnum = u.attnum
        where a.attname <> 'company_id'
        order by u.nth
    ) as target_column_names
from pg_constraint as o
inner join pg_class as c on c.oid = o.conrelid
inner join pg_class as t on t.oid = o.confrelid
where
    o.contype = 'f' and o.conparentid = 0
    and c.relnamespace = 'erp'::regnamespace and t.relnamespace = 'erp'::regnamespace
order by c.relname, t.relname, o.conname
