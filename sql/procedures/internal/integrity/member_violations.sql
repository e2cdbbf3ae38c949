-- What of a company's members contradicts the roles of the server: a member that is no role (any more) lets nobody in,
-- and whoever gets a role of that name is a member unasked.
create or replace function erp_internal.member_violations(p_company_id integer)
returns table (code text, example jsonb)
language plpgsql
stable
as $$
#variable_conflict use_column
begin
    return query
    select
        'member_unknown',
        pg_catalog.jsonb_build_object('member_role', m.member_role)
    from erp.company_member as m
    left join pg_catalog.pg_roles as r on r.rolname = m.member_role
    where m.company_id = p_company_id and r.rolname is null;
end;
$$;
