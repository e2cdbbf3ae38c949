-- The attributes of the types in which a plan travels, by type.
select t.typname::text, array_agg(a.attname::text order by a.attnum)
from pg_type as t
inner join pg_class as c on c.oid = t.typrelid and c.relkind = 'c'
inner join pg_attribute as a on a.attrelid = c.oid and not a.attisdropped
where t.typnamespace = 'erp_internal'::regnamespace
group by t.oid, t.typname
