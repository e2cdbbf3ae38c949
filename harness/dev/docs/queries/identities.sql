-- The identity columns of erp.
select
    c.relname as table_name,
    a.attname as name
from pg_class as c
inner join pg_attribute as a on a.attrelid = c.oid and a.attidentity <> ''
where c.relnamespace = 'erp'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
order by c.relname
