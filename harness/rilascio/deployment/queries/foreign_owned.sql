-- What lies in our schemas and does not belong to us; an index, and the sequence of a column, go with their table.
select
    'schema ' || quote_ident(n.nspname) as object,
    'belongs to ' || pg_get_userbyid(n.nspowner) as problem
from pg_namespace as n
where n.nspname = any(%(schemas)s) and pg_get_userbyid(n.nspowner) <> 'erp_owner'
union all
select
    case c.relkind
        when 'v' then 'view ' when 'm' then 'materialized view ' when 'S' then 'sequence '
        when 'f' then 'foreign table ' when 'c' then 'type ' else 'table '
    end || c.oid::regclass::text,
    'belongs to ' || pg_get_userbyid(c.relowner) as problem
from pg_class as c
inner join pg_namespace as n on n.oid = c.relnamespace
where
    n.nspname = any(%(schemas)s) and pg_get_userbyid(c.relowner) <> 'erp_owner' and c.relkind not in ('i', 'I', 't')
    and (c.relkind <> 'v' or pg_get_userbyid(c.relowner) <> 'erp_view')
    and not exists (
        select
        from pg_depend as d
        where
            d.classid = 'pg_class'::regclass and d.objid = c.oid and d.refclassid = 'pg_class'::regclass
            and d.refobjsubid > 0 and d.deptype in ('a', 'i')
    )
union all
select
    'routine ' || p.oid::regprocedure::text,
    'belongs to ' || pg_get_userbyid(p.proowner) as problem
from pg_proc as p
inner join pg_namespace as n on n.oid = p.pronamespace
where n.nspname = any(%(schemas)s) and pg_get_userbyid(p.proowner) <> 'erp_owner'
order by 1
