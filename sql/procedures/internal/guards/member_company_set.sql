-- Returns erp_internal.member_companies as the keys of an object, for the row security policies.
-- To look up a key costs the planner nothing, so a policy that does so is evaluated before whatever a reader adds. A
-- comparison of texts is leakproof and cheaper than a search in an array: it would be evaluated first, and the plan
-- would show whether a row of another company passes it.
create or replace function erp_internal.member_company_set(p_role name)
returns jsonb
language plpgsql
stable
parallel safe
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    return (
        select coalesce(jsonb_object_agg(m.company_id::text, true), '{}')
        from unnest(erp_internal.member_companies(p_role)) as m (company_id)
    );
end;
$$;
