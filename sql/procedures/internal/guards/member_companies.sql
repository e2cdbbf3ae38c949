-- Returns the companies that a role is a member of, itself or through roles granted to it. Views pass current_user, the
-- role that reads; functions pass the caller.
-- Of a company that is not in force in this database nobody is a member.
-- Being a superuser makes nobody a member, nor does a grant that lets a role pass another on without having it (admin
-- option alone; its columns exist from PostgreSQL 16 on).
create or replace function erp_internal.member_companies(p_role name)
returns integer[]
language plpgsql
stable
parallel safe
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    return array(
        with recursive belonging (role_id) as (
            select r.oid
            from pg_catalog.pg_roles as r
            where r.rolname = p_role
            union
            select g.roleid
            from belonging as b
            inner join pg_catalog.pg_auth_members as g on g.member = b.role_id
            where not to_jsonb(g) @> '{"inherit_option": false, "set_option": false}'
        )

        select distinct m.company_id
        from erp.company_member as m
        inner join erp.company as c on c.company_id = m.company_id and c.active
        where m.member_role in (select pg_catalog.pg_get_userbyid(b.role_id) from belonging as b)
    );
end;
$$;
