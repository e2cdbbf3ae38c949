-- Routines, views and triggers of ours, each with its definition and the version of its catalog row. That is what
-- sources create; extensions' members, partition clones and internal triggers are not.
-- What differs from one deployment to the next of the same sources, its number, is left out of the definitions.
with deployed (version) as (
    select substring(pg_get_viewdef(c.oid) from '[0-9]+')
    from pg_class as c
    inner join pg_namespace as n on n.oid = c.relnamespace
    where n.nspname = 'erp_internal' and c.relname = 'deployed_version'
)

select
    'routine ' || p.oid::regprocedure::text as identity,
    concat_ws(
        e'\n',
        case
            when p.prokind = 'a' then 'aggregate'
            when d.version is null then pg_get_functiondef(p.oid)
            else replace(pg_get_functiondef(p.oid), format('vacuum_failsafe_age TO %%L', d.version), 'version')
        end,
        pg_get_userbyid(p.proowner),
        array(
            select a::text from unnest(coalesce(p.proacl, acldefault('f', p.proowner))) as a
            order by 1
        )::text,
        obj_description(p.oid, 'pg_proc')
    ) as definition,
    p.xmin::text || p.ctid::text as version
from pg_proc as p
inner join pg_namespace as n on n.oid = p.pronamespace
left join deployed as d on true
where
    n.nspname = any(%(schemas)s)
    and not exists (
        select from pg_depend as e
        where e.classid = 'pg_proc'::regclass and e.objid = p.oid and e.deptype = 'e'
    )
union all
select
    'view ' || c.oid::regclass::text,
    concat_ws(
        e'\n',
        case
            when d.version is null or c.oid::regclass::text <> 'erp_internal.deployed_version'
                then pg_get_viewdef(c.oid)
        end,
        c.reloptions::text,
        pg_get_userbyid(c.relowner),
        array(
            select a::text from unnest(coalesce(c.relacl, acldefault('r', c.relowner))) as a
            order by 1
        )::text,
        (
            select string_agg(concat_ws(' ', o.objsubid, o.description), e'\n' order by o.objsubid)
            from pg_description as o
            where o.classoid = 'pg_class'::regclass and o.objoid = c.oid
        ),
        (
            select string_agg(quote_ident(a.attname) || a.attacl::text, ' ' order by a.attnum)
            from pg_attribute as a
            where a.attrelid = c.oid and a.attacl is not null
        )
    ) as definition,
    r.xmin::text || r.ctid::text as version
from pg_class as c
inner join pg_namespace as n on n.oid = c.relnamespace
inner join pg_rewrite as r on r.ev_class = c.oid and r.rulename = '_RETURN'
left join deployed as d on true
where n.nspname = any(%(schemas)s) and c.relkind in ('v', 'm')
union all
select
    'trigger ' || quote_ident(t.tgname) || ' on ' || c.oid::regclass::text,
    concat_ws(
        ' ',
        pg_get_triggerdef(t.oid),
        t.tgenabled,
        -- those of partitions, where they are asleep or awake by themselves
        (
            select string_agg(distinct p.tgenabled::text, '')
            from pg_trigger as p
            where p.tgparentid = t.oid and p.tgenabled <> t.tgenabled
        )
    ) as definition,
    t.xmin::text || t.ctid::text as version
from pg_trigger as t
inner join pg_class as c on c.oid = t.tgrelid
inner join pg_namespace as n on n.oid = c.relnamespace
where n.nspname = any(%(schemas)s) and not t.tgisinternal and t.tgparentid = 0
