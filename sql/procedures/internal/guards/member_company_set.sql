-- erp_internal.member_companies as the keys of an object. A policy that asks whether a row's company is a key costs the
-- planner nothing, so it is asked before whatever a reader adds: a comparison of texts is leakproof, cheaper than a
-- search in an array, and would go first, and whether a row of another company passes it would show in the plan.
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
