-- The columns of the tables of erp with what their comments say.
select
    c.relname as table_name,
    a.attname as name,
    pg_get_expr(d.adbin, d.adrelid) as default_value,
    col_description(a.attrelid, a.attnum) as comment
from pg_class as c
inner join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
left join pg_attrdef as d on d.adrelid = c.oid and d.adnum = a.attnum
where c.relnamespace = 'erp'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
order by c.relname, a.attnum
