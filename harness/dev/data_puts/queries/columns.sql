-- The columns of the tables of erp, each with its default as an SQL expression.
select
    c.relname::text as table_name,
    a.attname::text as column_name,
    case when a.attidentity = '' then pg_get_expr(d.adbin, d.adrelid) end as default_value
from pg_class as c
inner join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
left join pg_attrdef as d on d.adrelid = c.oid and d.adnum = a.attnum
where c.relnamespace = 'erp'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
order by c.relname, a.attnum
