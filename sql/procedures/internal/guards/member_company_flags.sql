-- Returns for each company id between the first and the last company that a role is a member of whether it is one of
-- them, for the row security policies: an array that is subscripted by the id. Empty where that were too many ids: then
-- the policies ask erp_internal.member_company_set.
-- To look up an element costs the planner nothing, so a policy that does so is evaluated before whatever a reader adds.
-- A comparison of texts is leakproof and cheaper than a search in an array: it would be evaluated first, and the plan
-- would show whether a row of another company passes it.
create or replace function erp_internal.member_company_flags(p_role name)
returns boolean[]
language plpgsql
stable
parallel safe
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    c_most_ids constant integer := 10000;
    v_companies constant integer [] := erp_internal.member_companies(p_role);
begin
    return coalesce(
        (
            select
                (
                    format('[%s:%s]={', b.first_id, b.last_id)
                    || (
                        select string_agg((m.company_id is not null)::text, ',' order by a.company_id)
                        from generate_series(b.first_id, b.last_id) as a (company_id)
                        left join unnest(v_companies) as m (company_id) on m.company_id = a.company_id
                    )
                    || '}'
                )::boolean[]
            from (
                select
                    min(m.company_id)::bigint as first_id,
                    max(m.company_id)::bigint as last_id
                from unnest(v_companies) as m (company_id)
            ) as b
            where b.last_id - b.first_id < c_most_ids
        ),
        '{}'
    );
end;
$$;
