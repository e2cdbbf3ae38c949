-- The foreign keys between tables of erp, with their columns but for the company, and whether these may be null.
select
    c.relname as table_name,
    t.relname as target_name,
    array(
        select a.attname::text
        from unnest(o.conkey) with ordinality as u (attnum, nth)
        inner join pg_attribute as a on a.attrelid = c.oid and a.attnum = u.attnum
        where a.attname <> 'company_id'
        order by u.nth
    ) as column_names,
    exists(
        select
        from pg_attribute as a
        where a.attrelid = c.oid and a.attnum = any(o.conkey) and not a.attnotnull
    ) as optional,
    exists(
        select
        from pg_constraint as k
        where k.conrelid = c.oid and k.contype in ('p', 'u') and o.conkey @> k.conkey
    ) as one_to_one
from pg_constraint as o
inner join pg_class as c on c.oid = o.conrelid
inner join pg_class as t on t.oid = o.confrelid
where
    o.contype = 'f' and o.conparentid = 0
    and c.relnamespace = 'erp'::regnamespace and t.relnamespace = 'erp'::regnamespace
order by c.relname, t.relname, o.conname
