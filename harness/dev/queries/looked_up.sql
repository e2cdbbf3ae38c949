-- What was made of ours: routines, views (their rules and row types stand for them), triggers by table and name.
with object (classid, objid, kind, schema_name, name) as (
    select 'pg_proc'::regclass, p.oid, 'routine', n.nspname::text, p.proname::text
    from pg_proc as p
    inner join pg_namespace as n on n.oid = p.pronamespace
    union all
    select 'pg_trigger'::regclass, t.oid, 'trigger', n.nspname, c.relname || ' ' || t.tgname
    from pg_trigger as t
    inner join pg_class as c on c.oid = t.tgrelid
    inner join pg_namespace as n on n.oid = c.relnamespace
    union all
    select o.classid, o.objid, 'view', n.nspname, c.relname
    from pg_class as c
    inner join pg_namespace as n on n.oid = c.relnamespace
    left join pg_rewrite as r on r.ev_class = c.oid
    left join pg_type as t on t.oid = c.reltype
    cross join
        lateral (
            values
            ('pg_class'::regclass, c.oid),
            ('pg_rewrite'::regclass, r.oid),
            ('pg_type'::regclass, t.oid),
            ('pg_type'::regclass, t.typarray)
        ) as o (classid, objid)
    where c.relkind = 'v'
)

select distinct a.kind, a.schema_name, a.name, b.kind, b.schema_name, b.name
from pg_depend as d
inner join object as a on a.classid = d.classid and a.objid = d.objid
inner join object as b on b.classid = d.refclassid and b.objid = d.refobjid
where d.deptype = 'n'
