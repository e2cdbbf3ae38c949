-- The code of a company, and its member roles: those that are there.
select
    c.company_code,
    array(
        select r.rolname::text
        from erp.company_member as m
        inner join pg_roles as r on r.rolname = m.member_role
        where m.company_id = c.company_id
        order by r.rolname
    ) as roles
from erp.company as c
where c.company_id = %(company_id)s
