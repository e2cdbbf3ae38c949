-- What has to be dropped with some objects: whatever depends on them, the outermost first.
-- `identity` is null if it is no routine, view or trigger.
with recursive start (classid, objid) as (
    select
        'pg_proc'::regclass::oid,
        to_regprocedure(substr(i, 9))::oid
    from unnest(%(identities)s::text[]) as i
    where i like 'routine %%'
    union all
    select
        'pg_class'::regclass::oid,
        to_regclass(substr(i, 6))::oid
    from unnest(%(identities)s::text[]) as i
    where i like 'view %%'
    union all
    select
        'pg_trigger'::regclass::oid,
        t.oid
    from pg_trigger as t
    where 'trigger ' || quote_ident(t.tgname) || ' on ' || t.tgrelid::regclass::text = any(%(identities)s)
),

dependent (classid, objid, depth, because) as (
    select
        s.classid,
        s.objid,
        0,
        pg_describe_object(s.classid, s.objid, 0)
    from start as s
    union
    select
        n.classid,
        n.objid,
        d.depth + 1,
        d.because
    from dependent as d
    inner join pg_depend as p on p.refclassid = d.classid and p.refobjid = d.objid
    left join pg_rewrite as r on p.classid = 'pg_rewrite'::regclass and r.oid = p.objid
    cross join
        lateral (
            -- the rule of a view is the view
            select
                case when r.oid is null then p.classid else 'pg_class'::regclass::oid end as classid,
                coalesce(r.ev_class, p.objid) as objid
        ) as n
    where p.deptype in ('n', 'a', 'i') and (n.classid, n.objid) <> (d.classid, d.objid) and d.depth < 100
)

select
    case
        when d.classid = 'pg_proc'::regclass then 'routine ' || d.objid::regprocedure::text
        when d.classid = 'pg_trigger'::regclass
            then (
                select 'trigger ' || quote_ident(t.tgname) || ' on ' || t.tgrelid::regclass::text
                from pg_trigger as t
                where t.oid = d.objid
            )
        when c.relkind = 'v' then 'view ' || c.oid::regclass::text
    end as identity,
    pg_describe_object(d.classid, d.objid, 0) as description,
    min(d.because) as because,
    max(d.depth) as depth
from dependent as d
left join pg_class as c on d.classid = 'pg_class'::regclass and c.oid = d.objid
-- the row type of a view goes with it, and policies are made anew
where
    d.classid <> 'pg_policy'::regclass and not exists (
        select from pg_type as t
        where d.classid = 'pg_type'::regclass and (t.oid = d.objid) and (t.typrelid <> 0 or t.typelem <> 0)
    )
group by d.classid, d.objid, c.oid, c.relkind
order by depth desc, identity asc
