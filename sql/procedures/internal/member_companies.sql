-- requires: internal/caller_role
-- The companies that the caller is a member of, itself or through a role it belongs to.
create or replace function erp_internal.member_companies()
returns integer[]
language plpgsql
stable
parallel safe
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    return array(
        select distinct m.company_id
        from erp.company_member as m
        inner join pg_catalog.pg_roles as r on r.rolname = m.member_role
        where pg_has_role(erp_internal.caller_role(), r.oid, 'member')
    );
end;
$$;
