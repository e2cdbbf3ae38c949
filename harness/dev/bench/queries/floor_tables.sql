-- The tables, what tells rows of each apart, and which others it names. A key's column that may be null is an id.
select
    c.relname as name,
    array(
        select a.attname
        from pg_attribute as a
        where
            a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
            and array_position(k.conkey, a.attnum) is null
        order by a.attnum
    ) as columns,
    array(
        select 'a.' || a.attname
        from pg_attribute as a
        where a.attrelid = c.oid and array_position(k.conkey, a.attnum) is not null
        order by array_position(k.conkey, a.attnum)
    ) as key,
    (
        select
            string_agg(
                case
                    when a.attnotnull then format('a.%1$s = b.%1$s', a.attname)
                    else format('coalesce(a.%1$s, 0) = coalesce(b.%1$s, 0)', a.attname)
                end,
                ' and '
            )
        from pg_attribute as a
        where a.attrelid = c.oid and array_position(k.conkey, a.attnum) is not null
    ) as same_row,
    array(
        select distinct t.relname
        from pg_constraint as f
        inner join pg_class as t on t.oid = f.confrelid
        where f.conrelid = c.oid and f.contype = 'f' and t.oid <> c.oid
    ) as named_tables
from pg_class as c
inner join pg_constraint as k
    on
        k.oid = (
            select i.oid
            from pg_constraint as i
            where i.conrelid = c.oid and i.contype in ('p', 'u')
            order by i.contype
            limit 1
        )
where c.relnamespace = 'erp'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition;
