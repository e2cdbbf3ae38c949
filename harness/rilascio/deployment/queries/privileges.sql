-- Every privilege on what is ours, and whose it is.
select
    'privileges on '
    || case when c.relkind = 'S' then 'sequence ' else 'table ' end
    || c.oid::regclass::text,
    md5(concat_ws(
        e'\n',
        pg_get_userbyid(c.relowner),
        array(
            select a::text
            from
                unnest(
                    coalesce(
                        c.relacl,
                        case c.relkind when 'S' then acldefault('s', c.relowner) else acldefault('r', c.relowner) end
                    )
                ) as a
            order by 1
        )::text,
        (
            select string_agg(quote_ident(a.attname) || a.attacl::text, ' ' order by a.attnum)
            from pg_attribute as a
            where a.attrelid = c.oid and a.attacl is not null
        )
    )) as definition
from pg_class as c
inner join pg_namespace as n on n.oid = c.relnamespace
where n.nspname = any(%(guarded)s) and c.relkind in ('r', 'p', 'S', 'f')
union all
select
    'privileges on schema ' || quote_ident(n.nspname) as identity,
    md5(concat_ws(
        e'\n',
        pg_get_userbyid(n.nspowner),
        array(
            select a::text from unnest(coalesce(n.nspacl, acldefault('n', n.nspowner))) as a
            order by 1
        )::text
    )) as definition
from pg_namespace as n
where n.nspname = any(%(guarded)s)
union all
select
    'privileges on type ' || t.oid::regtype::text,
    md5(array(
        select a::text from unnest(coalesce(t.typacl, acldefault('T', t.typowner))) as a
        order by 1
    )::text) as definition
from pg_type as t
inner join pg_namespace as n on n.oid = t.typnamespace
left join pg_class as c on c.oid = t.typrelid
where n.nspname = any(%(guarded)s) and (c.relkind = 'c' or t.typtype in ('d', 'e', 'r'))
