-- The constraint by which a row of a table of erp is known: its unique key by codes, else its primary key.
select distinct on (c.relname)
    c.relname::text as table_name,
    o.conname::text as constraint_name
from pg_constraint as o
inner join pg_class as c on c.oid = o.conrelid
where
    c.relnamespace = 'erp'::regnamespace and not c.relispartition and o.contype in ('p', 'u')
    and (o.contype = 'p' or o.conname in (c.relname || '_code_key', c.relname || '_number_key', c.relname || '_key'))
order by c.relname asc, o.contype desc
