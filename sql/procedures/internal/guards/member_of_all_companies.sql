-- Tells whether a role is a member of every company, for the row security policies: if it is, no row has to be looked
-- at before whatever a reader adds to a query. Stable, so it sees what its query sees, in which a company that is made
-- meanwhile has no rows.
create or replace function erp_internal.member_of_all_companies(p_role name)
returns boolean
language plpgsql
stable
parallel safe
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    return not exists (
        select
        from erp.company as c
        where
            c.company_id not in (
                select m.company_id
                from unnest(erp_internal.member_companies(p_role)) as m (company_id)
            )
    );
end;
$$;
