-- Who uses a role besides the deployments of this database: other databases, and what in this one is not ours. That it
-- may create schemas here, and its default privileges, stem from deployments.
select distinct
    case
        when s.dbid <> 0 and d.datname <> current_database() then 'the database ' || d.datname
        when s.deptype = 'o' then 'what it owns: ' || pg_describe_object(s.classid, s.objid, s.objsubid)
        else 'its privileges on ' || pg_describe_object(s.classid, s.objid, s.objsubid)
    end as use
from pg_shdepend as s
left join pg_database as d on d.oid = s.dbid
where
    s.refclassid = 'pg_authid'::regclass and s.refobjid = to_regrole(%(role)s)::oid
    and not (
        s.classid = 'pg_database'::regclass
        and s.objid = (
            select c.oid from pg_database as c
            where c.datname = current_database()
        )
        and s.deptype = 'a'
    )
    and not (s.classid = 'pg_default_acl'::regclass and d.datname = current_database())
order by 1
