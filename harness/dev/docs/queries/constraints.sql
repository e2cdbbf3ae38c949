-- The constraints of a table, its keys first; not those that stand for partitions of what it names.
select
    o.conname as name,
    pg_get_constraintdef(o.oid) as definition
from pg_constraint as o
where o.conrelid = %(relation)s and o.contype in ('p', 'u', 'f', 'c', 'x') and o.conparentid = 0
order by array_position('{p,u,f,c,x}', o.contype::text), o.conname
