-- The tables that are partitioned by the day, with the day before which everything lies in their first partition.
select
    c.relname as name,
    substring(pg_get_expr(f.relpartbound, f.oid) from 'TO \(''([^'']+)''\)')::date as boundary
from pg_class as c
inner join pg_class as f on f.relnamespace = c.relnamespace and f.relname = c.relname || '_before'
inner join pg_inherits as i on i.inhparent = c.oid and i.inhrelid = f.oid
where c.relnamespace = 'erp'::regnamespace and c.relkind = 'p' and c.relname = any(%(tables)s)
