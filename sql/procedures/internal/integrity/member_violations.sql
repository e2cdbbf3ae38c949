-- Returns the members of a company that are no roles of the server (any more): they let nobody in, but whoever gets a
-- role of that name would be a member.
create or replace function erp_internal.member_violations(p_company_id integer)
returns table (code text, example jsonb)
language plpgsql
stable
as $$
#variable_conflict use_column
begin
    return query
    select
        'member_unknown' as code,
        pg_catalog.jsonb_build_object('member_role', m.member_role) as example
    from erp.company_member as m
    left join pg_catalog.pg_roles as r on r.rolname = m.member_role
    where m.company_id = p_company_id and r.rolname is null;
end;
$$;
