-- The columns of a relation.
select
    a.attname as name,
    format_type(a.atttypid, a.atttypmod) as type,
    a.attnotnull as required,
    case when a.attidentity <> '' then 'identity' else pg_get_expr(d.adbin, d.adrelid) end as default_value,
    col_description(a.attrelid, a.attnum) as comment
from pg_attribute as a
left join pg_attrdef as d on d.adrelid = a.attrelid and d.adnum = a.attnum
where a.attrelid = %(relation)s and a.attnum > 0 and not a.attisdropped
order by a.attnum
