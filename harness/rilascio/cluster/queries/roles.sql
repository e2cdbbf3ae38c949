-- The roles by which people and programs work here: the members of the product's roles, directly or through others, and
-- those that the companies name, if this is a shard; superusers and the product's own roles aside.
with recursive concerned as (
    select r.oid
    from pg_roles as r
    where r.rolname = any(%(product_roles)s) or r.rolname = any(%(company_members)s)
    union
    select m.member
    from concerned as c
    inner join pg_auth_members as m on m.roleid = c.oid
)

select
    r.rolname::text as name,
    r.rolcanlogin as may_log_in,
    r.rolinherit as inherits,
    array(
        select g.rolname::text
        from pg_auth_members as m
        inner join pg_roles as g on g.oid = m.roleid
        where m.member = r.oid and m.roleid in (select d.oid from concerned as d)
        order by g.rolname
    ) as member_of
from concerned as c
inner join pg_roles as r on r.oid = c.oid
where not r.rolsuper and r.rolname <> all(%(product_roles)s)
order by r.rolname
